/** The last part of a split session signals what was promised of the snapshot it reads, not what was promised since. */
import { status } from '@psyberg/core';
import { fastAppend } from '@psyberg/iceberg';
import { expect, test } from 'vitest';
import { COPY, DAY, events, type House, type ProcessConfig, valuesOf } from '../exactly-once/house.ts';
import { houses } from '../exactly-once/houses.ts';
import { at } from './hours.ts';
import { runThatDies } from './run-that-dies.ts';

const build = houses();
const instant = (hour: number): string => `${DAY}T0${hour}:00:00Z`;

/** Appends rows of an hour, with what the producer says of it in the summary. */
async function append(house: House, hour: number, summary: Readonly<Record<string, string>> = {}): Promise<void> {
  const files = await house.files('raw.events', valuesOf(events(hour, hour)));
  await fastAppend(await house.open('raw.events'), files, { summary });
}

async function promise(house: House, hour: number, key = 'psyberg.vtts'): Promise<void> {
  const updates = { [key]: instant(hour) };
  await house.lake.catalog.commitTable(await house.open('raw.events'), [], [{ action: 'set-properties', updates }]);
}

const signalOf = async (house: House, name = 'copy') =>
  (await status(await house.project())).processes.find((p) => p.process === name)?.signal;

const withComplete = (complete: unknown): ProcessConfig => ({
  ...COPY,
  sources: [{ table: 'raw.events', time: 'ts', complete }],
});

for (const { name, config, early, late } of [
  {
    name: 'a property',
    config: COPY,
    early: async (house: House) => {
      await append(house, 3);
      await promise(house, 4);
    },
    late: async (house: House) => {
      await append(house, 6);
      await promise(house, 8);
    },
  },
  {
    name: 'a summary entry',
    config: COPY,
    early: (house: House) => append(house, 3, { 'psyberg.vtts': instant(4) }),
    late: (house: House) => append(house, 6, { 'psyberg.vtts': instant(8) }),
  },
  {
    name: "the sink's summary entry",
    config: COPY,
    early: (house: House) => append(house, 3, { 'kafka.connect.valid-through-ts': instant(4) }),
    late: (house: House) => append(house, 6, { 'kafka.connect.valid-through-ts': instant(8) }),
  },
  {
    name: 'a property that the configuration names',
    config: withComplete({ property: 'done.until' }),
    early: async (house: House) => {
      await append(house, 3);
      await promise(house, 4, 'done.until');
    },
    late: async (house: House) => {
      await append(house, 6);
      await promise(house, 8, 'done.until');
    },
  },
]) {
  test(`${name} set after the pin says nothing of what is read`, async () => {
    const house = await build({ copy: config });
    await append(house, 2);
    await early(house);
    await runThatDies(house, 'copy', 2);
    await late(house);
    await house.run({ maxIntervals: 1 });
    expect(await house.rows('dw.copy', 'id')).toEqual(['2', '3']);
    expect(await signalOf(house)).toMatchObject({ until: at(4), basis: 'declared' });
    await house.run();
    expect(await signalOf(house)).toMatchObject({ until: at(8), basis: 'declared' });
  });
}

test('a delay counts until the pin was overtaken', async () => {
  const house = await build({ copy: withComplete({ delay: '1h' }) });
  for (const hour of [2, 3]) await append(house, hour);
  await runThatDies(house, 'copy', 2);
  await append(house, 4);
  const overtakenMs = (await house.open('raw.events')).metadata.lastUpdatedMs;
  const later = await house.project({ clock: () => overtakenMs + 5 * 3_600_000 });
  await house.run({ maxIntervals: 1 }, later);
  expect((await signalOf(house))?.until).toBeLessThanOrEqual(BigInt(overtakenMs - 3_600_000) * 1000n);
});

test('where the metadata of then is gone, a property alone promises nothing, beside a summary entry the lesser counts', async () => {
  for (const said of [{}, { 'psyberg.vtts': instant(3) }]) {
    const house = await build({ copy: COPY });
    await append(house, 2);
    await append(house, 3, said);
    await runThatDies(house, 'copy', 2);
    const before = await signalOf(house);
    await append(house, 6);
    await promise(house, 8);
    const { metadataLog } = (await house.open('raw.events')).metadata;
    for (const { metadataFile } of metadataLog) await house.lake.catalog.io.delete(metadataFile);
    await house.run({ maxIntervals: 1 });
    const alone = Object.keys(said).length === 0;
    expect(await signalOf(house)).toEqual(alone ? before : expect.objectContaining({ until: at(3) }));
    if (!alone) continue;
    await house.run();
    expect(await signalOf(house)).toMatchObject({ until: at(8) });
  }
});

test('a target of ours is as complete as it was at the pin', async () => {
  const over: ProcessConfig = {
    ...COPY,
    sources: [{ table: 'dw.copy', time: 'ts' }],
    target: { table: 'dw.over', time: 'ts', partition: ['hour(ts)'] },
    transform: { sql: 'select id, ts, v from copy' },
  };
  const house = await build({ copy: COPY, over });
  for (const hour of [2, 3]) await append(house, hour);
  await house.run({ processes: ['copy'] });
  await runThatDies(house, 'over', 2, { processes: ['over'] });
  const pinned = await signalOf(house);
  await append(house, 6);
  await house.run({ processes: ['copy'] });
  expect((await signalOf(house))!.until).toBeGreaterThan(pinned!.until);
  await house.run({ processes: ['over'], maxIntervals: 1 });
  expect(await house.rows('dw.over', 'id')).toEqual(['2', '3']);
  expect((await signalOf(house, 'over'))?.until).toBe(pinned!.until);
});
