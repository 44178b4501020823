import type { Mode, Transform } from '../process/process.ts';
import type { ConfigPath } from './config-path.ts';
import type { ParseContext } from './parse-values.ts';
import type { ShapedProcess } from './schema.ts';
import type { SqlFiles } from './sql-files.ts';

const KINDS = ['file', 'sql', 'command', 'external'] as const;
const NO_TRANSFORM: Transform = { kind: 'external' };

/** What makes the target's rows. `files` holds the SQL files, already read. */
export function toTransform(
  config: ShapedProcess['transform'],
  mode: Mode,
  path: ConfigPath,
  files: SqlFiles,
  context: ParseContext,
): Transform {
  const given = KINDS.filter((kind) => config[kind] !== undefined);
  if (given.length !== 1) {
    const found = given.length === 0 ? 'none is given' : `${given.join(' and ')} are given`;
    context.problems.add(path, `needs exactly one of file, sql, command, external; ${found}.`, 'key');
    return NO_TRANSFORM;
  }
  if (config.rowwise !== undefined && (mode !== 'stateless' || config.command || config.external)) {
    context.problems.add(
      [...path, 'rowwise'],
      'is an assertion about the SQL of a stateless process, and this is none; take it out.',
      'key',
    );
  }
  if (config.command) return { kind: 'command', command: config.command };
  if (config.external) return { kind: 'external' };
  const rowwise = config.rowwise ?? false;
  if (config.sql !== undefined)
    return { kind: 'sql', sqlByEngine: byEngine(config.sql, [...path, 'sql'], context), rowwise };
  const names = byEngine(config.file!, [...path, 'file'], context);
  const texts = Object.entries(names).map(([engine, name]) => {
    const where = typeof config.file === 'string' ? [...path, 'file'] : [...path, 'file', engine];
    return [engine, textOf(name, where, files, context)] as const;
  });
  const only = new Set(Object.values(names)).size === 1 ? Object.values(names)[0] : undefined;
  return { kind: 'sql', sqlByEngine: Object.fromEntries(texts), ...(only !== undefined && { file: only }), rowwise };
}

function byEngine(
  value: string | Readonly<Record<string, string>>,
  path: ConfigPath,
  context: ParseContext,
): Readonly<Record<string, string>> {
  if (typeof value === 'string') {
    if (value.trim() === '') context.problems.add(path, 'is empty; write one SELECT.');
    return { '*': value };
  }
  if (Object.keys(value).length === 0) context.problems.add(path, 'names no engine; write for example { duckdb: … }.');
  return value;
}

function textOf(name: string, path: ConfigPath, files: SqlFiles, context: ParseContext): string {
  const file = files.get(name);
  if (file === undefined || 'problem' in file) {
    context.problems.add(path, `${context.show(path)} ${file?.problem ?? 'was not read'}`);
    return '';
  }
  if (file.text.trim() === '') context.problems.add(path, `${context.show(path)} is empty; write one SELECT into it.`);
  return file.text;
}
