/** What a commit of ours changed, for those who read its table: the intervals that it wrote, as far as its files lie in them. */
import { expect, test } from 'vitest';
import { events, type ProcessConfig, TOTALS } from '../exactly-once/house.ts';
import { houses } from '../exactly-once/houses.ts';
import { at } from '../upkeep/hours.ts';
import { deleteWhere } from './hands.ts';

const build = houses();
const OVER: ProcessConfig = {
  ...TOTALS,
  load: 'changed',
  sources: [{ table: 'dw.totals', time: 'ts' }],
  target: { table: 'dw.over', time: 'ts', partition: ['day(ts)'] },
  transform: { sql: 'select ts, v from totals' },
};
const spans = (...pairs: readonly (readonly [number, number])[]) =>
  pairs.map(([start, end]) => ({ start: at(start), end: at(end) }));

test('hours carried along in its files are none, hours that were and stay empty neither, hours that lost their rows are', async () => {
  const house = await build({ totals: TOTALS, over: OVER });
  await house.append([1, 3, 9].flatMap((h) => events(h, h)));
  await house.run();
  // Recomputes hours 3 to 9; hour 1 lies in the same file, hours 4 to 8 have no rows.
  await house.append(events(3, 30));
  expect((await house.run()).map(({ plan }) => plan?.write)).toEqual([spans([3, 10]), spans([3, 4], [9, 10])]);
  // Hour 9 loses its row, and what is written of it is empty.
  await deleteWhere(house, 'raw.events', 'id = 9');
  const [, over] = await house.run();
  expect(over?.plan?.write).toContainEqual({ start: at(9), end: at(10) });
  expect(await house.rows('dw.over', 'v')).toEqual(['10', '330']);
  expect(await house.verify()).toMatchObject([{ verdict: 'equal' }, { verdict: 'equal' }]);
});
