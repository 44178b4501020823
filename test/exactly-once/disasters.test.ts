/** Storage fills up or refuses, the catalog's answer is lost, the clock goes back: nothing is lost, and the next run completes. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { audit, commit, discard, init, type ProcessReport, publish, sessions, write } from '@psyberg/core';
import { type FileIO, FileIOError, LocalFileIO } from '@psyberg/iceberg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chainEnding } from '../../packages/psyberg/src/exit-codes.ts';
import { COPY, events, House, type ProcessConfig, RUNNING, TOTALS } from './house.ts';
import { houses } from './houses.ts';

const build = houses();
const HOUR_MS = 3_600_000;
const PROCESSES: Readonly<Record<string, ProcessConfig>> = { copy: COPY, totals: TOTALS, running: RUNNING };
const ROWS: Readonly<Record<string, { columns: string; before: readonly string[]; after: readonly string[] }>> = {
  copy: { columns: 'id', before: ['1', '2'], after: ['1', '2', '20', '3'] },
  totals: { columns: 'n, v', before: ['1 10', '1 20'], after: ['1 10', '1 30', '2 220'] },
  running: { columns: 'v', before: ['10', '30'], after: ['10', '230', '260'] },
};

/** Hours 1 and 2 are loaded; late rows for hour 2 and new ones for hour 3 have come. */
async function lateHouse(name: string): Promise<House> {
  const house = await build({ [name]: PROCESSES[name]! });
  await house.append([...events(1, 1), ...events(2, 2)]);
  await house.run();
  await house.append([...events(2, 20), ...events(3, 3)]);
  return house;
}

/** Readers saw old or new; a further run completes, and leaves no session open. */
async function completes(house: House, name: string): Promise<void> {
  const { columns, before, after } = ROWS[name]!;
  expect([before, after]).toContainEqual(await house.rows(`dw.${name}`, columns));
  for (const { status, message } of await house.run()) expect(['ok', 'nothing_to_do'], message).toContain(status);
  expect(await house.rows(`dw.${name}`, columns)).toEqual(after);
  expect(await house.run()).toMatchObject([{ status: 'nothing_to_do' }]);
  const open = (await sessions(await house.project())).filter(
    (e) => !['committed', 'empty', 'superseded'].includes(e.state),
  );
  expect(open).toEqual([]);
}

const exitCode = (reports: readonly ProcessReport[]): number => chainEnding(reports).exitCode;

/** Storage that is full from its n-th new file on. */
function fullAfter(files: number): FileIO {
  const io = new LocalFileIO();
  let made = 0;
  const create = io.create.bind(io);
  io.create = async (location, content) => {
    made += 1;
    if (made <= files) return create(location, content);
    throw new FileIOError(
      `Could not create ${location}: ENOSPC: no space left on device, write. No complete file was written.`,
    );
  };
  return io;
}

test.each(Object.keys(PROCESSES))('the disk is full at any file of a run of %s', async (name) => {
  const house = await lateHouse(name);
  let failed = 0;
  for (let files = 0; files < 8; files += 1) {
    const project = await house.project({ io: fullAfter(files) });
    const [report] = await house.run({ processes: [name] }, project);
    await project.catalog.close();
    if (report?.status !== 'failed') break;
    failed += 1;
    expect(exitCode([report])).toBe(1);
    expect(report.message).toMatch(
      /no space left on device.*Nothing of session \S+ of \w+ was published\. Running again/,
    );
    expect(report.next).toEqual([`psyberg run ${name}`]);
    expect(await house.rows(`dw.${name}`, ROWS[name]!.columns)).toEqual(ROWS[name]!.before);
  }
  expect(failed).toBeGreaterThanOrEqual(4);
  await completes(house, name);
});

describe('the answer of the catalog is lost', () => {
  const swaps = ['staging', 'publication'] as const;
  test.each(Object.keys(PROCESSES).flatMap((name) => swaps.map((swap, n) => [name, swap, n + 1] as const)))(
    '%s, at its %s, which was applied: the run finds it and goes on',
    async (name, _swap, number) => {
      const house = await lateHouse(name);
      const project = await house.project({ faults: { afterSwap: breaking(name, number) } });
      const [report] = await house.run({}, project);
      await project.catalog.close();
      expect(report, report?.message).toMatchObject({ status: 'ok' });
      await completes(house, name);
    },
  );

  test.each(swaps.map((swap, n) => [swap, n + 1] as const))(
    'at the %s, which was not applied: the run says what is not known, and the next one loads all',
    async (_swap, number) => {
      const house = await lateHouse('totals');
      const project = await house.project({ faults: { beforeSwap: breaking('totals', number) } });
      const [report] = await house.run({}, project);
      await project.catalog.close();
      expect(report).toMatchObject({ status: 'failed', next: ['psyberg run totals'] });
      expect(report?.message).toMatch(
        /may or may not have happened.*all of session \S+ or nothing of it.*the next run finds out/,
      );
      expect(exitCode([report!])).toBe(1);
      await completes(house, 'totals');
    },
  );

  test('of the session tables: what was published stays, and the next run tells it', async () => {
    const house = await lateHouse('totals');
    const warnings: string[] = [];
    const project = await house.project({
      faults: { beforeSwap: breaking('sessions', 1) },
      onEvent: (event) => event.kind === 'warning' && warnings.push(event.message),
    });
    expect(await house.run({}, project)).toMatchObject([{ status: 'ok' }]);
    await project.catalog.close();
    expect(warnings.join()).toMatch(/could not be stored.*what was published stays published/);
    await completes(house, 'totals');
  });
});

