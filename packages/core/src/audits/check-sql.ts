import { formatIdentifier, type Schema } from '@psyberg/iceberg';
import type { Engine } from '../engine/engine.ts';
import { EngineError } from '../engine/errors.ts';
import { nearestName } from '../engine/suggest.ts';
import { PsybergError } from '../errors.ts';
import { type AuditDefinition, changesSourcesOf, type Process } from '../process/process.ts';
import { TARGET_NAME } from './failing-rows.ts';
import { AUDIT_KINDS } from './registry.ts';

/**
 * What the engine says of conditions, expressions and patterns of scans, bound against the target's columns without reading a row;
 * empty when all is well.
 */
export async function auditSqlProblems(
  definitions: readonly AuditDefinition[],
  table: string,
  schema: Schema,
  engine: Engine,
): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const { audit, name, parameters } of definitions) {
    const kind = AUDIT_KINDS.get(audit);
    if (kind?.scan === undefined) continue;
    try {
      const { aggregates } = kind.scan({ engine, table, schema, nowMs: 0 }, parameters);
      const sql = `SELECT ${aggregates.map((aggregate, i) => `${aggregate} AS psyberg_${i}`).join(', ')} FROM ${TARGET_NAME}`;
      await engine.analyze({ sql, relations: [{ names: [TARGET_NAME], schema, parts: [] }], parameters: {} });
    } catch (error) {
      if (!(error instanceof EngineError) && !(error instanceof PsybergError)) throw error;
      problems.push(`Audit ${name}: ${error.message}`);
    }
  }
  return problems;
}

/** Names of `of` and `source` that are no changes source of the process. Pure. */
export function auditSourceProblems(process: Process): readonly string[] {
  const names = changesSourcesOf(process).flatMap(({ as, table }) => [as, formatIdentifier(table)]);
  return process.audits.flatMap(({ name, parameters: { of, source } }) =>
    [of === 'target' || of === 'sources' ? undefined : of, source].flatMap((given): readonly string[] => {
      if (typeof given !== 'string' || names.includes(given)) return [];
      const near = nearestName(given, names);
      const hint = near === undefined ? `There are ${names.join(', ')}.` : `Did you mean "${near}"?`;
      return [`Audit ${name}: ${process.name} has no changes source "${given}". ${hint}`];
    }),
  );
}
