/** Intervals of a process that only appends are replaced on request, from all that its sources held when they were read. */
import { backfill, skip, status, UsageError } from '@psyberg/core';
import { expect, test } from 'vitest';
import { COPY, events, type House, type ProcessConfig, TOTALS } from '../exactly-once/house.ts';
import { houses } from '../exactly-once/houses.ts';
import { at } from './hours.ts';
import { overwriteAll } from './overwrite-all.ts';

const build = houses();

const spanOf = (from: number, to: number) => ({ from: at(from), to: at(to) });
const ids = (house: House) => house.rows('dw.copy', 'id');
const OVER: ProcessConfig = {
  ...TOTALS,
  sources: [{ table: 'dw.copy', time: 'ts', as: 'events' }],
  catchUp: { threshold: '1h' },
};

test('an interval is made anew by the transform of today, and the others stay', async () => {
  const house = await build({ copy: COPY });
  for (const hour of [1, 2, 3]) await house.append(events(hour, hour));
  await house.run();
  await house.append(events(2, 22));
  await house.configure({ copy: { ...COPY, transform: { sql: 'select id, ts, v + 1 as v from events' } } });
  const { processes } = await backfill(await house.project(), { process: 'copy', ...spanOf(1, 3) });
  expect(processes).toMatchObject([
    { status: 'ok', plan: { kind: 'normal' } },
    { status: 'ok', plan: { kind: 'backfill', replace: [{ start: at(1), end: at(3) }] }, rowsWritten: 3 },
  ]);
  expect(await house.rows('dw.copy', 'id, v')).toEqual(['1 11', '2 21', '22 221', '3 30']);
  expect(await house.run()).toMatchObject([{ status: 'nothing_to_do' }]);
  const [verified] = await house.verify('copy');
  expect(verified).toMatchObject({ verdict: 'equal', knownDifferences: [{ start: at(3), reason: 'older transform' }] });
});

test('what was skipped is loaded, and what reads the target follows beyond its threshold', async () => {
  const house = await build({ copy: COPY, over: OVER });
  for (const hour of [1, 2, 3, 4]) await house.append(events(hour, hour));
  await house.run();
  await overwriteAll(
    house,
    'raw.events',
    [1, 2, 3, 4].flatMap((h) => events(h, 10 * h)),
  );
  await skip(await house.project(), { process: 'copy', to: 'current', reason: 'a test' });
  await backfill(await house.project(), { process: 'copy', ...spanOf(1, 3), maxIntervals: 1 });
  expect(await ids(house)).toEqual(['10', '20', '3', '4']);
  expect((await status(await house.project())).processes[0]!.skipped).toEqual([{ start: at(3), end: at(5) }]);
  expect(await house.verify('copy')).toMatchObject([
    { verdict: 'equal', knownDifferences: [{ start: at(3) }, { start: at(4) }] },
  ]);
  expect(await house.run()).toMatchObject([{ status: 'nothing_to_do' }, { status: 'ok' }]);
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['1 100', '1 200', '1 30', '1 40']);
  expect(await house.verify('over')).toMatchObject([{ verdict: 'equal', knownDifferences: [] }]);
});

test('a table with two writers, and a source by landing time, cannot be backfilled', async () => {
  const house = await build({
    copy: COPY,
    more: { ...COPY, sources: [{ table: 'raw.more', time: 'ts', as: 'events' }] },
  });
  await house.createEvents('raw.more');
  await house.append(events(1, 1));
  await house.append(events(1, 2), 'raw.more');
  await house.run();
  const { processes } = await backfill(await house.project(), { process: 'copy', ...spanOf(1, 2) });
  expect(processes[1]).toMatchObject({ status: 'needs_decision', message: expect.stringContaining('more') });
  expect(await ids(house)).toEqual(['1', '2']);
  await house.configure({ copy: { ...COPY, sources: ['raw.events'] } });
  await expect(backfill(await house.project(), { process: 'copy', ...spanOf(1, 2) })).rejects.toThrow(UsageError);
});
