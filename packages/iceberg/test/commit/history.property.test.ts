import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { DataFile } from '../../src/manifest/data-file.ts';
import { countEntries } from '../../src/manifest/entry-counts.ts';
import { headOf } from '../../src/metadata/history.ts';
import type { Snapshot } from '../../src/metadata/table-metadata.ts';
import { cherryPick } from '../../src/producers/cherry-pick.ts';
import { deleteFiles } from '../../src/producers/delete-files.ts';
import { fastAppend } from '../../src/producers/fast-append.ts';
import { mergeAppend } from '../../src/producers/merge-append.ts';
import { replacePartitions } from '../../src/producers/replace-partitions.ts';
import { rewriteManifests } from '../../src/producers/rewrite-manifests.ts';
import { planFiles } from '../../src/scan/plan-files.ts';
import { readManifest } from '../../src/scan/read-manifest.ts';
import { readManifestList } from '../../src/scan/read-manifest-list.ts';
import { snapshotChanges } from '../../src/scan/snapshot-changes.ts';
import type { Table } from '../../src/table.ts';
import { dataFile, makeTable } from '../support/test-table.ts';

type Step =
  | {
      readonly kind: 'append' | 'merge-append' | 'replace-partitions' | 'stage-and-pick';
      readonly files: readonly FileSeed[];
    }
  | { readonly kind: 'delete'; readonly picks: readonly number[] }
  | { readonly kind: 'rewrite-manifests' };

interface FileSeed {
  readonly kind: string | null;
  readonly rows: number;
}

const fileSeed = fc.record({ kind: fc.constantFrom('a', 'b', null), rows: fc.integer({ min: 0, max: 9 }) });
const fileSeeds = fc.array(fileSeed, { minLength: 1, maxLength: 4 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constantFrom(
      'append' as const,
      'merge-append' as const,
      'replace-partitions' as const,
      'stage-and-pick' as const,
    ),
    files: fileSeeds,
  }),
  fc.record({ kind: fc.constant('delete' as const), picks: fc.array(fc.nat(9), { minLength: 1, maxLength: 3 }) }),
  fc.record({ kind: fc.constant('rewrite-manifests' as const) }),
);

interface World {
  readonly table: Table;
  readonly live: ReadonlyMap<string, DataFile>;
}

let counter = 0;
const filesOf = (seeds: readonly FileSeed[]): DataFile[] =>
  seeds.map((seed) => dataFile(`f${counter++}`, { ...seed, sizeBytes: 10 + seed.rows }));

async function take({ table, live }: World, taken: Step): Promise<World> {
  const plus = (files: readonly DataFile[], isKept: (file: DataFile) => boolean = () => true) =>
    new Map([...[...live.values()].filter(isKept), ...files].map((file) => [file.path, file]));
  switch (taken.kind) {
    case 'append':
    case 'merge-append': {
      const files = filesOf(taken.files);
      const done =
        taken.kind === 'append'
          ? await fastAppend(table, files)
          : await mergeAppend(table, files, { minCountToMerge: 2 });
      return { table: done.table, live: plus(files) };
    }
    case 'replace-partitions': {
      const files = filesOf(taken.files);
      const kinds = new Set(files.map((file) => file.partition[0]));
      const done = await replacePartitions(table, { add: files });
      return { table: done.table, live: plus(files, (file) => !kinds.has(file.partition[0])) };
    }
    case 'stage-and-pick': {
      const files = filesOf(taken.files);
      const staged = await fastAppend(table, files, { stageOnly: true });
      const between = filesOf([{ kind: 'a', rows: 1 }]);
      const moved = await fastAppend(staged.table, between);
      const done = await cherryPick(moved.table, staged.snapshot.snapshotId);
      return { table: done.table, live: plus([...between, ...files]) };
    }
    case 'delete': {
      const paths = [...live.keys()];
      if (paths.length === 0) return { table, live };
      const doomed = new Set(taken.picks.map((pick) => paths[pick % paths.length]!));
      const done = await deleteFiles(table, [...doomed]);
      return { table: done.table, live: plus([], (file) => !doomed.has(file.path)) };
    }
    case 'rewrite-manifests':
      return { table: (await rewriteManifests(table))?.table ?? table, live };
  }
}

it('keeps files, manifests, counts, totals and changes in agreement through any history', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 7 }), async (steps) => {
      let world: World = { table: await makeTable(), live: new Map() };
      for (const next of steps) {
        const before = world;
        world = await take(world, next);
        await checkLive(world);
        await checkManifests(world.table);
        if (next.kind !== 'stage-and-pick') await checkChanges(before, world);
      }
    }),
    { numRuns: 60 },
  );
});

async function checkLive({ table, live }: World): Promise<void> {
  const files = (await planFiles(table)).map(({ file }) => file);
  expect(new Map(files.map((file) => [file.path, file]))).toEqual(live);
  expect(files).toHaveLength(live.size);
  const head = headOf(table.metadata);
  if (head === undefined) return;
  expect(totalsOf(head)).toEqual({
    files: live.size,
    records: sum(live, (file) => file.recordCount),
    bytes: sum(live, (file) => file.fileSizeBytes),
  });
}

const sum = (live: World['live'], of: (file: DataFile) => number): number =>
  [...live.values()].reduce((total, file) => total + of(file), 0);

const totalsOf = ({ summary }: Snapshot) => ({
  files: Number(summary['total-data-files']),
  records: Number(summary['total-records']),
  bytes: Number(summary['total-files-size']),
});

/** Every row of the head's list says of its manifest what the manifest says; no entry is without its numbers. */
async function checkManifests({ io, metadata }: Table): Promise<void> {
  const head = headOf(metadata);
  if (head === undefined) return;
  for (const manifest of await readManifestList(io, metadata, head)) {
    const entries = await readManifest(io, metadata, manifest);
    expect(manifest).toMatchObject(countEntries(entries));
    expect(manifest.lengthBytes).toBe(await io.size(manifest.path));
    const live = entries.filter(({ status }) => status !== 'deleted');
    const least = live.map((entry) => entry.sequenceNumber).sort((a, b) => Number(a - b))[0];
    expect(manifest.minSequenceNumber).toBe(least ?? manifest.sequenceNumber);
    for (const entry of entries) {
      if (entry.status === 'deleted') expect(entry.snapshotId).toBe(manifest.addedSnapshotId);
      expect(entry.sequenceNumber).toBeGreaterThan(0n);
      expect(entry.sequenceNumber).toBeLessThanOrEqual(head.sequenceNumber);
    }
  }
}

async function checkChanges(before: World, { table, live }: World): Promise<void> {
  const head = headOf(table.metadata);
  if (head === undefined || head.snapshotId === headOf(before.table.metadata)?.snapshotId) return;
  const { added, removed } = await snapshotChanges(table, head.snapshotId);
  const gained = [...live.keys()].filter((path) => !before.live.has(path));
  const lost = [...before.live.keys()].filter((path) => !live.has(path));
  expect(added.map(({ file }) => file.path).sort()).toEqual(gained.sort());
  expect(removed.map(({ file }) => file.path).sort()).toEqual(lost.sort());
  expect(head.summary['added-data-files'] ?? '0').toBe(String(gained.length));
  expect(head.summary['deleted-data-files'] ?? '0').toBe(String(lost.length));
}
