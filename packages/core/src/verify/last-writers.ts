import type { LookupState, StateRecord } from '../state/state-record.ts';
import { EMPTY_SET, type IntervalSet, intersect, isEmpty, subtract, union } from '../time/interval-set.ts';

/** Intervals whose rows come from sessions that saw the same lookups and the same transform. */
export interface WriterGroup {
  readonly intervals: IntervalSet;
  readonly lookups: readonly LookupState[];
  readonly transform: string;
  /** The newest of the sessions. */
  readonly record: StateRecord;
}

/**
 * For each interval of `whole` the newest session that wrote it, as groups, newest first. Intervals that no listed session wrote
 * (their snapshots have expired) are left in `unknown`. Pure.
 */
export function lastWriters(
  whole: IntervalSet,
  newestFirst: readonly StateRecord[],
): { readonly groups: readonly WriterGroup[]; readonly unknown: IntervalSet } {
  const groups = new Map<string, WriterGroup>();
  let open = whole;
  for (const record of newestFirst) {
    const own = intersect(open, record.written);
    if (isEmpty(own)) continue;
    open = subtract(open, own);
    const key = JSON.stringify([
      record.fingerprints.transform,
      record.lookups.map((l) => [l.table, l.branch, String(l.snapshotId)]),
    ]);
    const group = groups.get(key);
    groups.set(key, {
      intervals: union(group?.intervals ?? EMPTY_SET, own),
      lookups: record.lookups,
      transform: record.fingerprints.transform,
      record: group?.record ?? record,
    });
    if (isEmpty(open)) break;
  }
  return { groups: [...groups.values()], unknown: open };
}
