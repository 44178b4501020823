import { formatIdentifier } from '@psyberg/iceberg';
import type { Process, ProcessName, Source } from '../process/process.ts';
import { type Grain, grainLengthUs } from '../time/grain.ts';
import type { DurationUs } from '../time/instant.ts';
import type { ConfigPath } from './config-path.ts';
import { type ParseContext, toBytes, toDuration } from './parse-values.ts';
import { DEFAULT_MAX_INTERVALS } from './root-defaults.ts';
import type { ShapedProcess } from './schema.ts';
import type { SqlFiles } from './sql-files.ts';
import { toAudits } from './to-audits.ts';
import { toSource } from './to-source.ts';
import { toTarget } from './to-target.ts';
import { toTransform } from './to-transform.ts';

/** One process with every default filled in and every text parsed. Problems go to the context; the result then holds placeholders. */
export function toProcess(name: string, config: ShapedProcess, files: SqlFiles, context: ParseContext): Process {
  const path = ['processes', name];
  const { mode } = config;
  const sources = config.sources.map((source, index) => toSource(source, mode, [...path, 'sources', index], context));
  checkSources(sources, [...path, 'sources'], context);
  checkMode(config, path, context);
  const target = toTarget(config.target, mode, sources, [...path, 'target'], context);
  checkOneAxis(sources, target.time !== undefined, path, context);
  const threshold = toThreshold(config, target.grain, path, context);
  const maxBytes = toBytes(config.limits?.maxBytes, [...path, 'limits', 'maxBytes'], context);
  return {
    name: name as ProcessName,
    mode,
    sources,
    target,
    transform: toTransform(config.transform, mode, [...path, 'transform'], files, context),
    load: config.load ?? 'range',
    isolate: config.isolate ?? false,
    volatile: config.volatile ?? [],
    ...(threshold !== undefined && { catchUpThresholdUs: threshold }),
    limits: {
      // What a stateless process appends has no intervals that could be counted beforehand.
      maxIntervals:
        config.limits?.maxIntervals ?? (mode === 'stateless' ? Number.MAX_SAFE_INTEGER : DEFAULT_MAX_INTERVALS),
      ...(maxBytes !== undefined && { maxBytes }),
    },
    audits: toAudits(config.audits ?? [], [...path, 'audits'], context),
  };
}

/** What a mode has no use for is refused, since silence would look like consent. */
function checkMode(config: ShapedProcess, path: ConfigPath, context: ParseContext): void {
  const { mode } = config;
  if (config.target.onSchemaChange === 'add' && (config.transform.command ?? config.transform.external)) {
    context.problems.add(
      [...path, 'target', 'onSchemaChange'],
      'needs SQL, whose result tells what columns to add; a job of your own adds them itself before it stages rows. Take it out.',
      'key',
    );
  }
  if (mode === 'stateless') {
    const why = 'a stateless process appends every new row, however late, and recomputes nothing';
    if (config.load !== undefined)
      context.problems.add([...path, 'load'], `${why}; take "load" out, or make the process stateful.`, 'key');
    if (config.isolate !== undefined) context.problems.add([...path, 'isolate'], `${why}; take "isolate" out.`, 'key');
    if (config.catchUp?.threshold !== undefined) {
      context.problems.add(
        [...path, 'catchUp', 'threshold'],
        `${why}; take "threshold" out, or make the process stateful.`,
        'key',
      );
    }
  }
  if (mode === 'sequential' && config.load === 'changed') {
    context.problems.add(
      [...path, 'load'],
      'a sequential process hands state from interval to interval and always needs the whole range; take "load" out.',
    );
  }
}

function checkSources(sources: readonly Source[], path: ConfigPath, context: ParseContext): void {
  if (sources.every((source) => source.role === 'lookup')) {
    context.problems.add(
      path,
      'all sources are lookups, so that nothing would ever start this process; give one of them the role "changes".',
      'key',
    );
  }
  const names = new Map<string, Source>();
  const consumed = new Map<string, Source>();
  sources.forEach((source, index) => {
    const here = [...path, index];
    const table = formatIdentifier(source.table);
    const short = source.as.toLowerCase();
    const other = names.get(short);
    if (short === 'previous') {
      context.problems.add(
        here,
        `a source cannot be called "previous": that is the target's interval before, in sequential SQL. Give ${table} another name with "as".`,
      );
    } else if (other !== undefined) {
      context.problems.add(
        here,
        `${formatIdentifier(other.table)} and ${table} are both called "${source.as}" in SQL; give one of them another name with "as".`,
      );
    }
    names.set(short, source);
    if (source.role === 'lookup') return;
    const key = `${table}@${source.branch}`;
    if (consumed.has(key)) {
      context.problems.add(
        here,
        `${table} is listed twice as a source of changes, and its high watermark can be only one; list it once and join it with itself in SQL.`,
      );
    }
    consumed.set(key, source);
  });
}

function checkOneAxis(
  sources: readonly Source[],
  targetHasTime: boolean,
  path: ConfigPath,
  context: ParseContext,
): void {
  sources.forEach((source, index) => {
    if (source.role !== 'changes' || source.onOverwrite !== 'recompute') return;
    const here = [...path, 'sources', index, 'onOverwrite'];
    if (!(source.time && targetHasTime)) {
      context.problems.add(
        here,
        'recompute replaces intervals, and for that both the source and the target need "time" on one axis.',
      );
      return;
    }
    const without = sources.find((other) => other.role === 'changes' && other.time === undefined);
    if (without === undefined) return;
    context.problems.add(
      here,
      `recompute replaces intervals from all sources of the process, and ${formatIdentifier(without.table)} has no "time" by which its rows of an interval could be found.`,
    );
  });
}

function toThreshold(
  config: ShapedProcess,
  grain: Grain,
  path: ConfigPath,
  context: ParseContext,
): DurationUs | undefined {
  const threshold = config.catchUp?.threshold;
  if (threshold === undefined) return undefined;
  // Text from the environment may be a number of intervals too.
  if (typeof threshold === 'number' || /^\d+$/.test(threshold)) return BigInt(threshold) * grainLengthUs(grain);
  return toDuration(threshold, [...path, 'catchUp', 'threshold'], context);
}
