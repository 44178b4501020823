import type { SourceObservation } from '../changes/source-observation.ts';
import type { PlannedSource } from '../session/session-plan.ts';
import type { StateRecord } from '../state/state-record.ts';
import { intervalSet } from '../time/interval-set.ts';

/** The part of an observation that a plan keeps: everything but the files. */
export function plannedSource(observation: SourceObservation): PlannedSource {
  const { source, changes, from, to, complete, landed } = observation;
  return {
    table: observation.table,
    as: source.as,
    branch: source.branch,
    uuid: observation.uuid,
    ...(from && { from }),
    ...(to && { to }),
    files: sum(changes.map((c) => c.files ?? 1)),
    rows: sum(changes.map((c) => c.rows)),
    bytes: sum(changes.map((c) => c.bytes)),
    processingUris: observation.processingUris,
    changed: intervalSet(changes.flatMap((c) => c.span)),
    ...(complete && { completeUntil: complete.until, basis: complete.basis }),
    next: observation.next,
    ...(landed && { landedFromMs: landed.fromMs, landedToMs: landed.toMs }),
  };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Whether publishing would move any pin, so that the record is worth writing although no row changes. */
export function pinsMove(record: StateRecord | undefined, observations: readonly SourceObservation[]): boolean {
  if (record === undefined) return true;
  return observations.some(({ next }) => {
    const held = record.sources.find((s) => s.table === next.table && s.branch === next.branch);
    return held === undefined || held.snapshotId !== next.snapshotId || held.seenUntil !== next.seenUntil;
  });
}
