/** What the target says of a process is found again, whatever people and other engines do to its history. */
import {
  audit,
  clean,
  commit,
  discard,
  init,
  NeedsDecisionError,
  publish,
  type StepReport,
  status,
  write,
} from '@psyberg/core';
import { cherryPick, commitMetadata, headOf, snapshotById } from '@psyberg/iceberg';
import { expect, test } from 'vitest';
import { COPY, events, type House, type ProcessConfig, RUNNING, TOTALS, valuesOf } from './house.ts';
import { houses } from './houses.ts';

const build = houses();

async function steps(house: House, session: string, process: string, ...names: readonly (typeof audit)[]) {
  for (const step of names) await step(await house.project(), { process, session });
}

const sessionOf = async (house: House): Promise<string | undefined> =>
  (await status(await house.project())).processes[0]!.record?.session;

test('expiry that cuts the link to the published snapshot: older metadata files still tell', async () => {
  const house = await build({ copy: COPY });
  await house.append(events(1, 1));
  await house.run({ processes: ['copy'], session: 's1' });
  await house.foreignAppend('dw.copy', valuesOf(events(1, 100)));
  await house.expireAllButHead('dw.copy');
  expect(await sessionOf(house)).toBe('s1');
  expect(await house.run()).toMatchObject([{ status: 'nothing_to_do' }]);
  await house.append(events(2, 2));
  expect(await house.run()).toMatchObject([{ status: 'ok' }]);
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '100', '2']);
});

test('where the older files are gone as well, a person decides; nothing is loaded twice', async () => {
  const house = await build({ copy: COPY });
  await house.append(events(1, 1));
  await house.run();
  await house.foreignAppend('dw.copy', valuesOf(events(1, 100)));
  await house.expireAllButHead('dw.copy', { forgetLog: true });
  const [report] = await house.run();
  expect(report).toMatchObject({ status: 'needs_decision', error: expect.any(NeedsDecisionError) });
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '100']);
});

test('a run a day later lets the record hold at the head, so that expiry cannot cut it off', async () => {
  const house = await build({ copy: COPY });
  await house.append(events(1, 1));
  await house.run({ processes: ['copy'], session: 's1' });
  await house.foreignAppend('dw.copy', valuesOf(events(1, 100)));
  await house.rewriteMetadata('dw.copy', (metadata) => ({
    ...metadata,
    snapshots: metadata.snapshots.map((snapshot) =>
      snapshot.snapshotId === metadata.refs.main!.snapshotId
        ? { ...snapshot, timestampMs: snapshot.timestampMs + 25 * 3_600_000 }
        : snapshot,
    ),
  }));
  expect(await house.run()).toMatchObject([{ status: 'nothing_to_do' }]);
  await house.expireAllButHead('dw.copy', { forgetLog: true });
  expect(await sessionOf(house)).toBe('s1');
  expect(await house.run()).toMatchObject([{ status: 'nothing_to_do' }]);
});

test('a record met at a snapshot that is listed no more is brought to the head at once', async () => {
  const house = await build({ copy: COPY });
  await house.append(events(1, 1));
  await house.run({ processes: ['copy'], session: 's1' });
  await house.foreignAppend('dw.copy', valuesOf(events(1, 100)));
  // As Java does: the child still names the parent that is gone.
  await house.rewriteMetadata('dw.copy', (metadata) => ({
    ...metadata,
    snapshots: metadata.snapshots.filter((s) => s.snapshotId === metadata.refs.main!.snapshotId),
  }));
  expect(await house.run()).toMatchObject([{ status: 'nothing_to_do' }]);
  await house.expireAllButHead('dw.copy', { forgetLog: true });
  expect(await sessionOf(house)).toBe('s1');
});

test('a session that changes no row stands as long as its snapshot does, and goes with it', async () => {
  const house = await build({ totals: TOTALS });
  await house.append([...events(1, 1), ...events(2, 2)]);
  await house.run({ processes: ['totals'], session: 's1' });
  await house.append(events(3, 3));
  await house.run({ processes: ['totals'], session: 's2' });
  const head = await house.head('dw.totals');
  await house.compact('raw.events');
  expect(await house.run({ processes: ['totals'], session: 's3' })).toMatchObject([{ status: 'nothing_to_do' }]);
  expect(await house.head('dw.totals')).toBe(head);
  expect(await sessionOf(house)).toBe('s3');
  await house.foreignAppend(
    'dw.totals',
    "select timestamptz '2023-09-13 00:00:00Z' as ts, 0::bigint as n, 0::bigint as v",
  );
  expect(await sessionOf(house)).toBe('s3');
  await house.rollback('dw.totals', 2);
  expect(await sessionOf(house)).toBe('s1');
  expect(await house.run()).toMatchObject([{ status: 'ok' }]);
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['1 10', '1 20', '1 30']);
  expect(await house.verify('totals')).toMatchObject([{ verdict: 'equal' }]);
});

