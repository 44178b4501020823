import { type ConfigPath, isMapping, valueAt, withValueAt } from './config-path.ts';
import { didYouMean } from './did-you-mean.ts';
import { allowsText, knownKeys } from './known-keys.ts';

/** A value from outside the file, meant to go before it. */
export interface Override {
  /** How messages and `--show-config` name where it came from: `PSYBERG__ENGINE__TYPE`, `--set engine.type`. */
  readonly origin: string;
  readonly segments: readonly string[];
  readonly text: string;
}

export interface Overridden {
  readonly value: unknown;
  readonly applied: readonly { readonly path: ConfigPath; readonly override: Override }[];
  readonly refused: readonly { readonly override: Override; readonly message: string }[];
}

const PREFIX = 'PSYBERG__';

/** `PSYBERG__ENGINE__MEMORY_LIMIT=4GB`; a variable that is empty counts as unset. In order of name. */
export function overridesFromEnv(env: Readonly<Record<string, string | undefined>>): readonly Override[] {
  return Object.entries(env)
    .filter(
      (entry): entry is [string, string] => entry[0].startsWith(PREFIX) && entry[1] !== undefined && entry[1] !== '',
    )
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, text]) => ({ origin: name, segments: name.slice(PREFIX.length).split('__'), text }));
}

/** Flags by dotted key: `{ 'engine.threads': '4' }`. */
export const overridesFromFlags = (flags: Readonly<Record<string, string>>): readonly Override[] =>
  Object.entries(flags).map(([key, text]) => ({ origin: `flag ${key}`, segments: key.split('.'), text }));

/**
 * Puts overrides into a configuration, later ones over earlier ones.
 *
 * Keys are found without regard to case and underscores, since the environment knows no others. A text stays a text where the
 * schema allows one; else it is read as JSON: `4`, `true`, `["a"]`.
 */
export function applyOverrides(
  root: unknown,
  overrides: readonly Override[],
  jsonSchema: Readonly<Record<string, unknown>>,
): Overridden {
  let value = root;
  const applied: { path: ConfigPath; override: Override }[] = [];
  const refused: { override: Override; message: string }[] = [];
  for (const override of overrides) {
    const path = resolvePath(value, override.segments, jsonSchema);
    if ('unknown' in path) {
      refused.push({ override, message: `unknown key "${path.unknown}"${path.hint}` });
      continue;
    }
    const parsed = allowsText(jsonSchema, path.path) ? override.text : parseJson(override.text);
    const next = withValueAt(value, path.path, parsed);
    if (next === undefined) {
      refused.push({ override, message: 'cannot be set: something other than a mapping is in the way in the file.' });
      continue;
    }
    value = next;
    applied.push({ path: path.path, override });
  }
  return { value, applied, refused };
}

function resolvePath(
  root: unknown,
  segments: readonly string[],
  jsonSchema: Readonly<Record<string, unknown>>,
): { readonly path: ConfigPath } | { readonly unknown: string; readonly hint: string } {
  const path: (string | number)[] = [];
  for (const segment of segments) {
    const here = valueAt(root, path);
    if (Array.isArray(here) && /^\d+$/.test(segment)) {
      path.push(Number(segment));
      continue;
    }
    const candidates = [...(isMapping(here) ? Object.keys(here) : []), ...knownKeys(jsonSchema, path)];
    const key = candidates.find((candidate) => plain(candidate) === plain(segment));
    if (key === undefined)
      return { unknown: segment, hint: didYouMean(segment, candidates) || `; known here: ${candidates.join(', ')}.` };
    path.push(key);
  }
  return { path };
}

/** What is no JSON stays the text that it is, and the check of the shape says what was expected. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

const plain = (key: string): string => key.toLowerCase().replaceAll('_', '');
