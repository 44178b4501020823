/** A promise that its maker takes back is taken back by all who passed it on, so that nobody computes or waits by it. */
import { status } from '@psyberg/core';
import { fastAppend } from '@psyberg/iceberg';
import { expect, test } from 'vitest';
import { at } from '../upkeep/hours.ts';
import { COPY, DAY, events, type House, type ProcessConfig, TOTALS, valuesOf } from './house.ts';
import { houses } from './houses.ts';

const build = houses();

const over = (table: string, name: string): ProcessConfig => ({
  ...TOTALS,
  sources: [{ table: `dw.${table}`, time: 'ts' }],
  target: { table: `dw.${name}`, time: 'ts', partition: ['day(ts)'] },
  transform: { sql: `select ts, v from ${table}` },
});
const CHAIN = { copy: COPY, totals: over('copy', 'totals'), last: over('totals', 'last') };

/** An hour's rows, with the producer's word that all before `until` is there. */
async function append(house: House, hour: number, id: number, until: number): Promise<void> {
  const files = await house.files('raw.events', valuesOf(events(hour, id)));
  const summary = { 'psyberg.vtts': `${DAY}T0${until}:00:00Z` };
  await fastAppend(await house.open('raw.events'), files, { summary });
}

const signals = async (house: House) =>
  (await status(await house.project())).processes.map(({ signal }) => signal && { ...signal, column: undefined });
const declared = (hour: number) => ({ until: at(hour), basis: 'declared', column: undefined });

test('after a rollback of the source the whole chain promises less, and a process that is new waits', async () => {
  const { last, ...first } = CHAIN;
  const house = await build(first);
  await append(house, 1, 1, 3);
  await append(house, 4, 4, 6);
  await house.run();
  expect(await signals(house)).toEqual([declared(6), declared(6)]);
  await house.rollback('raw.events');
  await house.configure({
    ...first,
    copy: { ...COPY, sources: [{ table: 'raw.events', time: 'ts', onOverwrite: 'recompute' }] },
    last,
  });
  await house.run();
  expect(await signals(house)).toEqual([declared(3), declared(3), declared(3)]);
  const standing = (await status(await house.project())).processes;
  // What was reached stays reached; what was not does not go beyond the promise.
  expect(standing.map(({ record }) => record?.upper)).toEqual([at(6), at(6), at(3)]);
  expect(await house.rows('dw.totals', 'v')).toEqual(['10']);
  await append(house, 4, 44, 6);
  await house.run();
  expect(await signals(house)).toEqual([declared(6), declared(6), declared(6)]);
  expect(await house.rows('dw.last', 'v')).toEqual(['10', '440']);
  for (const verified of await house.verify()) expect(verified).toMatchObject({ verdict: 'equal' });
});

test('after a rollback of a target in the middle those downstream promise no more than it does until it is redone', async () => {
  const house = await build({ ...CHAIN });
  await append(house, 1, 1, 3);
  await house.run();
  await append(house, 4, 4, 6);
  await house.run();
  await house.rollback('dw.totals');
  await house.run({ processes: ['last'] });
  expect(await signals(house)).toEqual([declared(6), declared(3), declared(3)]);
  await house.run();
  expect(await signals(house)).toEqual([declared(6), declared(6), declared(6)]);
  expect(await house.run()).toMatchObject([1, 2, 3].map(() => ({ status: 'nothing_to_do' })));
  for (const verified of await house.verify()) expect(verified).toMatchObject({ verdict: 'equal' });
});

test('a producer who declares less than what was merely seen is believed', async () => {
  const house = await build({ copy: COPY });
  await house.append(events(4, 4));
  await house.run();
  await append(house, 2, 2, 3);
  await house.run();
  expect(await signals(house)).toEqual([declared(3)]);
});
