import { describe, expect, it } from 'vitest';
import { dueExpiry, type RetentionOptions } from '../../src/maintenance/retention.ts';
import { applyUpdates } from '../../src/metadata/apply-updates.ts';
import { metadataFromCreate } from '../../src/metadata/create-metadata.ts';
import type { SnapshotRef, TableMetadata } from '../../src/metadata/table-metadata.ts';
import { toSequenceNumber, toSnapshotId } from '../../src/spec/ids.ts';

const DAY_MS = 86_400_000;
const NOW_MS = 100 * DAY_MS;

/** Snapshots by id, parent and age in days; ids are in order of commits. */
function table(
  snapshots: readonly [id: number, parent: number | undefined, ageDays: number][],
  refs: Readonly<Record<string, Partial<SnapshotRef> & { readonly at: number }>>,
  properties: Readonly<Record<string, string>> = {},
): TableMetadata {
  const empty = metadataFromCreate({ schema: { schemaId: 0, fields: [] }, properties }, 'memory:/t', 'u', 0);
  const added = snapshots.map(([id, parent, ageDays]) => ({
    action: 'add-snapshot' as const,
    snapshot: {
      snapshotId: toSnapshotId(BigInt(id)),
      ...(parent === undefined ? {} : { parentSnapshotId: toSnapshotId(BigInt(parent)) }),
      sequenceNumber: toSequenceNumber(BigInt(id)),
      timestampMs: NOW_MS - ageDays * DAY_MS,
      summary: {},
      manifestList: `memory:/t/metadata/snap-${id}.avro`,
    },
  }));
  const named = Object.entries(refs).map(([refName, { at, ...ref }]) => ({
    action: 'set-snapshot-ref' as const,
    refName,
    ref: { type: 'branch' as const, ...ref, snapshotId: toSnapshotId(BigInt(at)) },
  }));
  return applyUpdates(empty, [...added, ...named], NOW_MS);
}

function due(metadata: TableMetadata, options: Partial<RetentionOptions> = {}) {
  const { snapshots, refs } = dueExpiry(metadata, { nowMs: NOW_MS, ...options });
  return { ids: snapshots.map(({ snapshotId }) => Number(snapshotId)), refs };
}

/** A line of five, one a day, the newest of today. */
const LINE: [number, number | undefined, number][] = [
  [1, undefined, 20],
  [2, 1, 15],
  [3, 2, 10],
  [4, 3, 4],
  [5, 4, 0],
];

describe('dueExpiry', () => {
  it('lets go of what is older than five days, but never of a head', () => {
    expect(due(table(LINE, { main: { at: 5 } }))).toEqual({ ids: [1, 2, 3], refs: [] });
    expect(due(table(LINE, { main: { at: 3 } })).ids).toEqual([1, 2]); // 4 and 5 were rolled back, and are young
    expect(due(table([], {}))).toEqual({ ids: [], refs: [] });
  });

  it('goes by the table’s settings, and by the caller’s before those', () => {
    const settings = {
      'history.expire.max-snapshot-age-ms': String(12 * DAY_MS),
      'history.expire.min-snapshots-to-keep': '4',
    };
    const metadata = table(LINE, { main: { at: 5 } }, settings);
    expect(due(metadata).ids).toEqual([1]);
    expect(due(metadata, { minSnapshotsToKeep: 1 }).ids).toEqual([1, 2]);
    expect(due(metadata, { minSnapshotsToKeep: 1, expireBeforeMs: NOW_MS + 1 }).ids).toEqual([1, 2, 3, 4]);
    expect(due(metadata, { minSnapshotsToKeep: 1, keep: ({ snapshotId }) => snapshotId === 2n }).ids).toEqual([1]);
  });

  it('keeps a snapshot of exactly the age', () => {
    expect(due(table(LINE, { main: { at: 5 } }), { expireBeforeMs: NOW_MS - 10 * DAY_MS }).ids).toEqual([1, 2]);
  });

  it('follows each branch’s own settings, and keeps of a tag the one snapshot', () => {
    const branch = { at: 3, minSnapshotsToKeep: 2 };
    expect(due(table(LINE, { main: { at: 5 }, audit: branch })).ids).toEqual([1]);
    expect(due(table(LINE, { main: { at: 5 }, audit: { at: 3, maxSnapshotAgeMs: 16 * DAY_MS } })).ids).toEqual([1]);
    expect(due(table(LINE, { main: { at: 5 }, v1: { at: 2, type: 'tag' } })).ids).toEqual([1, 3]);
    expect(due(table(LINE, { main: { at: 5, minSnapshotsToKeep: 5 } }), { expireBeforeMs: NOW_MS }).ids).toEqual([]);
  });

  it('drops refs that are too old first, and then what only they held; never main', () => {
    const old = { at: 2, type: 'tag', maxRefAgeMs: 14 * DAY_MS } as const;
    expect(due(table(LINE, { main: { at: 5, maxRefAgeMs: 0 }, v1: old }))).toEqual({ ids: [1, 2, 3], refs: ['v1'] });
    const kept = { ...old, maxRefAgeMs: 15 * DAY_MS };
    expect(due(table(LINE, { main: { at: 5 }, v1: kept }))).toEqual({ ids: [1, 3], refs: [] });
    const byTable = table(
      LINE,
      { main: { at: 5 }, b: { at: 3 } },
      { 'history.expire.max-ref-age-ms': String(9 * DAY_MS) },
    );
    expect(due(byTable)).toEqual({ ids: [1, 2, 3], refs: ['b'] });
  });

  it('keeps what is staged as long as it is young, whatever number a branch keeps', () => {
    const staged: [number, number, number][] = [
      [6, 3, 6],
      [7, 5, 1],
    ];
    expect(due(table([...LINE, ...staged], { main: { at: 5 } }), { minSnapshotsToKeep: 10 }).ids).toEqual([6]);
  });
});
