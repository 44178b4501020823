/** What else a source may go through between two runs. */
import { adopt, plan } from '@psyberg/core';
import { deleteFiles, fastAppend, planFiles, rewriteManifests } from '@psyberg/iceberg';
import { expect, test } from 'vitest';
import { COPY, events, type House, type ProcessConfig, RUNNING, TOTALS } from '../exactly-once/house.ts';
import { houses } from '../exactly-once/houses.ts';
import { compactWhere } from './hands.ts';

const build = houses();
const BOTH: ProcessConfig = {
  ...TOTALS,
  sources: [
    { table: 'raw.events', time: 'ts' },
    { table: 'raw.others', time: 'ts' },
  ],
  transform: {
    sql: `select date_trunc('hour', ts) as ts, count(*) as n, sum(v)::bigint as v
      from (from events union all from others) group by all`,
  },
};

const statuses = async (house: House) => (await house.run()).map((r) => r.status);
const verdicts = async (house: House) => new Set((await house.verify()).map((v) => v.verdict));
const EQUAL = new Set(['equal']);

test('compaction, of what was there before we came too, and manifests written anew: no logical change', async () => {
  const house = await build({ copy: COPY, totals: TOTALS });
  await house.append(events(1, 1));
  await house.append(events(2, 2));
  await compactWhere(house, 'raw.events', 'true');
  await house.append(events(1, 10));
  expect(await statuses(house)).toEqual(['ok', 'ok']);
  await compactWhere(house, 'raw.events', 'true');
  expect(await statuses(house)).toEqual(['nothing_to_do', 'nothing_to_do']);
  await house.append(events(3, 3));
  await house.append(events(3, 30));
  await rewriteManifests(await house.open('raw.events'));
  await compactWhere(house, 'raw.events', 'id in (3, 30)');
  await rewriteManifests(await house.open('raw.events'));
  expect(await statuses(house)).toEqual(['ok', 'ok']);
  await rewriteManifests(await house.open('raw.events'));
  expect(await statuses(house)).toEqual(['nothing_to_do', 'nothing_to_do']);
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '10', '2', '3', '30']);
  expect(await verdicts(house)).toEqual(EQUAL);
});

test('a file that is listed twice, by mistake or not, has its rows twice for everybody', async () => {
  const house = await build({ copy: COPY, totals: TOTALS });
  await house.append(events(1, 1, 2));
  const [before] = await planFiles(await house.open('raw.events'));
  expect(await statuses(house)).toEqual(['ok', 'ok']);
  await fastAppend(await house.open('raw.events'), [before!.file]);
  await house.append(events(2, 3));
  const [fresh] = (await planFiles(await house.open('raw.events'))).filter((f) => f.file.path !== before!.file.path);
  await fastAppend(await house.open('raw.events'), [fresh!.file]);
  expect(await statuses(house)).toEqual(['ok', 'ok']);
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '1', '2', '2', '3', '3']);
  expect(await house.rows('dw.totals', 'n')).toEqual(['2', '4']);
  expect(await verdicts(house)).toEqual(EQUAL);
});

test('whole files are deleted: their intervals are computed anew, some of them to nothing', async () => {
  const house = await build({ totals: TOTALS, running: RUNNING });
  await house.append(events(1, 1));
  await house.append(events(2, 2));
  await house.append([...events(2, 20), ...events(3, 3)]);
  await house.run();
  const table = await house.open('raw.events');
  const [last] = await planFiles(table);
  await deleteFiles(table, [last!]);
  expect(await statuses(house)).toEqual(['ok', 'ok']);
  expect(await verdicts(house)).toEqual(EQUAL);
  await deleteFiles(await house.open('raw.events'), await planFiles(await house.open('raw.events')));
  expect(await statuses(house)).toEqual(['ok', 'ok']);
  expect(await house.rows('dw.totals')).toEqual([]);
  expect(await verdicts(house)).toEqual(EQUAL);
});

test('a quiet source keeps an hour waiting and loses none; a pause of days is caught up by one session', async () => {
  const house = await build({ both: BOTH });
  await house.createEvents('raw.others');
  await house.append(events(1, 1));
  await house.append(events(1, 101), 'raw.others');
  expect(await statuses(house)).toEqual(['ok']);
  // One source brings hour 2 early and never again; the other is quiet in hour 2 and then brings hour 4.
  await house.append(events(2, 2));
  const { processes } = await plan(await house.project());
  expect(processes[0]!.plan!.intervals).toMatchObject([{ state: 'waiting', waitingFor: ['raw.others'] }]);
  expect(await statuses(house)).toEqual(['nothing_to_do']);
  await house.append(events(4, 104), 'raw.others');
  expect(await statuses(house)).toEqual(['ok']);
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['1 20', '2 1020']);
  for (const hour of [3, 9, 15, 21]) {
    await house.append(events(hour, hour));
    await house.append(events(hour, hour + 100), 'raw.others');
  }
  const reports = await house.run();
  expect(reports).toHaveLength(1);
  expect(await house.rows('dw.totals', 'n')).toHaveLength(7);
  expect(await verdicts(house)).toEqual(EQUAL);
});

test('late beyond the threshold: skipped, and listed as a known difference', async () => {
  const house = await build({ totals: { ...TOTALS, load: 'changed', catchUp: { threshold: '3h' } } });
  await house.append([...events(1, 1), ...events(6, 6)]);
  await house.run();
  await house.append([...events(1, 10), ...events(5, 5)]);
  const [report] = await house.run();
  expect(report!.plan!.intervals.map((i) => [i.state, i.action])).toEqual([
    ['skipped', 'none'],
    ['late', 'overwrite'],
  ]);
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['1 10', '1 50', '1 60']);
  expect(await house.verify()).toMatchObject([{ verdict: 'equal', knownDifferences: [{ reason: 'skipped' }] }]);
});

test('a source is added: a person takes it from now on, or recomputes; the others lose nothing', async () => {
  const house = await build({ totals: TOTALS });
  await house.createEvents('raw.others');
  await house.append([...events(1, 1), ...events(2, 2)]);
  await house.append(events(1, 101), 'raw.others');
  await house.run();
  await house.append(events(2, 20));
  await house.configure({ totals: BOTH });
  const [report] = await house.run();
  expect(report).toMatchObject({
    status: 'needs_decision',
    next: ['psyberg adopt totals --at current', 'psyberg run totals --recompute'],
  });
  expect(report!.message).toMatch(/raw\.others was added to totals after session/);
  await adopt(await house.project(), { process: 'totals', at: 'current' });
  await house.append(events(2, 102), 'raw.others');
  expect(await statuses(house)).toEqual(['ok']);
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['1 10', '3 1240']);
  await house.run({ recompute: true });
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['2 1020', '3 1240']);
  expect(await verdicts(house)).toEqual(EQUAL);
});
