import { nearestName } from '../engine/suggest.ts';
import type { AuditDefinition } from '../process/process.ts';
import { AUDIT_KINDS } from './registry.ts';

/** One thing wrong with the audits of a process. */
export interface AuditProblem {
  /** Below `audits`: `[0, 'columns']`. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** What is wrong with kinds and parameters, all at once; names columns and tables nowhere, since those are known only at run time. */
export function validateAudits(definitions: readonly AuditDefinition[]): readonly AuditProblem[] {
  return definitions.flatMap(({ audit, name, parameters }, i): readonly AuditProblem[] => {
    const kind = AUDIT_KINDS.get(audit);
    if (kind === undefined) return [{ path: [i, 'audit'], message: unknownKind(audit) }];
    return kind.check(parameters).map(({ path, message }) => ({
      path: [i, ...path],
      message: path.length === 0 ? `audit ${name} ${message}` : message,
    }));
  });
}

function unknownKind(audit: string): string {
  const kinds = [...AUDIT_KINDS.keys()];
  const near = nearestName(audit, kinds);
  return `"${audit}" is no audit. ${near === undefined ? `There are ${kinds.join(', ')}` : `Did you mean "${near}"?`}`;
}
