import { changesSourcesOf, type Process } from '../process/process.ts';
import { formatTimeColumn } from '../process/time-column.ts';
import type { SourceState, StateRecord } from '../state/state-record.ts';
import { type IntervalSet, intersect, isEmpty, union } from '../time/interval-set.ts';
import type { SessionPlan } from './session-plan.ts';

/**
 * The record that a session's publication will leave in the target.
 *
 * `written` is what it really writes: for an appending process known only after the transform has run. A stateless session in parts
 * keeps the old watermarks and remembers its pins and the intervals done; its last part moves them.
 */
export function recordOfSession(
  process: Process,
  plan: SessionPlan,
  attempt: number,
  written: IntervalSet,
  held: StateRecord | undefined,
): StateRecord {
  // A recompute starts a new chain: what was read or done before counts no more.
  const before = plan.kind === 'recompute' ? undefined : held;
  const pins = plan.sources.map((s) => pinned(s.next, before));
  const inParts = process.mode === 'stateless' && !isEmpty(plan.pending);
  const done = union(before?.part?.done ?? [], plan.write);
  const exempt = intersect(plan.exempt ?? [], union(written, plan.pending));
  const time = process.target.time;
  return {
    version: 1,
    process: process.name,
    session: plan.session,
    attempt,
    kind: plan.kind,
    mode: process.mode,
    ...(plan.previous !== undefined && { previous: plan.previous }),
    ...(plan.base !== undefined && { base: plan.base }),
    ...(plan.signal && { signal: plan.signal }),
    sources: inParts ? (before?.sources ?? unread(process, pins)) : pins,
    lookups: plan.lookups.map(({ as: _, ...lookup }) => lookup),
    ...(plan.upper !== undefined && { upper: plan.upper }),
    ...(plan.lower !== undefined && { lower: plan.lower }),
    ...(time && { time: formatTimeColumn(time) }),
    written: process.mode === 'stateless' ? written : intersect(written, plan.write),
    ...(plan.replace && { replaced: plan.replace }),
    pending: plan.pending,
    ...(plan.fresh && { fresh: plan.fresh }),
    skipped: plan.skipped,
    ...(!isEmpty(exempt) && { exempt }),
    fingerprints: plan.fingerprints,
    ...(inParts && { part: { pins, done } }),
    recordedAtMs: plan.plannedAtMs,
  };
}

function pinned({ readFrom: _, ...next }: SourceState, held: StateRecord | undefined): SourceState {
  const from = held?.sources.find((s) => s.table === next.table && s.branch === next.branch)?.snapshotId;
  return { ...next, ...(from !== undefined && { readFrom: from }) };
}

/** Watermarks of a first session in parts: nothing is read up to anywhere yet. */
function unread(process: Process, pins: readonly SourceState[]): readonly SourceState[] {
  return changesSourcesOf(process).map((_, i) => {
    const { table, branch, uuid } = pins[i]!;
    return { table, branch, uuid, fileCount: 0, fileHash: '0'.repeat(16) };
  });
}

/** The record that a stored plan would publish; what the session wrote is taken from the plan. */
export const recordOfPlan = (process: Process, plan: SessionPlan, attempt: number): StateRecord =>
  recordOfSession(process, plan, attempt, plan.write, undefined);
