/** A transform that makes rows of its range, whether the range has events or not, makes each call's rows and no others. */
import { expect, test } from 'vitest';
import { createTable } from '../../examples/lake.mjs';
import { events, type ProcessConfig, TOTALS } from '../exactly-once/house.ts';
import { houses } from '../exactly-once/houses.ts';

const build = houses();
/** Every hour of the range, with its number of events. */
const HOURLY: ProcessConfig = {
  ...TOTALS,
  transform: {
    sql: `select slot as ts, count(id) as n, coalesce(sum(v), 0)::bigint as v
      from unnest(generate_series(:range_start, :range_end - interval 1 hour, interval 1 hour)) as t(slot)
      left join events on ts >= slot and ts < slot + interval 1 hour group by all`,
  },
};

for (const load of ['range', 'changed']) {
  test(`isolate, load: ${load}: the range of a call is its interval`, async () => {
    const house = await build({ totals: { ...HOURLY, load, isolate: true } });
    await house.append([...events(1, 1), ...events(4, 4)]);
    expect(await house.run()).toMatchObject([{ status: 'ok', plan: { calls: { length: 4 } } }]);
    await house.append([...events(1, 10), ...events(6, 6)]);
    expect(await house.run()).toMatchObject([{ status: 'ok' }]);
    expect(await house.rows('dw.totals', 'n')).toEqual(['0', '0', '0', '1', '1', '2']);
    expect(await house.verify()).toMatchObject([{ verdict: 'equal' }]);
  });
}

test('verify computes what was made with different prices in ranges of its own', async () => {
  const priced: ProcessConfig = {
    ...HOURLY,
    sources: [
      { table: 'raw.events', time: 'ts' },
      { table: 'ref.price', role: 'lookup' },
    ],
    transform: {
      sql: `select slot as ts, count(id) as n, coalesce(sum(v * (select max(price) from price)), 0)::bigint as v
        from unnest(generate_series(:range_start, :range_end - interval 1 hour, interval 1 hour)) as t(slot)
        left join events on ts >= slot and ts < slot + interval 1 hour group by all`,
    },
  };
  const house = await build({ totals: priced });
  await createTable(house.lake, 'ref.price', { price: 'long' });
  await house.foreignAppend('ref.price', 'select 1::bigint as price');
  await house.append([...events(1, 1), ...events(2, 2)]);
  await house.run();
  await house.foreignAppend('ref.price', 'select 3::bigint as price');
  await house.append(events(4, 4));
  await house.run();
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['0 0', '1 10', '1 120', '1 20']);
  expect(await house.verify()).toMatchObject([{ verdict: 'equal' }]);
});