test('a tag on an abandoned snapshot proves nothing', async () => {
  const house = await build({ totals: TOTALS });
  await house.append(events(1, 1));
  await house.run({ processes: ['totals'], session: 's1' });
  await house.append(events(2, 2));
  await house.run({ processes: ['totals'], session: 's2' });
  const table = await house.open('dw.totals');
  const ref = { type: 'tag', snapshotId: headOf(table.metadata)!.snapshotId } as const;
  await house.lake.catalog.commitTable(table, [], [{ action: 'set-snapshot-ref', refName: 'kept', ref }]);
  await house.rollback('dw.totals');
  expect(await sessionOf(house)).toBe('s1');
});

test('published by another engine, which drops our keys: the session counts, and the next run keeps its record', async () => {
  const house = await build({ copy: COPY });
  await house.append(events(1, 1));
  await house.run({ processes: ['copy'], session: 's1' });
  await house.append(events(2, 2));
  await steps(house, 's2', 'copy', init as typeof audit, write, audit);
  await house.foreignAppend('dw.copy', valuesOf(events(1, 100)));
  const table = await house.open('dw.copy');
  const staged = table.metadata.snapshots.find((s) => s.summary['wap.id'] === 'psyberg:copy:s2:1')!;
  await cherryPick(table, staged.snapshotId);
  const picked = headOf((await house.open('dw.copy')).metadata)!;
  expect(picked.summary).toMatchObject({ 'published-wap-id': 'psyberg:copy:s2:1' });
  expect(picked.summary['psyberg.state']).toBeUndefined();

  expect(await sessionOf(house)).toBe('s2');
  expect(await publish(await house.project(), { process: 'copy', session: 's2' })).toMatchObject({ changed: false });
  expect(await house.run()).toMatchObject([{ status: 'nothing_to_do' }]);
  // Neither the staged snapshot nor the session tables are needed any more.
  await house.rewriteMetadata('dw.copy', (metadata) => ({
    ...metadata,
    snapshots: metadata.snapshots.filter((s) => s.snapshotId !== staged.snapshotId),
  }));
  for (const name of ['sessions', 'watermarks', 'audits'])
    await house.lake.catalog.dropTable({ namespace: ['psyberg'], name }).catch(() => undefined);
  await house.append(events(3, 3));
  expect(await house.run()).toMatchObject([{ status: 'ok' }]);
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '100', '2', '3']);
});

test('published past the fence by another engine: exit 6 that names both sessions', async () => {
  const house = await build({ copy: COPY });
  await house.append(events(1, 1));
  await house.run({ processes: ['copy'], session: 's1' });
  await house.append(events(2, 2));
  await steps(house, 'slow', 'copy', init as typeof audit, write, audit);
  await house.run({ processes: ['copy'], session: 's2' });
  const table = await house.open('dw.copy');
  const staged = table.metadata.snapshots.find((s) => s.summary['wap.id'] === 'psyberg:copy:slow:1')!;
  await cherryPick(table, staged.snapshotId);
  const [report] = await house.run();
  expect(report).toMatchObject({ status: 'needs_decision' });
  expect(report!.message).toMatch(/session slow .* session s2/s);
});

const OTHER: ProcessConfig = {
  ...COPY,
  sources: [{ table: 'raw.others', time: 'ts' }],
  transform: { sql: 'select id, ts, v from others' },
};

test('two processes append to one target: each finds its own record, the table says the least of both', async () => {
  const house = await build({ copy: COPY, other: OTHER });
  await house.createEvents('raw.others');
  await house.append(events(1, 1));
  await house.append(events(2, 1002), 'raw.others');
  expect(await house.run()).toMatchObject([{ status: 'ok' }, { status: 'ok' }]);
  expect((await house.open('dw.copy')).metadata.properties['psyberg.vtts']).toBe('2023-09-14T01:15:00.000001Z');
  await house.append(events(3, 3));
  expect(await house.run()).toMatchObject([{ status: 'ok' }, { status: 'nothing_to_do' }]);
  expect((await house.open('dw.copy')).metadata.properties['psyberg.vtts']).toBe('2023-09-14T02:15:00.000001Z');
  expect(await house.run()).toMatchObject([{ status: 'nothing_to_do' }, { status: 'nothing_to_do' }]);
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '1002', '3']);
  const verified = await house.verify();
  expect(verified.map((v) => v.verdict)).toEqual(['equal', 'equal']);
  // One step back takes only what the first had added.
  await house.rollback('dw.copy');
  expect(await house.run()).toMatchObject([{ status: 'ok' }, { status: 'nothing_to_do' }]);
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '1002', '3']);
});

