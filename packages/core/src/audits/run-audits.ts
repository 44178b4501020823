import { EngineError } from '../engine/errors.ts';
import { assert, BugError, PsybergError } from '../errors.ts';
import { hash } from '../plan/fingerprints.ts';
import type { AuditDefinition } from '../process/process.ts';
import type { AuditRow, AuditStatus } from '../session/rows.ts';
import type { AuditContext } from './audit-context.ts';
import { type AuditOutcome, fail } from './audit-kind.ts';
import { AUDIT_KINDS } from './registry.ts';

/**
 * Runs the audits in their order and says what each found; stops for none, so that one report names all that is wrong.
 *
 * A failure is `failed` or, of a warning, `warned`. An audit that could not be run (its SQL is wrong, a column is not there) is
 * `error`: it proves nothing, so one that blocks holds the session as a failed one does. Reads files, writes nothing.
 *
 * @throws the abort signal's reason
 */
export async function runAudits(definitions: readonly AuditDefinition[], context: AuditContext): Promise<AuditRow[]> {
  const rows: AuditRow[] = [];
  for (const definition of definitions) {
    context.signal?.throwIfAborted();
    rows.push(await runAudit(definition, context));
  }
  return rows;
}

/** The rows that keep a session from being published. */
export const blockingAudits = (rows: readonly AuditRow[]): readonly AuditRow[] =>
  rows.filter(({ severity, status }) => severity === 'blocking' && (status === 'failed' || status === 'error'));

/** Tells definitions apart, so that a result that was stored is used only for the audit that gave it. */
export const auditDefinitionHash = ({ audit, name, severity, parameters }: AuditDefinition): string =>
  hash({ audit, name, severity, parameters });

async function runAudit(definition: AuditDefinition, context: AuditContext): Promise<AuditRow> {
  const startedMs = performance.now();
  const { outcome, broken } = await outcomeOf(definition, context);
  return {
    process: context.process.name,
    session: context.plan.session,
    attempt: context.attempt,
    audit: definition.audit,
    name: definition.name,
    severity: definition.severity,
    status: broken ? 'error' : statusOf(definition, outcome),
    message: outcome.message,
    failingRows: outcome.failingRows,
    sample: outcome.sample,
    definitionHash: auditDefinitionHash(definition),
    durationMs: Math.round(performance.now() - startedMs),
    recordedAtMs: context.clock(),
  };
}

function statusOf({ severity }: AuditDefinition, { passed }: AuditOutcome): AuditStatus {
  if (passed) return 'passed';
  return severity === 'blocking' ? 'failed' : 'warned';
}

async function outcomeOf(
  definition: AuditDefinition,
  context: AuditContext,
): Promise<{ outcome: AuditOutcome; broken: boolean }> {
  const kind = AUDIT_KINDS.get(definition.audit);
  assert(kind !== undefined, `audit ${definition.audit} was not validated`);
  try {
    return { outcome: await kind.run(context, definition.parameters), broken: false };
  } catch (error) {
    context.signal?.throwIfAborted();
    const told = (error instanceof EngineError || error instanceof PsybergError) && !(error instanceof BugError);
    if (!told) throw error;
    return { outcome: fail(`could not be run: ${error.message}`, 0), broken: true };
  }
}
