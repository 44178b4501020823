/**
 * Init: find out what changed and decide what to do. Writes nothing.
 *
 * The facts are gathered here; the decision is `planSession`, a pure function of them.
 */
import type { Snapshot, SnapshotId, Table } from '@psyberg/iceberg';
import type { SourceObservation } from '../changes/source-observation.ts';
import { fingerprintsOf } from '../plan/fingerprints.ts';
import { planSession } from '../plan/plan-session.ts';
import type { Process, SessionId } from '../process/process.ts';
import type { Project } from '../project.ts';
import { freeSessionId, sessionIdAt } from '../session/session-id.ts';
import type { SessionPlan } from '../session/session-plan.ts';
import { type HeldState, heldState } from '../state/record-walk.ts';
import type { SessionKind } from '../state/state-record.ts';
import type { Interval } from '../time/interval-set.ts';
import { checkNothingDropped } from './check-dropped.ts';
import { checkOnlyWriter, checkUnclaimedRows } from './check-target.ts';
import { evolutionNotes } from './evolve-target.ts';
import { bytesToReplace, withReads } from './interval-reads.ts';
import { observeSources } from './observe-sources.ts';
import { openIfExists } from './open-if-exists.ts';
import { pinLookups } from './pin-lookups.ts';
import { recordLookup } from './record-lookup.ts';
import { takenSessionIds } from './taken-session-ids.ts';
import { heldByWatermarks } from './watermark-only.ts';
import type { PlannedWork } from './work.ts';

export interface InitOptions {
  /** Absent: named after the second it is. */
  readonly session?: SessionId;
  readonly kind?: SessionKind;
  /** For a backfill: what to recompute. */
  readonly span?: Interval;
  readonly maxIntervals?: number;
  /** What upstream processes of the same plan will have published; by table name. */
  readonly forecast?: (observation: SourceObservation) => SourceObservation;
}

/**
 * Plans a session of `process` on what its sources and its target say now.
 *
 * @throws {NeedsDecisionError} the target has rows and no record, a source was added or re-created, history is cut
 * @throws {UsageError} a table or column that does not exist
 */
export async function planProcess(project: Project, process: Process, options: InitOptions = {}): Promise<PlannedWork> {
  const kind = options.kind ?? 'normal';
  const target = process.watermarkOnly ? undefined : await openIfExists(project, process.target.table);
  const held = await stateOf(project, process, target);
  if (target !== undefined && held.record === undefined && kind !== 'recompute')
    checkUnclaimedRows(project, process, target);
  if (target !== undefined && kind === 'recompute') checkOnlyWriter(project, process, target, 'a recompute of it');
  const record = kind === 'recompute' ? undefined : held.record;

  const { sources, observations, missing } = await observeSources(project, process, record, kind, options.forecast);
  // By the very tables that are read: what is dropped after this is still there at the pins.
  if (kind === 'recompute' && held.record !== undefined)
    await checkNothingDropped(process, held.record, sources, project.engineFor(process));
  const { lookups, tables: lookupTables } = await pinLookups(project, process);
  const plan = planSession({
    process,
    session:
      options.session ??
      freeSessionId(
        sessionIdAt(project.clock()),
        process.name,
        target?.metadata,
        takenSessionIds(project, process, held),
      ),
    kind,
    target: targetFacts(target, held.head),
    ...(record && { record }),
    ...(held.base !== undefined && { base: held.base }),
    observations,
    lookups,
    fingerprints: fingerprintsOf(process),
    ...(options.span && { span: options.span }),
    ...(options.maxIntervals !== undefined && { maxIntervals: options.maxIntervals }),
    nowMs: project.clock(),
  });
  if (target !== undefined && plan.replace !== undefined)
    checkOnlyWriter(
      project,
      process,
      target,
      kind === 'backfill' ? 'a backfill of it' : 'replacing what its sources overwrote (onOverwrite: recompute)',
    );
  const sized = kind === 'backfill' ? await withReads(process, plan, sources) : plan;
  const measures = plan.replace !== undefined && kind !== 'backfill' && process.limits.maxBytes !== undefined;
  const fenced = held.record === undefined ? sized : { ...sized, previous: held.record.session };
  const columns =
    plan.outcome === 'work' ? await evolutionNotes(project, process, target, [...sources, ...lookupTables]) : [];
  return {
    process,
    plan: withAbsent(
      { ...fenced, notes: [...fenced.notes, ...columns] },
      missing,
      target,
      options.forecast !== undefined,
    ),
    ...(target && { target }),
    held,
    sources,
    observations,
    ...(measures && { replacedBytes: await bytesToReplace(process, plan, sources) }),
  };
}

/** What the target says of the process, or the watermark table where there is none. */
export async function stateOf(project: Project, process: Process, target: Table | undefined): Promise<HeldState> {
  if (process.watermarkOnly) return heldByWatermarks(project, process);
  if (target === undefined) return { metBelowHeadMs: 0 };
  return heldState(target, process.target.branch, process.name, recordLookup(project, process.name));
}

/**
 * Without a target a session has nowhere to record that nothing changed. Without one of its sources it has nothing to do, unless a
 * forecast says what will be there.
 */
function withAbsent(
  plan: SessionPlan,
  missing: readonly string[],
  target: Table | undefined,
  forecast: boolean,
): SessionPlan {
  const silent =
    (missing.length > 0 && !forecast) || (plan.outcome === 'signal' && (missing.length > 0 || target === undefined));
  return { ...plan, outcome: silent ? 'nothing' : plan.outcome, notes: [...plan.notes, ...missing] };
}

function targetFacts(target: Table | undefined, head: Snapshot | undefined): { uuid?: string; head?: SnapshotId } {
  return { ...(target && { uuid: target.metadata.tableUuid }), ...(head && { head: head.snapshotId }) };
}