test('who joins the writers of a target takes the promise of the table back until it has run', async () => {
  const house = await build({ copy: COPY });
  await house.createEvents('raw.others');
  await house.append(events(1, 1));
  await house.run();
  const promise = async () => (await house.open('dw.copy')).metadata.properties['psyberg.vtts'];
  expect(await promise()).toBe('2023-09-14T01:15:00.000001Z');
  await house.configure({ copy: COPY, other: OTHER });
  await house.append(events(2, 2));
  await house.run();
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '2']);
  expect(await promise()).toBeUndefined();
  // What another tool says of the table is not ours to take back.
  await commitMetadata(await house.open('dw.copy'), async () => ({
    updates: [{ action: 'set-properties', updates: { 'psyberg.vtts': '2023-09-14T02:00:00Z' } }],
  }));
  await house.append(events(3, 3));
  await house.run();
  expect(await promise()).toBe('2023-09-14T02:00:00Z');
  await house.append(events(2, 1002), 'raw.others');
  await house.run();
  expect(await promise()).toBe('2023-09-14T02:15:00.000001Z');
});

test('two sessions of two processes staged on one head: both are published, once', async () => {
  const house = await build({ copy: COPY, other: OTHER });
  await house.createEvents('raw.others');
  await house.append(events(1, 1));
  await house.append(events(1, 1001), 'raw.others');
  for (const process of ['copy', 'other']) await steps(house, 's1', process, init as typeof audit, write, audit);
  for (const process of ['copy', 'other', 'copy', 'other']) await steps(house, 's1', process, publish, commit);
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '1001']);
  expect(await house.run()).toMatchObject([{ status: 'nothing_to_do' }, { status: 'nothing_to_do' }]);
});

test('clean finds what a discarded session staged, and leaves what lives', async () => {
  const house = await build({ totals: TOTALS });
  await house.append(events(1, 1));
  await house.run();
  await house.append(events(2, 2));
  await steps(house, 's2', 'totals', init as typeof audit, write, audit);
  await discard(await house.project(), { process: 'totals', session: 's2' });
  await steps(house, 's3', 'totals', init as typeof audit, write, audit);
  const dry = await clean(await house.project(), { dryRun: true });
  expect(dry.stagedSnapshots).toMatchObject([{ table: 'dw.totals', session: 's2' }]);
  await clean(await house.project(), { dryRun: false });
  const { metadata } = await house.open('dw.totals');
  expect(snapshotById(metadata, dry.stagedSnapshots[0]!.snapshotId)).toBeUndefined();
  await steps(house, 's3', 'totals', publish, commit);
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['1 10', '1 20']);
  expect((await clean(await house.project(), { dryRun: false })).stagedSnapshots).toEqual([]);
  expect(await house.verify('totals')).toMatchObject([{ verdict: 'equal' }]);
});

test("clean removes an old orphan from a table's own folder", async () => {
  const later = (): number => Date.now() + 48 * 3_600_000;
  const house = await build({ copy: COPY });
  await house.append(events(1, 1));
  await house.run();
  const [orphan] = await house.files('dw.copy', valuesOf(events(1, 9)));
  expect((await clean(await house.project(), { dryRun: true })).files).toEqual([]);
  const dry = await clean(await house.project({ clock: later }), { dryRun: true });
  expect(dry.files).toMatchObject([{ sizeBytes: orphan!.fileSizeBytes }]);
  expect((await clean(await house.project({ clock: later }), { dryRun: false })).files).toEqual(dry.files);
  expect((await clean(await house.project({ clock: later }), { dryRun: true })).files).toEqual([]);
  expect(await house.rows('dw.copy', 'id')).toEqual(['1']);
});

const external = (process: ProcessConfig): ProcessConfig => ({ ...process, transform: { external: true } });
const totalsOf = (hour: number, n: number, v: number): string =>
  `select timestamptz '2023-09-14 0${hour}:00:00Z' as ts, ${n}::bigint as n, ${v}::bigint as v`;

/** Hours 1 and 2 are loaded by our own SQL, then the user's own job takes over. */
async function takenOver(process: ProcessConfig = TOTALS, name = 'totals'): Promise<House> {
  const house = await build({ [name]: process });
  await house.append(events(1, 1));
  await house.append(events(2, 2));
  await house.run();
  await house.configure({ [name]: external(process) });
  return house;
}

const begin = async (house: House, session: string, process = 'totals'): Promise<StepReport> =>
  init(await house.project(), { process, session });

test('a job stages a plain append; publication replaces its intervals with it', async () => {
  const house = await takenOver();
  await house.append(events(2, 20));
  const { process } = await begin(house, 's2');
  await house.stage('dw.totals', process.wapId!, totalsOf(2, 2, 220));
  await steps(house, 's2', 'totals', audit, publish, commit);
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['1 10', '2 220']);
  expect(await house.run({ processes: ['totals'] })).toMatchObject([{ status: 'nothing_to_do' }]);
});

