import type { Mode, Source, Target } from '../process/process.ts';
import type { ConfigPath } from './config-path.ts';
import { checkPartition, type ParseContext, toTable, toTimeColumn } from './parse-values.ts';
import type { ShapedProcess } from './schema.ts';

/** A target with every default filled in. */
export function toTarget(
  config: ShapedProcess['target'],
  mode: Mode,
  sources: readonly Source[],
  path: ConfigPath,
  context: ParseContext,
): Target {
  const byLandingTime = sources.every((source) => source.role === 'lookup' || source.time === undefined);
  if (config.time === undefined && !(mode === 'stateless' && byLandingTime)) {
    context.problems.add(path, 'needs "time", the column on whose axis its intervals lie.', 'key');
  }
  for (const [index, text] of (config.partition ?? []).entries()) {
    checkPartition(text, [...path, 'partition', index], context);
  }
  return {
    table: toTable(config.table, [...path, 'table'], context),
    branch: config.branch ?? 'main',
    ...(config.time !== undefined && { time: toTimeColumn(config.time) }),
    grain: config.interval ?? 'hour',
    partition: config.partition ?? [],
    sort: config.sort ?? [],
    properties: config.properties ?? {},
    ...(config.openInterval && { openInterval: config.openInterval }),
    onSchemaChange: config.onSchemaChange ?? 'error',
  };
}
