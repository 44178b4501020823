/** Each step alone is repeatable and says so; nothing is lost or doubled wherever it was stopped, and the fence holds. */
import {
  audit,
  commit,
  discard,
  explain,
  FencedError,
  HeldError,
  init,
  plan,
  publish,
  type StepReport,
  sessions,
  WrongStateError,
  write,
} from '@psyberg/core';
import { expect, test } from 'vitest';
import { COPY, events, type House, type ProcessConfig, RUNNING, TOTALS } from './house.ts';
import { houses } from './houses.ts';

const build = houses();
const STEPS = { init, write, audit, publish, commit };
type StepName = keyof typeof STEPS;

async function step(house: House, name: StepName, process: string, session: string): Promise<StepReport> {
  return STEPS[name](await house.project(), { process, session });
}

async function steps(house: House, names: readonly StepName[], process: string, session: string): Promise<void> {
  for (const name of names) await step(house, name, process, session);
}

const ALL: readonly StepName[] = ['init', 'write', 'audit', 'publish', 'commit'];

/** As if the process had died right after the step took effect: what it would have stored in our own tables is lost. */
async function stepThatDiesBeforeStoring(house: House, name: StepName, process: string, session: string) {
  const died = new Error('died');
  const project = await house.project({
    faults: {
      beforeSwap: ({ namespace }) => {
        if (namespace[0] === 'psyberg') throw died;
      },
    },
  });
  await expect(STEPS[name](project, { process, session })).rejects.toThrow();
  await project.catalog.close();
}

const PROCESSES: Readonly<Record<string, ProcessConfig>> = { copy: COPY, totals: TOTALS, running: RUNNING };

/** Session s1 loaded hours 1 and 2; hour 3 has arrived. */
async function loadedThroughHour2(name: string): Promise<House> {
  const house = await build({ [name]: PROCESSES[name]! });
  await house.append([...events(1, 1), ...events(2, 2)]);
  await house.run({ processes: [name], session: 's1' });
  await house.append(events(3, 3));
  return house;
}

for (const [name, expected] of Object.entries({
  copy: ['1', '2', '3'],
  totals: ['1 20', '1 30', '1 10'].sort(),
  running: ['10', '30', '60'],
})) {
  const columns = { copy: 'id', totals: 'n, v', running: 'v' }[name]!;

  test(`${name}: every step twice; the second says that nothing was changed`, async () => {
    const house = await loadedThroughHour2(name);
    for (const one of ALL) {
      const first = await step(house, one, name, 's2');
      const second = await step(house, one, name, 's2');
      expect(first.changed, one).toBe(true);
      expect(second.changed, one).toBe(false);
      expect(second.state, one).toBe(first.state);
    }
    expect(await house.rows(`dw.${name}`, columns)).toEqual(expected);
    expect(await house.verify(name)).toMatchObject([{ verdict: 'equal' }]);
    expect(await house.run()).toMatchObject([{ status: 'nothing_to_do' }]);
  });

  test(`${name}: a death in every step before it could say so; repeating each ends well`, async () => {
    const house = await loadedThroughHour2(name);
    for (const one of ALL) {
      await stepThatDiesBeforeStoring(house, one, name, 's2');
      await step(house, one, name, 's2');
    }
    expect((await step(house, 'commit', name, 's2')).state).toBe('committed');
    expect(await house.rows(`dw.${name}`, columns)).toEqual(expected);
    expect(await house.verify(name)).toMatchObject([{ verdict: 'equal' }]);
  });

  test.each(name === 'totals' ? ALL : (['publish'] as const))(
    `${name}: a death in %s; a run instead of the steps ends well`,
    async (deadly) => {
      const house = await loadedThroughHour2(name);
      for (const one of ALL) {
        if (one === deadly) await stepThatDiesBeforeStoring(house, one, name, 's2');
        if (one === deadly) break;
        await step(house, one, name, 's2');
      }
      for (const { status, message } of await house.run()) expect(['ok', 'nothing_to_do'], message).toContain(status);
      expect(await house.rows(`dw.${name}`, columns)).toEqual(expected);
      expect(await house.verify(name)).toMatchObject([{ verdict: 'equal' }]);
      const open = (await sessions(await house.project(), { process: name })).filter(
        ({ state }) => !['committed', 'empty', 'superseded'].includes(state),
      );
      expect(open).toEqual([]);
    },
  );
}

test('a death in init of a session that only moves the watermark', async () => {
  const house = await build({ totals: TOTALS });
  await house.append(events(1, 1));
  await steps(house, ALL, 'totals', 's1');
  await house.compact('raw.events');
  await stepThatDiesBeforeStoring(house, 'init', 'totals', 's2');
  await house.append(events(2, 2));
  // The name was used up by what the target already says; going on under it must not pretend that the new rows are loaded.
  const again = await step(house, 'init', 'totals', 's2');
  expect(again.state).toBe('empty');
  await house.run();
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['1 10', '1 20']);
});

