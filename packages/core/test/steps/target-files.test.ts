import {
  type DataFile,
  encodeSingleValue,
  fastAppend,
  MemoryCatalog,
  openTable,
  parseIdentifier,
  type Table,
} from '@psyberg/iceberg';
import { expect, it } from 'vitest';
import type { Engine, FileTimeProfile } from '../../src/engine/engine.ts';
import { targetFiles } from '../../src/steps/target-files.ts';
import { type Hours, hour, setOf } from '../plan/plan-fixture.ts';

const TIMESTAMP = { kind: 'timestamptz' } as const;

interface FileFacts {
  readonly name: string;
  /** Bounds, both inclusive; absent: the file has none. */
  readonly bounds?: Hours;
  /** What a look into its time column finds. */
  readonly hours?: readonly number[];
  readonly nulls?: number;
}

function fileOf({ name, bounds, nulls = 0 }: FileFacts): DataFile {
  return {
    content: 'data',
    path: `memory:/${name}`,
    format: 'parquet',
    specId: 0,
    partition: [],
    recordCount: 10,
    fileSizeBytes: 1,
    nullValueCounts: new Map([[1, nulls]]),
    ...(bounds && {
      lowerBounds: new Map([[1, encodeSingleValue(TIMESTAMP, hour(bounds[0]))]]),
      upperBounds: new Map([[1, encodeSingleValue(TIMESTAMP, hour(bounds[1]))]]),
    }),
  };
}

async function tableWith(files: readonly FileFacts[]): Promise<Table> {
  const catalog = new MemoryCatalog();
  const identifier = parseIdentifier('dw.t');
  await catalog.createNamespace(['dw']);
  const fields = [{ id: 1, name: 'ts', required: false, type: TIMESTAMP }];
  await catalog.createTable(identifier, { schema: { schemaId: 0, fields } });
  const { table } = await fastAppend(await openTable(catalog, identifier), files.map(fileOf));
  return table;
}

/** Sorts the files for an overwrite; which ones were looked into is told as well. */
async function sort(files: readonly FileFacts[], ...overwritten: readonly Hours[]) {
  const looked: string[] = [];
  const engine = {
    profileTime: async ({ files: asked }: { files: readonly DataFile[] }): Promise<FileTimeProfile[]> =>
      asked.map(({ path }) => {
        const name = path.slice('memory:/'.length);
        const { hours = [], nulls = 0 } = files.find((f) => f.name === name)!;
        looked.push(name);
        const rowsByInterval = hours.map((h) => ({ start: hour(h), rows: 1, first: hour(h), last: hour(h) }));
        return { path, rowsByInterval, nullRows: nulls };
      }),
  } as unknown as Engine;
  const table = await tableWith(files);
  const head = table.metadata.refs.main!.snapshotId;
  const time = { kind: 'column', column: 'ts' } as const;
  const sorted = await targetFiles(table, head, time, 'hour', setOf(...overwritten), async () => engine);
  const names = (list: typeof sorted.inside) => list.map((f) => f.file.path.slice('memory:/'.length)).sort();
  return { inside: names(sorted.inside), mixed: names(sorted.mixed), looked: looked.sort() };
}

it.each<
  readonly [title: string, file: Omit<FileFacts, 'name'>, where: 'inside' | 'mixed' | 'untouched', looked: boolean]
>([
  ['all within by its bounds', { bounds: [2, 3.9] }, 'inside', false],
  ['all outside by its bounds', { bounds: [6, 7] }, 'untouched', false],
  ['ends right before', { bounds: [0, 1.99] }, 'untouched', false],
  ['begins right after', { bounds: [4, 5] }, 'untouched', false],
  ['reaches over, and has rows on both sides', { bounds: [1, 3], hours: [1, 3] }, 'mixed', true],
  ['reaches over, but has no row within', { bounds: [1, 5], hours: [1, 5] }, 'untouched', true],
  ['within by bounds, but some rows have no time', { bounds: [2, 3], hours: [2, 3], nulls: 1 }, 'mixed', true],
  ['without bounds, all within', { hours: [2, 3] }, 'inside', true],
  ['without bounds, all outside', { hours: [1] }, 'untouched', true],
  ['no row has a time', { nulls: 10 }, 'untouched', false],
])('a file %s', async (_title, file, where, looked) => {
  const sorted = await sort([{ name: 'f', ...file }], [2, 4]);
  expect(sorted).toEqual({
    inside: where === 'inside' ? ['f'] : [],
    mixed: where === 'mixed' ? ['f'] : [],
    looked: looked ? ['f'] : [],
  });
});

it('intervals with a gap: a file in the gap is left alone, one over the gap is looked into', async () => {
  const files: FileFacts[] = [
    { name: 'first', bounds: [1, 1.5] },
    { name: 'gap', bounds: [3, 3.5] },
    { name: 'over', bounds: [1, 5], hours: [1, 3, 5] },
    { name: 'both', bounds: [1, 5], hours: [1, 5] },
  ];
  expect(await sort(files, [1, 2], [5, 6])).toEqual({
    inside: ['both', 'first'],
    mixed: ['over'],
    looked: ['both', 'over'],
  });
});
