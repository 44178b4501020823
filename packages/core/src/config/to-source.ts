import type { Mode, Source } from '../process/process.ts';
import type { TimeColumn } from '../process/time-column.ts';
import type { ConfigPath } from './config-path.ts';
import { type ParseContext, toDuration, toInstantOf, toTable, toTimeColumn } from './parse-values.ts';
import type { ShapedSource } from './schema.ts';

const ONLY_FOR_CHANGES = ['time', 'from', 'reads', 'onOverwrite', 'complete', 'retention', 'future', 'pin'] as const;

/** A source with every default filled in. Problems go to the context; the result then holds placeholders. */
export function toSource(written: string | ShapedSource, mode: Mode, path: ConfigPath, context: ParseContext): Source {
  const config: ShapedSource = typeof written === 'string' ? { table: written } : written;
  const tablePath = typeof written === 'string' ? path : [...path, 'table'];
  const [name = '', column, ...more] = config.table.split('|');
  if (more.length > 0 || column === '') {
    context.problems.add(
      tablePath,
      `${context.show(tablePath)} is not a source; write namespace.table or namespace.table|time_column.`,
    );
  }
  const table = toTable(name, tablePath, context);
  const base = { table, branch: config.branch ?? 'main', as: config.as ?? table.name };
  if (config.as !== undefined && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(config.as)) {
    context.problems.add(
      [...path, 'as'],
      `${context.show([...path, 'as'])} cannot be a name in SQL; use letters, digits and underscores.`,
    );
  }
  if (config.role === 'lookup') {
    rejectChangesKeys(config, column, path, context);
    return { ...base, role: 'lookup' };
  }
  const time = timeOf(config, column, path, context);
  if (time === undefined && mode !== 'stateless') {
    context.problems.add(
      path,
      `source ${name} of a ${mode} process needs "time", the column on the target's time axis. Landing time, which its absence means, is lost by a compaction and serves stateless processes only. If it is read whole, write role: lookup.`,
    );
  }
  if (config.onOverwrite !== undefined && mode !== 'stateless') {
    context.problems.add(
      [...path, 'onOverwrite'],
      `only a stateless process has to choose; a ${mode} one recomputes what was overwritten. Take "onOverwrite" out.`,
      'key',
    );
  }
  if (config.reads !== undefined && mode === 'stateless') {
    context.problems.add(
      [...path, 'reads'],
      'a stateless process sees exactly the new rows and never looks back; take "reads" out, or make the process stateful.',
      'key',
    );
  }
  const from = toInstantOf(config.from, [...path, 'from'], context);
  if (from !== undefined && time === undefined && mode === 'stateless') {
    context.problems.add(
      [...path, 'from'],
      'needs "time": without it there is no axis on which something is earlier.',
      'key',
    );
  }
  if (config.retention !== undefined && time === undefined && mode === 'stateless') {
    context.problems.add(
      [...path, 'retention'],
      'needs "time": without it there is no axis on which an interval is old.',
      'key',
    );
  }
  const retentionUs = toDuration(config.retention, [...path, 'retention'], context);
  const complete = toComplete(config, path, context);
  return {
    ...base,
    role: 'changes',
    ...(time && { time }),
    ...(from !== undefined && { from }),
    reads: {
      beforeUs: toDuration(config.reads?.before, [...path, 'reads', 'before'], context) ?? 0n,
      afterUs: toDuration(config.reads?.after, [...path, 'reads', 'after'], context) ?? 0n,
    },
    onOverwrite: config.onOverwrite ?? 'error',
    ...(complete && { complete }),
    ...(retentionUs !== undefined && { retentionUs }),
    allowFuture: config.future === 'allow',
    pin: config.pin ?? false,
  };
}

function timeOf(
  config: ShapedSource,
  column: string | undefined,
  path: ConfigPath,
  context: ParseContext,
): TimeColumn | undefined {
  if (column !== undefined && config.time !== undefined) {
    context.problems.add(
      [...path, 'time'],
      'the time column is given twice, here and after the "|" of the table; keep one.',
      'key',
    );
  }
  if (config.time !== undefined) return toTimeColumn(config.time);
  return column === undefined ? undefined : { kind: 'column', column };
}

function rejectChangesKeys(
  config: ShapedSource,
  column: string | undefined,
  path: ConfigPath,
  context: ParseContext,
): void {
  const useless = ONLY_FOR_CHANGES.filter((key) => config[key] !== undefined);
  for (const key of useless) {
    context.problems.add(
      [...path, key],
      `a lookup is read whole and has no "${key}"; take it out, or make the role "changes".`,
      'key',
    );
  }
  if (column !== undefined) {
    context.problems.add(
      [...path, 'table'],
      'a lookup is read whole and has no time column; take out the part after "|".',
    );
  }
}

type Complete = Extract<Source, { role: 'changes' }>['complete'];

function toComplete(config: ShapedSource, path: ConfigPath, context: ParseContext): Complete {
  if (config.complete === undefined) return undefined;
  const here = [...path, 'complete'];
  const { sql, property, delay } = config.complete;
  if ([sql, property, delay].filter((part) => part !== undefined).length !== 1) {
    context.problems.add(here, 'needs exactly one of sql, property, delay.', 'key');
    return undefined;
  }
  if (sql !== undefined) return { kind: 'sql', sql };
  if (property !== undefined) return { kind: 'property', property };
  return { kind: 'delay', delayUs: toDuration(delay, [...here, 'delay'], context) ?? 0n };
}