test('run --session under the name of a session that published before its run died says so', async () => {
  const house = await build({ copy: COPY });
  await house.append(events(1, 1));
  await house.run({ processes: ['copy'], session: 's1' });
  await house.compact('raw.events');
  const project = await house.project({
    faults: {
      beforeSwap: ({ namespace }) => {
        if (namespace[0] === 'psyberg') throw new Error('died');
      },
    },
  });
  expect(await house.run({ processes: ['copy'], session: 's2' }, project)).toMatchObject([{ status: 'nothing_to_do' }]);
  await project.catalog.close();
  await house.append(events(2, 2));
  const [report] = await house.run({ processes: ['copy'], session: 's2' });
  expect(report).toMatchObject({ status: 'nothing_to_do' });
  expect(await house.rows('dw.copy', 'id')).toEqual(['1']);
  await house.run();
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '2']);
});

test('steps out of turn are refused and name the step that comes first', async () => {
  const house = await build({ totals: TOTALS });
  await house.append(events(1, 1));
  await step(house, 'init', 'totals', 's1');
  await expect(step(house, 'audit', 'totals', 's1')).rejects.toMatchObject({
    next: ['psyberg write --process totals --session s1'],
  });
  await expect(step(house, 'publish', 'totals', 's1')).rejects.toThrow(WrongStateError);
  await expect(step(house, 'commit', 'totals', 's1')).rejects.toThrow(WrongStateError);
  expect(await house.lake.catalog.tableExists({ namespace: ['dw'], name: 'totals' })).toBe(false);
});

test('the fence: what was planned before another session was published is never published after it', async () => {
  const house = await build({ totals: TOTALS });
  await house.append(events(1, 1));
  await house.run({ session: 's1', processes: ['totals'] });
  await house.append(events(2, 2));
  await steps(house, ['init', 'write', 'audit'], 'totals', 'slow');
  await house.append(events(3, 3));
  expect(await house.run()).toMatchObject([{ status: 'ok' }]);
  const head = await house.head('dw.totals');
  // The run has told everybody that it covers the slow session.
  expect(await step(house, 'publish', 'totals', 'slow')).toMatchObject({ state: 'superseded', changed: false });
  expect(await house.head('dw.totals')).toBe(head);
});

test('the fence holds where nobody has told the slow session that it is over', async () => {
  const house = await build({ totals: TOTALS });
  await house.append(events(1, 1));
  await house.run();
  await house.append(events(2, 2));
  await steps(house, ['init', 'write', 'audit'], 'totals', 'slow');
  const project = await house.project({
    faults: {
      beforeSwap: ({ namespace }) => {
        if (namespace[0] === 'psyberg') throw new Error('died');
      },
    },
  });
  expect(await house.run({}, project)).toMatchObject([{ status: 'ok' }]);
  await project.catalog.close();
  await expect(step(house, 'publish', 'totals', 'slow')).rejects.toThrow(FencedError);
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['1 10', '1 20']);
});

test('a fence between two publishers that meet in the same moment', async () => {
  const house = await build({ totals: TOTALS });
  await house.append(events(1, 1));
  await house.run();
  await house.append(events(2, 2));
  await steps(house, ['init', 'write', 'audit'], 'totals', 'slow');
  let other: Promise<unknown> | undefined;
  const project = await house.project({
    faults: {
      // The slow one is about to swap; the fast one publishes first. The lease is a courtesy that is taken away here.
      beforeSwap: async ({ name }) => {
        if (name !== 'totals' || other !== undefined) return;
        await freeLease(house, 'totals');
        other = house.run();
        await other;
      },
    },
  });
  await expect(publish(project, { process: 'totals', session: 'slow' })).rejects.toThrow(FencedError);
  await project.catalog.close();
  expect(other).toBeDefined();
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['1 10', '1 20']);
});

async function freeLease(house: House, process: string): Promise<void> {
  const key = `psyberg.lease.${process}`;
  const { [key]: held } = await house.lake.catalog.namespaceProperties(['psyberg']);
  expect(await house.lake.catalog.compareAndSetNamespaceProperty(['psyberg'], key, held, undefined)).toBe(true);
}

const AUDITED = { ...COPY, audits: [{ audit: 'accepted_values', column: 'v', values: [10, 20, 30] }] };

test('held: readers see the old snapshot and the offending rows are kept', async () => {
  const house = await build({ copy: AUDITED });
  await house.append(events(1, 1));
  await house.run();
  const head = await house.head('dw.copy');
  await house.append(events(2, 99));
  const [report] = await house.run();
  expect(report).toMatchObject({ status: 'held', error: expect.any(HeldError) });
  expect(await house.head('dw.copy')).toBe(head);
  const found = await explain(await house.project(), { process: 'copy', session: report!.session! });
  expect(found.event.state).toBe('held');
  expect(found.audits.at(-1)).toMatchObject({
    status: 'failed',
    failingRows: 1,
    sample: [{ v: '990', occurrences: '1' }],
  });
});