test('a job that says that nothing is left of its intervals takes away what was there', async () => {
  const house = await takenOver();
  await house.rollback('raw.events');
  const { process } = await begin(house, 's2');
  expect(process.plan!.write).toHaveLength(1);
  await write(await house.project(), { process: 'totals', session: 's2', nothing: true });
  await steps(house, 's2', 'totals', audit, publish, commit);
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['1 10']);
  await house.configure({ totals: TOTALS });
  expect(await house.verify('totals')).toMatchObject([{ verdict: 'equal' }]);
});

test('rows that others put into the intervals meanwhile are a conflict for a job that staged nothing too', async () => {
  const house = await takenOver();
  await house.rollback('raw.events');
  await begin(house, 's2');
  await write(await house.project(), { process: 'totals', session: 's2', nothing: true });
  await house.foreignAppend('dw.totals', totalsOf(2, 9, 9));
  await expect(steps(house, 's2', 'totals', audit, publish)).rejects.toMatchObject({ code: 'PSY_CONFLICT' });
  expect((await begin(house, 's2')).process).toMatchObject({ attempt: 2 });
});

test('staged twice under one wap.id: the attempt ends, the next one has a wap.id of its own', async () => {
  const house = await takenOver(COPY, 'copy');
  await house.append(events(3, 3));
  const first = (await begin(house, 's2', 'copy')).process.wapId!;
  for (let n = 0; n < 2; n += 1) await house.stage('dw.copy', first, valuesOf(events(3, 3)));
  await expect(steps(house, 's2', 'copy', audit)).rejects.toMatchObject({ code: 'PSY_ATTEMPT_REFUSED' });
  const second = (await begin(house, 's2', 'copy')).process.wapId!;
  expect(second).toBe('psyberg:copy:s2:2');
  await house.stage('dw.copy', second, valuesOf(events(3, 3)));
  await steps(house, 's2', 'copy', audit, publish, commit);
  expect(await house.rows('dw.copy', 'id')).toEqual(['1', '2', '3']);
  const { stagedSnapshots } = await clean(await house.project(), { dryRun: true });
  expect(stagedSnapshots.map((s) => s.session)).toEqual(['s2', 's2', 's2']);
});

test('rows outside the intervals of the session are refused', async () => {
  const house = await takenOver();
  await house.append(events(2, 20));
  const { process } = await begin(house, 's2');
  await house.stage('dw.totals', process.wapId!, totalsOf(1, 2, 220));
  await expect(steps(house, 's2', 'totals', audit)).rejects.toMatchObject({ code: 'PSY_ATTEMPT_REFUSED' });
  expect(await house.rows('dw.totals', 'n, v')).toEqual(['1 10', '1 20']);
});

test('a sequential session resumed after its run died in publication', async () => {
  const house = await build({ running: RUNNING });
  await house.append([...events(1, 1), ...events(2, 2)]);
  await house.run();
  await house.append([...events(1, 10), ...events(3, 3)]);
  let swaps = 0;
  const project = await house.project({
    faults: {
      beforeSwap: ({ name }) => {
        if (name !== 'running') return;
        swaps += 1;
        if (swaps === 2) throw new Error('died');
      },
    },
  });
  expect(await house.run({ processes: ['running'], session: 's2' }, project)).toMatchObject([{ status: 'failed' }]);
  await project.catalog.close();
  // Meanwhile someone touched an hour of it, so that what is staged cannot be used any more.
  await house.foreignAppend('dw.running', "select timestamp '2023-09-14 02:00:00' as ts, 7::bigint as v");
  expect(await house.run({ processes: ['running'], session: 's2' })).toMatchObject([{ status: 'ok', attempt: 2 }]);
  expect(await house.rows('dw.running', 'v')).toEqual(['110', '130', '160']);
  expect(await house.verify('running')).toMatchObject([{ verdict: 'equal' }]);
});

test('the rows for people cannot be stored: the run warns, and the next one tells what was published', async () => {
  const house = await build({ copy: COPY });
  await house.append(events(1, 1));
  const warnings: string[] = [];
  const project = await house.project({
    onEvent: (event) => event.kind === 'warning' && warnings.push(event.message),
    faults: {
      beforeSwap: ({ namespace }) => {
        if (namespace[0] === 'psyberg') throw new Error('full');
      },
    },
  });
  expect(await house.run({ processes: ['copy'], session: 's1' }, project)).toMatchObject([{ status: 'ok' }]);
  await project.catalog.close();
  expect(warnings.join()).toMatch(/could not be stored/);
  await house.run();
  expect(await commit(await house.project(), { process: 'copy', session: 's1' })).toMatchObject({ state: 'committed' });
});
