/** What others commit between staging and publication: elsewhere it is no conflict, inside the session's intervals it is. */
import { audit, commit, init, PublishConflictError, publish, type SessionId, write } from '@psyberg/core';
import { expect, test } from 'vitest';
import { COPY, DAY, events, type House, RUNNING, TOTALS } from './house.ts';
import { houses } from './houses.ts';

const build = houses();
const hour = (n: number): string => `timestamptz '${DAY} ${String(n).padStart(2, '0')}:00:00Z'`;
const totalsRow = (h: number, n: number, v: number): string =>
  `select ${hour(h)} as ts, ${n}::bigint as n, ${v}::bigint as v`;

async function stage(house: House, process: string, session: string): Promise<void> {
  await init(await house.project(), { process, session });
  await write(await house.project(), { process, session });
  await audit(await house.project(), { process, session });
}

/** Hours 1 to 3 are loaded, then hour 2 gets a late row, which is staged in session s2. */
async function lateHourStaged(process: 'totals' | 'running'): Promise<House> {
  const house = await build(process === 'totals' ? { totals: TOTALS } : { running: RUNNING });
  await house.append([...events(1, 1), ...events(2, 2), ...events(3, 3)]);
  await house.run();
  await house.append(events(2, 20));
  await stage(house, process, 's2');
  return house;
}

test('a foreign append to another hour of the same day is kept, and the carried rows are made anew', async () => {
  const house = await lateHourStaged('totals');
  await house.foreignAppend('dw.totals', totalsRow(0, 7, 7));
  const report = await publish(await house.project(), { process: 'totals', session: 's2' });
  expect(report).toMatchObject({ state: 'published', changed: true });
  await commit(await house.project(), { process: 'totals', session: 's2' });
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['1 10', '1 30', '2 220', '7 7'].sort());
  expect(await publish(await house.project(), { process: 'totals', session: 's2' })).toMatchObject({ changed: false });
  expect(await house.run()).toMatchObject([{ status: 'nothing_to_do' }]);
});

test('a compaction of the target in between is no conflict', async () => {
  const house = await lateHourStaged('totals');
  await house.compact('dw.totals');
  await publish(await house.project(), { process: 'totals', session: 's2' });
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['1 10', '1 30', '2 220']);
  expect(await house.verify('totals')).toMatchObject([{ verdict: 'equal' }]);
});

test('a foreign change of an hour that the session overwrites ends the attempt and opens the next', async () => {
  const house = await lateHourStaged('totals');
  await house.foreignAppend('dw.totals', totalsRow(2, 9, 9));
  await expect(publish(await house.project(), { process: 'totals', session: 's2' })).rejects.toThrow(
    PublishConflictError,
  );
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['1 10', '1 20', '1 30', '9 9']);
  const again = await init(await house.project(), { process: 'totals', session: 's2' });
  expect(again.process).toMatchObject({ attempt: 2, wapId: 'psyberg:totals:s2:2' });
  for (const step of [write, audit, publish, commit])
    await step(await house.project(), { process: 'totals', session: 's2' });
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['1 10', '1 30', '2 220']);
  expect(await house.verify('totals')).toMatchObject([{ verdict: 'equal' }]);
});

test('within a run the conflict is met by a second attempt', async () => {
  const house = await build({ totals: TOTALS });
  await house.append([...events(1, 1), ...events(2, 2)]);
  await house.run();
  await house.append(events(2, 20));
  let audited = 0;
  const project = await house.project({
    onEvent: (event) => {
      if (event.kind === 'step-finished' && event.step === 'audit') audited += 1;
    },
    faults: {
      beforeSwap: async ({ name }) => {
        if (name !== 'totals' || audited !== 1) return;
        audited += 1;
        await house.foreignAppend('dw.totals', totalsRow(2, 9, 9));
      },
    },
  });
  const [report] = await house.run({}, project);
  await project.catalog.close();
  expect(report).toMatchObject({ status: 'ok', attempt: 2 });
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['1 10', '2 220']);
});

test('a sequential session also depends on the hour before its first', async () => {
  const house = await lateHourStaged('running');
  await house.foreignAppend('dw.running', `select timestamp '${DAY} 01:00:00' as ts, 5::bigint as v`);
  await expect(publish(await house.project(), { process: 'running', session: 's2' })).rejects.toThrow(
    PublishConflictError,
  );
});

test('picked up from its staged snapshot alone, it looks for conflicts since its attempt began, not since it was staged', async () => {
  const house = await build({ running: RUNNING });
  await house.append([...events(1, 1), ...events(2, 2), ...events(3, 3)]);
  await house.run();
  await house.append(events(2, 20));
  let swaps = 0;
  const dies = await house.project({
    faults: {
      beforeSwap: async ({ name }) => {
        if (name !== 'running') return;
        swaps += 1;
        // The hour before was read; what it is staged on has another one.
        if (swaps === 1)
          await house.foreignAppend('dw.running', `select timestamp '${DAY} 01:00:00' as ts, 5::bigint as v`);
        if (swaps > 2) throw new Error('the machine dies');
      },
    },
  });
  await house.run({ session: 's2' as SessionId }, dies);
  await dies.catalog.close();
  const again = await house.run({ session: 's2' as SessionId });
  expect(again).toMatchObject([{ status: 'ok', session: 's2', attempt: 2 }]);
  expect(await house.rows('dw.running', 'v')).toEqual(['10', '235', '265', '5']);
});

test('an append of the session meets foreign appends without conflict, and once only', async () => {
  const house = await build({ copy: COPY });
  await house.append(events(1, 1));
  await house.run();
  await house.append(events(1, 2));
  await stage(house, 'copy', 's2');
  await house.foreignAppend('dw.copy', `select 100::bigint as id, ${hour(1)} as ts, 0::bigint as v`);
  await publish(await house.project(), { process: 'copy', session: 's2' });
  expect(await publish(await house.project(), { process: 'copy', session: 's2' })).toMatchObject({ changed: false });
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '100', '2']);
});

test('rolled back by a person, the older record holds and the work is done again', async () => {
  const house = await build({ totals: TOTALS });
  await house.append(events(1, 1));
  await house.run();
  await house.append(events(2, 2));
  await house.run();
  await house.rollback('dw.totals');
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['1 10']);
  expect(await house.run()).toMatchObject([{ status: 'ok' }]);
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['1 10', '1 20']);
  expect(await house.verify('totals')).toMatchObject([{ verdict: 'equal' }]);
});
