/** A change is left out on purpose: the watermark goes past it, and what it touched counts as skipped. */
import { adopt, NeedsDecisionError, skip, status, UsageError } from '@psyberg/core';
import { expect, test } from 'vitest';
import { COPY, events, type ProcessConfig, RUNNING, TOTALS } from '../exactly-once/house.ts';
import { houses } from '../exactly-once/houses.ts';
import { at } from './hours.ts';
import { overwriteAll } from './overwrite-all.ts';

const build = houses();

/** Events of two tables, counted together. */
const BOTH: ProcessConfig = {
  ...TOTALS,
  sources: [
    { table: 'raw.events', time: 'ts' },
    { table: 'raw.more', time: 'ts' },
  ],
  transform: {
    sql: `select date_trunc('hour', ts) as ts, count(*) as n, sum(v)::bigint as v
          from (select * from events union all select * from more) group by all`,
  },
};

test('below the bound the change stays out; what lies beyond is computed by the next run', async () => {
  const house = await build({ totals: TOTALS });
  await house.append([1, 2, 3].flatMap((h) => events(h, h)));
  await house.run();
  await house.append([...events(2, 200), ...events(5, 5)]);
  const to = String(await house.head('raw.events'));
  const before = await house.head('dw.totals');
  const report = await skip(await house.project(), { process: 'totals', to, reason: 'sent twice' });
  expect(report).toMatchObject({
    skipped: [{ start: at(2), end: at(3) }],
    ahead: [{ start: at(5), end: at(6) }],
    rows: 2,
    moves: true,
  });
  expect(await house.head('dw.totals')).toBe(before);
  const [standing] = (await status(await house.project())).processes;
  expect(standing).toMatchObject({
    record: { kind: 'skip', reason: 'sent twice', upper: at(4) },
    skipped: [{ start: at(2), end: at(3) }],
    sources: [{ snapshotsBehind: 0 }],
  });
  expect(await house.run()).toMatchObject([{ status: 'ok', plan: { write: [{ start: at(4), end: at(6) }] } }]);
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['1 10', '1 20', '1 30', '1 50']);
  expect(await house.verify('totals')).toMatchObject([
    { verdict: 'equal', knownDifferences: [{ start: at(2), reason: 'skipped', session: report.session }] },
  ]);
  // A later session that overwrites the hour ends its being skipped.
  await house.append(events(2, 300));
  await house.run();
  expect(await house.verify('totals')).toMatchObject([{ verdict: 'equal', knownDifferences: [] }]);
});

test('what was skipped and makes no difference is no difference', async () => {
  const house = await build({
    totals: { ...TOTALS, transform: { sql: "select distinct date_trunc('hour', ts) as ts from events" } },
  });
  await house.append([1, 2].flatMap((h) => events(h, h)));
  await house.run();
  await house.append(events(1, 100));
  await skip(await house.project(), { process: 'totals', to: 'current', reason: 'no matter' });
  expect((await status(await house.project())).processes[0]!.skipped).toHaveLength(1);
  expect(await house.verify('totals')).toMatchObject([{ verdict: 'equal', knownDifferences: [] }]);
});

test('a sequential one goes on from the rows that it has', async () => {
  const house = await build({ running: RUNNING });
  await house.append([1, 2, 3].flatMap((h) => events(h, h)));
  await house.run();
  await house.append(events(1, 100));
  await skip(await house.project(), { process: 'running', to: 'current', reason: 'late' });
  await house.append(events(4, 4));
  await house.run();
  expect(await house.rows('dw.running', 'v')).toEqual(['10', '100', '30', '60']);
  expect(await house.verify('running')).toMatchObject([{ verdict: 'equal', knownDifferences: [{ start: at(1) }] }]);
});

