/** `target.sort`, or whatever order the table has by now: each file is sorted by it and says so. */
import { currentSchema, type DataFile, planFiles, replaceSortOrder } from '@psyberg/iceberg';
import { expect, test } from 'vitest';
import { COPY, events, type House, type ProcessConfig, TOTALS } from './house.ts';
import { houses } from './houses.ts';

const build = houses();

const sorted = (process: ProcessConfig): ProcessConfig => ({
  ...process,
  target: { ...(process.target as object), sort: ['v desc'] },
});

/** In the order in which the file has them. */
async function valuesOf(house: House, file: DataFile): Promise<unknown[]> {
  const { metadata } = await house.open('dw.copy');
  const relation = { names: ['f'], schema: currentSchema(metadata), parts: [{ files: [file] }] };
  const { rows } = await house.lake.engine.query({ sql: 'select v from f', relations: [relation], limit: 100 });
  return rows.map(([v]) => v);
}

const filesOf = async (house: House, name: string): Promise<readonly DataFile[]> =>
  (await planFiles(await house.open(name))).map(({ file }) => file);

test('files are sorted by target.sort from the first run on, and by another order once the table has it', async () => {
  const house = await build({ copy: sorted(COPY), totals: sorted(TOTALS) });
  await house.append([...events(1, 1, 3, 2), ...events(3, 5, 6, 4)]);
  await house.run();
  const files = await filesOf(house, 'dw.copy');
  const values = await Promise.all(files.map((file) => valuesOf(house, file)));
  expect(values.flat().length).toBe(6);
  for (const list of values) expect(list).toEqual([...list].sort((a, b) => Number(b) - Number(a)));
  expect(files.map(({ sortOrderId }) => sortOrderId)).toEqual(files.map(() => 1));
  expect((await filesOf(house, 'dw.totals')).map(({ sortOrderId }) => sortOrderId)).toEqual([1]);

  await replaceSortOrder(await house.open('dw.copy'), [{ column: 'v' }]);
  await house.append(events(2, 9, 7, 8));
  await house.run();
  const added = (await filesOf(house, 'dw.copy')).filter(({ sortOrderId }) => sortOrderId === 2);
  expect(await Promise.all(added.map((file) => valuesOf(house, file)))).toEqual([[70n, 80n, 90n]]);
  for (const process of ['copy', 'totals']) expect(await house.verify(process)).toMatchObject([{ verdict: 'equal' }]);
});
