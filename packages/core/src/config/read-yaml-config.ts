import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLError,
} from 'yaml';
import type { ConfigProblem } from '../errors.ts';
import type { ConfigPath } from './config-path.ts';
import type { ConfigSource, Place, UnreadableConfig } from './config-source.ts';

/** Reads YAML 1.2, of which JSON is a part, and remembers where everything stands. `shownAs` is how problems call the file. */
export function readYamlConfig(text: string, file: string, shownAs: string): ConfigSource | UnreadableConfig {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: '1.2' });
  if (document.errors.length > 0) {
    return { problems: document.errors.map((error) => toProblem(error, text, shownAs, lines)) };
  }
  const value: unknown = document.contents === null ? {} : document.toJS({ maxAliasCount: 1000 });
  return { file, value, place: (path, at) => findPlace(document, lines, path, at) };
}

function toProblem(error: YAMLError, text: string, file: string, lines: LineCounter): ConfigProblem {
  const { line, col } = lines.linePos(error.pos[0]);
  const place = { file, line, column: col, path: '' };
  if (error.code === 'DUPLICATE_KEY') {
    const key = /^["']?([^"':\s]+)/.exec(text.slice(error.pos[0]))?.[1] ?? 'a key';
    return { ...place, message: `"${key}" stands twice in one mapping; keep one of them.` };
  }
  return { ...place, message: `not readable: ${error.message}` };
}

function findPlace(document: Document, lines: LineCounter, path: ConfigPath, at: 'key' | 'value'): Place | undefined {
  let node: unknown = document.contents;
  let nearest: Node | undefined = isNode(node) ? node : undefined;
  for (const [index, part] of path.entries()) {
    const target = isAlias(node) ? node.resolve(document) : node;
    if (isMap(target)) {
      const pair: Pair | undefined = target.items.find((item) => isPair(item) && keyText(item.key) === String(part));
      if (pair === undefined) break;
      const asKey = at === 'key' && index === path.length - 1;
      node = pair.value;
      // The key of something deeper says more about where one is than the first line of its mapping.
      nearest = !asKey && (isScalar(node) || isAlias(node)) ? node : ((pair.key as Node | null) ?? nearest);
    } else if (isSeq(target)) {
      node = target.items[Number(part)];
      if (!isNode(node)) break;
      nearest = node;
    } else break;
  }
  const offset = nearest?.range?.[0];
  if (offset === undefined) return undefined;
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'range' in value;

const keyText = (key: unknown): string => String(isScalar(key) ? key.value : key);