test('a stateless one never appends the rows, and can go past an overwrite that stops it', async () => {
  const house = await build({ copy: COPY });
  await house.append(events(1, 1));
  await house.run();
  await house.append(events(2, 2));
  await overwriteAll(house, 'raw.events', [...events(1, 11), ...events(2, 2)]);
  expect(await house.run()).toMatchObject([{ status: 'needs_decision' }]);
  const to = String(await house.head('raw.events'));
  await house.append(events(3, 3));
  const report = await skip(await house.project(), { process: 'copy', to, reason: 'a test' });
  expect(report.skipped).toEqual([{ start: at(1), end: at(3) }]);
  expect(await house.run()).toMatchObject([{ status: 'ok' }]);
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '3']);
  const [verified] = await house.verify('copy');
  expect(verified).toMatchObject({ verdict: 'equal' });
  expect(verified!.knownDifferences).toMatchObject([
    { start: at(1), missing: 1, extra: 1, session: report.session },
    { start: at(2), missing: 1, extra: 0 },
  ]);
});

test('with several sources one says which, and the others stay where they are', async () => {
  const house = await build({ both: BOTH });
  await house.createEvents('raw.more');
  await house.append([1, 2].flatMap((h) => events(h, h)));
  await house.append(
    [1, 2].flatMap((h) => events(h, 10 * h)),
    'raw.more',
  );
  await house.run();
  await house.append(events(1, 100));
  await house.append(events(2, 200), 'raw.more');
  const options = { process: 'both', to: 'current', reason: 'wrong' };
  await expect(skip(await house.project(), options)).rejects.toThrow(UsageError);
  const preview = await skip(await house.project(), { ...options, source: 'more', dryRun: true });
  expect(preview).toMatchObject({ skipped: [{ start: at(2) }] });
  expect(preview.session).toBeUndefined();
  await skip(await house.project(), { ...options, source: 'raw.more' });
  expect(await skip(await house.project(), { ...options, source: 'more' })).toMatchObject({ moves: false });
  expect((await status(await house.project())).processes[0]!.sources).toMatchObject([
    { snapshotsBehind: 1 },
    { snapshotsBehind: 0 },
  ]);
  // A range runs on from the late hour, and so takes what was skipped with it.
  await house.run();
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['3 1110', '3 2220']);
  expect(await house.verify('both')).toMatchObject([{ verdict: 'equal', knownDifferences: [] }]);
});

test('it needs a session, a snapshot ahead of the watermark and in the history, and a reason', async () => {
  const house = await build({ totals: TOTALS });
  await house.append(events(1, 1));
  const first = String(await house.head('raw.events'));
  const options = { process: 'totals', to: 'current', reason: 'so' };
  await house.createEvents('dw.totals');
  await expect(skip(await house.project(), options)).rejects.toThrow(NeedsDecisionError);
  await house.lake.catalog.dropTable({ namespace: ['dw'], name: 'totals' });
  await house.run();
  await house.append(events(1, 2));
  await house.run();
  await expect(skip(await house.project(), { ...options, reason: ' ' })).rejects.toThrow(/needs a reason/);
  await expect(skip(await house.project(), { ...options, to: first })).rejects.toThrow(/is loaded already/);
  await expect(skip(await house.project(), { ...options, to: '42' })).rejects.toThrow(/has no snapshot 42/);
  await expect(skip(await house.project(), { ...options, source: 'other' })).rejects.toThrow(/no source "other"/);
  expect(await skip(await house.project(), options)).toMatchObject({ moves: false });
});

test('a source that came later is adopted alone: what is new in the others is still loaded', async () => {
  const house = await build({ both: TOTALS });
  await house.createEvents('raw.more');
  await house.append([1, 2].flatMap((h) => events(h, h)));
  await house.append(events(1, 1000), 'raw.more');
  await house.run();
  await house.append(events(2, 200));
  await house.configure({ both: BOTH });
  expect(await house.run()).toMatchObject([{ status: 'needs_decision' }]);
  await adopt(await house.project(), { process: 'both', at: 'current' });
  expect(await house.run()).toMatchObject([{ status: 'ok' }]);
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['1 10', '2 2020']);
  expect(await house.verify('both')).toMatchObject([{ verdict: 'equal' }]);
});
