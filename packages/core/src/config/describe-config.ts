import type { Process, Source } from '../process/process.ts';
import { formatDuration } from '../time/duration.ts';
import { type ConfigPath, formatPath, leaves, valueAt } from './config-path.ts';
import type { LoadedConfig } from './loaded-config.ts';
import { withoutPassword } from './shape-problems.ts';

/** One value of a configuration and where it came from. */
export interface ConfigValueRow {
  readonly key: string;
  readonly value: string;
  /** `psyberg.yaml:3:9`, the name of an environment variable, `flag KEY`, or `default`. */
  readonly origin: string;
}

/**
 * Every value of a configuration with its origin, defaults too, for `--show-config`.
 *
 * Secrets do not show: what the environment was put into stands as it was written, a password in a URI and the value of a key
 * that sounds like a secret as `***`.
 */
export function describeConfig(config: LoadedConfig): readonly ConfigValueRow[] {
  const { tree, originOf, writtenAt } = config.origins;
  const rows = [...leaves(tree)].map(([path, value]) => ({
    path,
    value: writtenAt(path) ?? showLeaf(path, value),
    origin: originOf(path),
  }));
  const defaults = [...config.processes.values()].flatMap((process) =>
    defaultsOf(process)
      .map(([path, value]) => [['processes', process.name, ...path], value] as const)
      .filter(([path]) => valueAt(tree, path) === undefined)
      .map(([path, value]) => ({ path, value: String(value), origin: 'default' })),
  );
  return [...rows, ...defaults]
    .map(({ path, value, origin }) => ({ key: formatPath(path), value, origin }))
    .sort((a, b) => compareKeys(a.key, b.key));
}

const SECRET = /password|passwd|secret|token|credential|authorization|access_?key|api_?key/i;

function showLeaf(path: ConfigPath, value: unknown): string {
  if (path.some((part) => typeof part === 'string' && SECRET.test(part))) return '***';
  return typeof value === 'string' ? withoutPassword(value) : (JSON.stringify(value) ?? String(value));
}

function defaultsOf(process: Process): readonly (readonly [ConfigPath, unknown])[] {
  const { mode, target, limits } = process;
  return [
    ...(mode === 'stateful' ? [[['load'], process.load] as const, [['isolate'], process.isolate] as const] : []),
    ...(mode === 'stateless' ? [] : [[['limits', 'maxIntervals'], limits.maxIntervals] as const]),
    [['target', 'branch'], target.branch],
    [['target', 'interval'], target.grain],
    [['target', 'onSchemaChange'], target.onSchemaChange],
    ...process.sources.flatMap((source, index) =>
      sourceDefaults(source, mode).map(([key, value]) => [['sources', index, ...key], value] as const),
    ),
    ...process.audits.flatMap((audit, index) => [
      [['audits', index, 'name'], audit.name] as const,
      [['audits', index, 'severity'], audit.severity] as const,
    ]),
  ];
}

function sourceDefaults(source: Source, mode: Process['mode']): readonly (readonly [ConfigPath, unknown])[] {
  const common = [
    [['as'], source.as],
    [['branch'], source.branch],
    [['role'], source.role],
  ] as const;
  if (source.role === 'lookup') return common;
  return [
    ...common,
    ...(mode === 'stateless'
      ? [[['onOverwrite'], source.onOverwrite] as const]
      : [
          [['reads', 'before'], formatDuration(source.reads.beforeUs)] as const,
          [['reads', 'after'], formatDuration(source.reads.afterUs)] as const,
        ]),
    [['pin'], source.pin],
  ];
}

/** Numbers inside a key in their own order: `sources.2` before `sources.10`. */
const compareKeys = (a: string, b: string): number => a.localeCompare(b, 'en', { numeric: true });