/** Breaks the connection at the n-th swap of a table. */
function breaking(table: string, number: number) {
  let swaps = 0;
  return async ({ name }: { readonly name: string }): Promise<void> => {
    if (name !== table) return;
    swaps += 1;
    if (swaps === number) throw new Error('connection reset');
  };
}

describe('the clock goes back an hour', () => {
  test.each(Object.keys(PROCESSES))('between two runs of %s', async (name) => {
    const house = await lateHouse(name);
    const clock = (): number => Date.now() - HOUR_MS;
    expect(await house.run({}, await house.project({ clock }))).toMatchObject([{ status: 'ok' }]);
    await completes(house, name);
  });

  test('between the steps of a session', async () => {
    const house = await lateHouse('totals');
    const options = { process: 'totals', session: 's2' };
    for (const [n, step] of [init, write, audit, publish, commit].entries()) {
      const { process } = await step(await house.project({ clock: () => Date.now() - n * HOUR_MS }), options);
      expect(process.status).toBe('ok');
    }
    expect((await sessions(await house.project())).map(({ session, state }) => [session, state])).toContainEqual([
      's2',
      'committed',
    ]);
    await completes(house, 'totals');
  });

  test('before a session is given up', async () => {
    const house = await lateHouse('totals');
    const options = { process: 'totals', session: 's2' };
    await init(await house.project(), options);
    await discard(await house.project({ clock: () => Date.now() - HOUR_MS }), options);
    expect(await discard(await house.project(), options)).toMatchObject({ state: 'discarded' });
  });

  test('to the second of a session that has expired: no two have one name, so that none is taken for the other', async () => {
    const house = await build({ totals: TOTALS });
    const now = Date.now();
    const runAt = async (ms: number) => house.run({}, await house.project({ clock: () => ms }));
    await house.append(events(1, 1));
    await runAt(now);
    await house.compact('dw.totals');
    await house.expireAllButHead('dw.totals');
    for (const [hour, ms] of [
      [2, now + HOUR_MS],
      [3, now],
    ] as const) {
      await house.append(events(hour, hour));
      await runAt(ms);
    }
    expect(new Set((await sessions(await house.project())).map(({ session }) => session)).size).toBe(3);
    await house.rollback('dw.totals', 2);
    await runAt(now);
    expect(await house.rows('dw.totals', 'n, v')).toEqual(['1 10', '1 20', '1 30']);
  });
});

describe('a small file system', () => {
  const mounted = path.join('/dev/shm', `psyberg-small-${process.pid}`);
  const mount = (...words: readonly string[]): boolean => spawnSync('mount', words).status === 0;
  let isMounted = false;

  beforeAll(() => {
    mkdirSync(mounted, { recursive: true });
    isMounted = mount('-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', mounted);
    if (!isMounted) console.log('no small file system can be mounted here (that takes root): not tested');
  });
  afterAll(() => {
    if (isMounted) spawnSync('umount', ['-l', mounted]);
    rmSync(mounted, { recursive: true, force: true });
  });

  /** Everything on the small file system, but for the session tables where they do not fit. */
  async function smallHouse(): Promise<House> {
    rmSync(path.join(mounted, 'fill'), { force: true });
    const house = await House.build({ totals: TOTALS }, mounted);
    await house.append([...events(1, 1), ...events(2, 2)]);
    await house.run();
    await house.append([...events(2, 20), ...events(3, 3)]);
    return house;
  }

  test('full, with anything between nothing and enough left: old or new, and with room the next run completes', async ({
    skip,
  }) => {
    if (!isMounted) skip();
    const house = await smallHouse();
    const statuses = new Set<string>();
    for (const leftKiB of [0, 4, 8, 16, 24, 32, 48]) {
      fill(leftKiB);
      const project = await house.project();
      const [report] = await house.run({}, project);
      statuses.add(report!.status);
      if (report!.status === 'failed') expect(report!.message).toMatch(/space|full/i);
      const { columns, before, after } = ROWS.totals!;
      expect([before, after]).toContainEqual(await house.rows('dw.totals', columns));
      rmSync(path.join(mounted, 'fill'), { force: true });
    }
    expect(statuses).toContain('failed');
    await completes(house, 'totals');
    await house.close();
  });

  test('that only lets itself be read: nothing begins, and when it can be written the next run completes', async ({
    skip,
  }) => {
    if (!isMounted) skip();
    const house = await smallHouse();
    await house.lake.catalog.close();
    expect(mount('-o', 'remount,ro', mounted)).toBe(true);
    const project = await house.project({ faults: {} });
    const [report] = await house.run({}, project);
    await project.catalog.close();
    expect(mount('-o', 'remount,rw', mounted)).toBe(true);
    expect(report).toMatchObject({ status: 'failed', next: ['psyberg run totals'] });
    expect(report!.message).toMatch(/read-?only|not open|readonly/i);
    expect(exitCode([report!])).toBe(1);
    const again = await house.reopened();
    await completes(again, 'totals');
    await again.close();
  });

  function fill(leftKiB: number): void {
    const free = Number(spawnSync('df', ['--output=avail', '-k', mounted], { encoding: 'utf8' }).stdout.split('\n')[1]);
    writeFileSync(path.join(mounted, 'fill'), Buffer.alloc(Math.max(0, free - leftKiB) * 1024));
  }
});
