import type { Schema } from '@psyberg/iceberg';
import { UsageError } from '../errors.ts';
import type { AuditDefinition } from '../process/process.ts';
import { columnProblems } from './column-needs.ts';
import { AUDIT_KINDS } from './registry.ts';

/** Columns that audits need and the target lacks or has in another type; one sentence each, empty when all is well. Pure. */
export function auditColumnProblems(
  definitions: readonly AuditDefinition[],
  table: string,
  schema: Schema,
): readonly string[] {
  return definitions.flatMap(({ audit, name, parameters }) => {
    const wanted = AUDIT_KINDS.get(audit)?.columns(parameters) ?? [];
    return columnProblems(audit, table, schema, wanted).map((problem) => `Audit ${name}: ${problem}`);
  });
}

/** Before anything is written, so that no session is held for a slip of the pen. @throws {UsageError} */
export function requireAuditColumns(definitions: readonly AuditDefinition[], table: string, schema: Schema): void {
  const problems = auditColumnProblems(definitions, table, schema);
  if (problems.length === 0) return;
  throw new UsageError(`${problems.join(' ')} Nothing was written.`, { next: ['psyberg check'] });
}
