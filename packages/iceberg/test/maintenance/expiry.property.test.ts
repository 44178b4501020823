import fc from 'fast-check';
import { expect, it } from 'vitest';
import { CherryPickError } from '../../src/errors.ts';
import { locationKey } from '../../src/io/local-path.ts';
import { expireOldSnapshots } from '../../src/maintenance/expire-old-snapshots.ts';
import { reachableFiles } from '../../src/maintenance/reachable-files.ts';
import type { DataFile } from '../../src/manifest/data-file.ts';
import { headOf } from '../../src/metadata/history.ts';
import { cherryPick } from '../../src/producers/cherry-pick.ts';
import { deleteFiles } from '../../src/producers/delete-files.ts';
import { fastAppend } from '../../src/producers/fast-append.ts';
import { mergeAppend } from '../../src/producers/merge-append.ts';
import { createTag } from '../../src/producers/refs/create-ref.ts';
import { rollbackTo } from '../../src/producers/refs/set-current-snapshot.ts';
import { rewriteManifests } from '../../src/producers/rewrite-manifests.ts';
import { planFiles } from '../../src/scan/plan-files.ts';
import { snapshotChanges } from '../../src/scan/snapshot-changes.ts';
import type { SnapshotId } from '../../src/spec/ids.ts';
import type { Table } from '../../src/table.ts';
import { dataFile, makeTable } from '../support/test-table.ts';

const KINDS = [
  'append',
  'merge',
  'stage',
  'pick',
  'publish',
  'delete',
  'rewrite',
  'tag',
  'roll back',
  'expire',
] as const;
const step = fc.record({ kind: fc.constantFrom(...KINDS), pick: fc.nat(20), ageSteps: fc.nat(6) });

/** What a table goes through, a second a step; each step does what is possible then. */
class Life {
  table: Table;
  #steps = 0;

  constructor(table: Table) {
    this.table = table;
  }

  async live(kind: (typeof KINDS)[number], pick: number, ageSteps: number): Promise<void> {
    const options = { clock: () => ++this.#steps * 1000 };
    const { table } = this;
    const head = headOf(table.metadata);
    const staged = table.metadata.snapshots.filter(({ summary }) => summary['wap.id'] !== undefined);
    const chosen = staged[pick % Math.max(1, staged.length)];
    switch (kind) {
      case 'append':
        this.table = (await fastAppend(table, await this.#written(pick), options)).table;
        break;
      case 'merge':
        this.table = (await mergeAppend(table, await this.#written(pick), { ...options, minCountToMerge: 2 })).table;
        break;
      case 'stage': {
        const summary = { 'wap.id': `w${this.#steps}` };
        this.table = (
          await fastAppend(table, await this.#written(pick), { ...options, stageOnly: true, summary })
        ).table;
        break;
      }
      case 'pick':
        if (chosen !== undefined) this.table = await picked(table, chosen.snapshotId, options);
        break;
      case 'publish': {
        if (chosen === undefined) break;
        const { added } = await snapshotChanges(table, chosen.snapshotId);
        const live = new Set((await planFiles(table)).map(({ file }) => file.path));
        const files = added.map(({ file }) => file).filter(({ path }) => !live.has(path));
        if (files.length > 0) this.table = (await fastAppend(table, files, options)).table;
        break;
      }
      case 'delete': {
        const files = await planFiles(table);
        const gone = files[pick % Math.max(1, files.length)];
        if (gone !== undefined) this.table = (await deleteFiles(table, [gone], options)).table;
        break;
      }
      case 'rewrite':
        this.table = (await rewriteManifests(table, options))?.table ?? table;
        break;
      case 'tag':
        if (head !== undefined) this.table = await createTag(table, `t${++this.#steps}`);
        break;
      case 'roll back': {
        const parent = head?.parentSnapshotId;
        if (parent !== undefined && table.metadata.snapshots.some(({ snapshotId }) => snapshotId === parent)) {
          this.table = await rollbackTo(table, parent);
        }
        break;
      }
      case 'expire': {
        const expireBeforeMs = (this.#steps - ageSteps) * 1000;
        const report = await expireOldSnapshots(table, { expireBeforeMs, minSnapshotsToKeep: 1 });
        expect(report.failed).toEqual([]);
        this.table = report.table;
        break;
      }
    }
  }

  async #written(pick: number): Promise<DataFile[]> {
    const file = dataFile(`f${++this.#steps}`, { kind: 'abc'[pick % 3]! });
    await this.table.io.create(file.path, new Uint8Array());
    return [file];
  }
}

/** Not everything can be picked on every head; then nothing happens. */
async function picked(table: Table, snapshotId: SnapshotId, options: { clock: () => number }): Promise<Table> {
  try {
    return (await cherryPick(table, snapshotId, options)).table;
  } catch (error) {
    if (error instanceof CherryPickError) return table;
    throw error;
  }
}

it('leaves all that a listed snapshot needs, and nothing that none does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      const life = new Life(await makeTable());
      for (const { kind, pick, ageSteps } of steps) await life.live(kind, pick, ageSteps);
      await life.live('expire', 0, 0);
      const { table } = life;
      const stored: string[] = [];
      for await (const { location } of table.io.list('memory:/')) stored.push(locationKey(location));
      const isMetadata = (key: string): boolean => key.endsWith('.metadata.json');
      const needed = [...(await reachableFiles(table))].filter((key) => !isMetadata(key));
      expect(stored.filter((key) => !isMetadata(key)).sort()).toEqual(needed.sort());
    }),
    { numRuns: 60 },
  );
});