test('held, then accepted: published, and it says for ever who and why', async () => {
  const house = await build({ copy: AUDITED });
  await house.append(events(1, 1));
  await house.run();
  await house.append(events(2, 99));
  const [held] = await house.run();
  const session = held!.session!;
  const accept = { audits: ['accepted_values'], by: 'pat', reason: 'a real outlier' };
  await expect(step(house, 'publish', 'copy', session)).rejects.toThrow(HeldError);
  const first = await publish(await house.project(), { process: 'copy', session, accept });
  expect(first).toMatchObject({ state: 'published', changed: true });
  const second = await publish(await house.project(), { process: 'copy', session, accept });
  expect(second.changed).toBe(false);
  await step(house, 'commit', 'copy', session);
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '99']);
  const { metadata } = await house.open('dw.copy');
  const head = metadata.snapshots.find((s) => s.snapshotId === metadata.refs.main!.snapshotId)!;
  expect(JSON.parse(head.summary['psyberg.accepted']!)).toMatchObject({ by: 'pat', reason: 'a real outlier' });
  const { audits } = await explain(await house.project(), { process: 'copy', session });
  expect(audits.at(-1)).toMatchObject({ status: 'accepted', acceptedBy: 'pat', reason: 'a real outlier' });
  expect(await house.run()).toMatchObject([{ status: 'nothing_to_do' }]);
  expect(await house.verify('copy')).toMatchObject([{ verdict: 'equal' }]);
});

test('held, and the audit is changed: its old verdict neither blocks nor lets through', async () => {
  const house = await build({ copy: AUDITED });
  await house.append(events(1, 99));
  const [held] = await house.run();
  const session = held!.session!;
  await house.configure({ copy: { ...COPY, audits: [{ audit: 'accepted_values', column: 'v', values: [5] }] } });
  await expect(step(house, 'publish', 'copy', session)).rejects.toMatchObject({
    next: [`psyberg audit --process copy --session ${session}`],
  });
  await expect(step(house, 'audit', 'copy', session)).rejects.toThrow(HeldError);
  await house.configure({ copy: { ...COPY, audits: [{ audit: 'accepted_values', column: 'v', values: [990] }] } });
  await step(house, 'audit', 'copy', session);
  await step(house, 'publish', 'copy', session);
  expect(await house.rows('dw.copy', 'id')).toEqual(['99']);
});

test('held, then discarded: never published; the next run covers its input', async () => {
  const house = await build({ copy: AUDITED });
  await house.append(events(1, 99));
  const [held] = await house.run();
  const session = held!.session!;
  await discard(await house.project(), { process: 'copy', session });
  expect(await step(house, 'publish', 'copy', session)).toMatchObject({ state: 'discarded', changed: false });
  expect(await house.run({ processes: ['copy'], session })).toMatchObject([{ status: 'nothing_to_do' }]);
  expect(await house.head('dw.copy')).toBeUndefined();
  expect(await plan(await house.project())).toMatchObject({ processes: [{ status: 'ok' }] });
  await house.configure({ copy: COPY });
  expect(await house.run()).toMatchObject([{ status: 'ok' }]);
  expect(await house.rows('dw.copy', 'id')).toEqual(['99']);
});

test('held, and the source mended: a new run goes on and supersedes it', async () => {
  const house = await build({
    totals: { ...TOTALS, audits: [{ audit: 'sql', sql: 'select * from target where v > 500' }] },
  });
  await house.append(events(1, 1));
  await house.run();
  await house.append(events(2, 99));
  const [held] = await house.run();
  expect(held!.status).toBe('held');
  await house.rollback('raw.events');
  await house.append(events(2, 2));
  expect(await house.run()).toMatchObject([{ status: 'ok' }]);
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['1 10', '1 20']);
  const states = await sessions(await house.project(), { process: 'totals' });
  expect(states.find((e) => e.session === held!.session)).toMatchObject({ state: 'superseded' });
});

test('held, and what it would have loaded is taken back: the session that only moves the watermark supersedes it', async () => {
  const house = await build({
    totals: { ...TOTALS, audits: [{ audit: 'sql', sql: 'select * from target where v > 500' }] },
  });
  await house.append(events(1, 1));
  await house.run();
  await house.append(events(0, 99));
  const [held] = await house.run();
  expect(held!.status).toBe('held');
  await house.rollback('raw.events');
  await house.compact('raw.events');
  expect(await house.run()).toMatchObject([{ status: 'nothing_to_do' }]);
  const states = await sessions(await house.project(), { process: 'totals' });
  expect(states.find((e) => e.session === held!.session)).toMatchObject({ state: 'superseded' });
});

test('by steps too, a published session supersedes what was held before it', async () => {
  const house = await build({ copy: AUDITED });
  await house.append(events(1, 99));
  const [held] = await house.run();
  await house.configure({ copy: COPY });
  await steps(house, ALL, 'copy', 's2');
  const states = await sessions(await house.project(), { process: 'copy' });
  expect(states.find((e) => e.session === held!.session)).toMatchObject({ state: 'superseded' });
});

test('a session whose publication was not told yet cannot be discarded', async () => {
  const house = await build({ copy: COPY });
  await house.append(events(1, 1));
  await steps(house, ['init', 'write', 'audit'], 'copy', 's1');
  await stepThatDiesBeforeStoring(house, 'publish', 'copy', 's1');
  await expect(discard(await house.project(), { process: 'copy', session: 's1' })).rejects.toThrow(WrongStateError);
});
