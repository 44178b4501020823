import { formatIdentifier } from '@psyberg/iceberg';
import { EngineError } from '../engine/errors.ts';
import { assert, BugError, PsybergError } from '../errors.ts';
import { hash } from '../plan/fingerprints.ts';
import type { AuditDefinition } from '../process/process.ts';
import type { AuditRow, AuditStatus } from '../session/rows.ts';
import type { AuditContext, AuditHistory, MetadataContext } from './audit-context.ts';
import type { RegisteredAudit } from './audit-kind.ts';
import { type AuditOutcome, fail } from './audit-outcome.ts';
import { requireColumnNeeds } from './column-needs.ts';
import { AUDIT_KINDS } from './registry.ts';
import { SharedScan } from './shared-scan.ts';

/**
 * Runs the audits in their order and says what each found; stops for none, so that one report names all that is wrong.
 *
 * A failure is `failed` or, of a warning, `warned`. An audit that could not be run (its SQL is wrong, a column is not there) is
 * `error`: it proves nothing, so one that blocks holds the session as a failed one does. Reads files, writes nothing.
 *
 * @throws the abort signal's reason
 */
export async function runAudits(definitions: readonly AuditDefinition[], context: AuditContext): Promise<AuditRow[]> {
  const scans = new SharedScan(context);
  for (const definition of definitions) {
    const kind = kindOf(definition);
    if (kind.way === 'scan') await scans.add(definition, kind);
  }
  return inOrder(definitions, context, (definition, kind, history) => {
    if (kind.judge !== undefined) return kind.judge(context, definition.parameters, history);
    if (kind.run === undefined) return scans.outcomeOf(definition, history);
    requireColumnNeeds(
      definition.audit,
      formatIdentifier(context.process.target.table),
      context.written.schema,
      kind.columns(definition.parameters),
    );
    return kind.run(context, definition.parameters);
  });
}

/** Those that look at sources alone, before anything is written. Opens no data file and no engine. */
export async function runSourceAudits(
  definitions: readonly AuditDefinition[],
  context: MetadataContext,
): Promise<AuditRow[]> {
  return inOrder(definitions, context, (definition, kind, history) => {
    assert(kind.judge !== undefined, `audit ${definition.audit} does not judge metadata`);
    return kind.judge(context, definition.parameters, history);
  });
}

/** Whether an audit looks at sources alone, and so is run before the write. */
export const isSourceAudit = (definition: AuditDefinition): boolean =>
  AUDIT_KINDS.get(definition.audit)?.ofSources(definition.parameters) ?? false;

/** The rows that keep a session from being published. */
export const blockingAudits = (rows: readonly AuditRow[]): readonly AuditRow[] =>
  rows.filter(({ severity, status }) => severity === 'blocking' && (status === 'failed' || status === 'error'));

/**
 * Fingerprint of what is checked, kind and parameters: results with the same one can be compared across sessions. The name and
 * whether it blocks say nothing about what is found.
 */
export const auditDefinitionHash = ({ audit, parameters }: AuditDefinition): string => hash({ audit, parameters });

/** Whether a stored result is the verdict of just this audit, as it is configured now. */
export const isVerdictOf = (row: AuditRow, definition: AuditDefinition): boolean =>
  row.name === definition.name &&
  row.severity === definition.severity &&
  row.definitionHash === auditDefinitionHash(definition);

type Work = (
  definition: AuditDefinition,
  kind: RegisteredAudit,
  history: AuditHistory,
) => Promise<AuditOutcome> | AuditOutcome;

async function inOrder(
  definitions: readonly AuditDefinition[],
  context: MetadataContext,
  work: Work,
): Promise<AuditRow[]> {
  const rows: AuditRow[] = [];
  for (const definition of definitions) {
    context.signal?.throwIfAborted();
    const startedMs = performance.now();
    const { outcome, broken } = await outcomeOf(definition, context, work);
    rows.push(rowOf(definition, context, outcome, broken, performance.now() - startedMs));
  }
  return rows;
}

function rowOf(
  definition: AuditDefinition,
  context: MetadataContext,
  outcome: AuditOutcome,
  broken: boolean,
  durationMs: number,
): AuditRow {
  const { observed, expected, observedBy } = outcome;
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
    ...(observed !== undefined && { observed }),
    ...(expected !== undefined && { expected }),
    ...(observedBy !== undefined && { observedBy }),
    definition: JSON.stringify(definition.parameters),
    definitionHash: auditDefinitionHash(definition),
    durationMs: Math.round(durationMs),
    recordedAtMs: context.clock(),
  };
}

function statusOf({ severity }: AuditDefinition, { passed }: AuditOutcome): AuditStatus {
  if (passed) return 'passed';
  return severity === 'blocking' ? 'failed' : 'warned';
}

async function outcomeOf(
  definition: AuditDefinition,
  context: MetadataContext,
  work: Work,
): Promise<{ outcome: AuditOutcome; broken: boolean }> {
  const history: AuditHistory = () => context.earlierResults(auditDefinitionHash(definition));
  try {
    return { outcome: await work(definition, kindOf(definition), history), broken: false };
  } catch (error) {
    context.signal?.throwIfAborted();
    const told = (error instanceof EngineError || error instanceof PsybergError) && !(error instanceof BugError);
    if (!told) throw error;
    return { outcome: fail(`could not be run: ${error.message}`, 0), broken: true };
  }
}

function kindOf({ audit }: AuditDefinition): RegisteredAudit {
  const kind = AUDIT_KINDS.get(audit);
  assert(kind !== undefined, `audit ${audit} was not validated`);
  return kind;
}
