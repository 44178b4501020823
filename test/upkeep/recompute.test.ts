/** A recompute starts anew from what the sources hold now; an adoption declares that it need not. */
import { adopt, parseInstant, status, UsageError } from '@psyberg/core';
import { expect, test } from 'vitest';
import { COPY, DAY, events, type ProcessConfig, RUNNING, TOTALS } from '../exactly-once/house.ts';
import { houses } from '../exactly-once/houses.ts';
import { at } from './hours.ts';
import { overwriteAll } from './overwrite-all.ts';

const build = houses();

const from = (config: ProcessConfig, hour: number): ProcessConfig => ({
  ...config,
  sources: [{ table: 'raw.events', time: 'ts', from: `${DAY}T0${hour}:00Z` }],
});

test('with a beginning it replaces what lies after it, and rows of before stay', async () => {
  const unique = { ...COPY, audits: [{ audit: 'unique', columns: ['id'] }] };
  const house = await build({ copy: unique, totals: TOTALS });
  await house.append([1, 2, 3].flatMap((h) => events(h, h)));
  await house.run();
  await overwriteAll(
    house,
    'raw.events',
    [1, 2, 4].flatMap((h) => events(h, 10 * h)),
  );
  await house.configure({ copy: from(unique, 2), totals: from(TOTALS, 2) });
  expect(await house.run({ recompute: true })).toMatchObject([
    { status: 'ok', plan: { kind: 'recompute', lower: at(2) } },
    { status: 'ok', plan: { kind: 'recompute', lower: at(2), write: [{ start: at(2), end: at(5) }] } },
  ]);
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '20', '40']);
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['1 10', '1 200', '1 400']);
  expect(await house.verify('totals')).toMatchObject([{ verdict: 'equal' }]);
  expect(await house.run()).toMatchObject([{ status: 'nothing_to_do' }, { status: 'nothing_to_do' }]);
});

for (const [name, config] of Object.entries({ copy: COPY, totals: TOTALS, running: RUNNING })) {
  test(`${name}: of a source without rows it is a table without rows`, async () => {
    const house = await build({ [name]: config });
    await house.append([1, 2].flatMap((h) => events(h, h)));
    await house.run();
    await house.lake.catalog.dropTable({ namespace: ['raw'], name: 'events' });
    await house.createEvents('raw.events');
    expect(await house.run()).toMatchObject([{ status: 'needs_decision' }]);
    expect(await house.run({ recompute: true })).toMatchObject([{ status: 'ok' }]);
    expect(await house.rows(`dw.${name}`)).toEqual([]);
    await house.append(events(3, 3));
    expect(await house.run()).toMatchObject([{ status: 'ok' }]);
    expect(await house.rows(`dw.${name}`, 'v')).toEqual(['30']);
    expect(await house.verify(name)).toMatchObject([{ verdict: 'equal' }]);
  });
}

test('an adoption until the middle of an interval leaves all of that to the next run', async () => {
  const house = await build({ totals: TOTALS });
  await house.append([1, 2, 3].flatMap((h) => events(h, h)));
  await house.run();
  const target = await house.open('dw.totals');
  await house.lake.catalog.commitTable(
    target,
    [],
    [
      {
        action: 'remove-properties',
        removals: Object.keys(target.metadata.properties).filter((k) => k.startsWith('psyberg.')),
      },
    ],
  );
  await house.configure({ again: { ...TOTALS } });
  expect(await house.run()).toMatchObject([{ status: 'needs_decision' }]);
  const loadedUntil = parseInstant(`${DAY}T02:30Z`)!;
  await expect(adopt(await house.project(), { process: 'again', at: '12' })).rejects.toThrow(UsageError);
  expect(await adopt(await house.project(), { process: 'again', at: 'current', loadedUntil })).toMatchObject({
    loadedUntil: at(2),
  });
  expect(await house.run()).toMatchObject([{ status: 'ok', plan: { write: [{ start: at(2), end: at(4) }] } }]);
  expect((await status(await house.project())).processes[0]!.record).toMatchObject({ lower: at(2), upper: at(4) });
  expect(await house.verify('again')).toMatchObject([{ verdict: 'equal' }]);
});
