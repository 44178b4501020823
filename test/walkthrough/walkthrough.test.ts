import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { headOf, openTable, parseIdentifier } from '@psyberg/iceberg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ARRIVALS, type Phase, type RawTable, rowsOf } from '../../examples/membership/events.mjs';
import {
  hoursByWord,
  PLAN_WITH_LATE_DATA,
  PLAN_WITH_MISSING_HOUR,
  unmetExpectations,
} from '../../examples/membership/expectations.mjs';
import { compareWithFullRecompute } from '../../examples/membership/proof.mjs';
import { copyMembership, type MembershipCopy } from '../support/membership-copy.ts';

/** The story is one: each test goes on where the one before it ended. */
let example: MembershipCopy;

beforeAll(async () => {
  example = await copyMembership();
});
afterAll(() => example.remove());

/** Every file below the warehouse with a hash of its content. */
async function filesOfWarehouse(): Promise<Map<string, string>> {
  const root = path.join(example.folder, 'warehouse');
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const hashes = await Promise.all(
    files.map(async (file) =>
      createHash('sha256')
        .update(await readFile(file))
        .digest('hex'),
    ),
  );
  return new Map(files.map((file, n) => [path.relative(root, file), hashes[n]!] as const).sort());
}

interface Interval {
  readonly start: string;
  readonly state: string;
  readonly action: string;
  readonly waitingFor?: readonly string[];
  readonly causes: readonly {
    readonly table: string;
    readonly snapshot?: string;
    readonly process?: string;
    readonly predicted?: boolean;
    readonly rows: number;
  }[];
  readonly rowsWritten?: number;
}

interface Process {
  readonly process: string;
  readonly status: string;
  readonly intervals: readonly Interval[];
}

const processOf = (document: { processes: Process[] }, name: string): Process =>
  document.processes.find((report) => report.process === name)!;
const intervalOf = (report: Process, hour: number): Interval =>
  report.intervals.find((interval) => new Date(interval.start).getUTCHours() === hour)!;

/** Rows of a raw table that the phases brought, by the hour in which they happened. */
function arrived(table: RawTable, hour: number, ...phases: Phase[]): number {
  return ARRIVALS.filter((arrival) => arrival.table === table && phases.includes(arrival.phase))
    .flatMap((arrival) => rowsOf(arrival))
    .filter((row) => new Date(String(row.event_ts ?? row.processing_ts)).getUTCHours() === hour).length;
}

test('everything is loaded through hour 5', async () => {
  await example.arrive('loaded');
  const { exitCode, document, stderr } = await example.psyberg('run', '--json');
  expect(exitCode, stderr).toBe(0);
  for (const report of document.processes as Process[]) {
    expect(report.status).toBe('ok');
    expect(hoursByWord(report.intervals).new).toEqual([0, 1, 2, 3, 4, 5]);
  }
  for (const comparison of await compareWithFullRecompute(example.lake, {
    phases: ['loaded'],
    cancelsUntil: 6,
    statesUntil: 6,
  })) {
    expect(comparison).toMatchObject({ missing: 0, extra: 0 });
    expect(comparison.rows).toBeGreaterThan(0);
  }
});

test('plan names the late and new hours of the whole chain, with their causes, and changes no file', async () => {
  await example.arrive('late');
  const before = await filesOfWarehouse();
  const { exitCode, document, stderr } = await example.psyberg('plan', '--json');
  expect(exitCode, stderr).toBe(0);
  expect(await filesOfWarehouse()).toEqual(before);
  expect(unmetExpectations(PLAN_WITH_LATE_DATA, document.processes)).toEqual([]);

  const signups = await openTable(example.lake.catalog, parseIdentifier('raw.signups'));
  expect(intervalOf(processOf(document, 'signup_f'), 2).causes).toEqual([
    expect.objectContaining({
      table: 'raw.signups',
      snapshot: String(headOf(signups.metadata)!.snapshotId),
      rows: arrived('raw.signups', 2, 'late'),
    }),
  ]);
  const five = intervalOf(processOf(document, 'cancel_f'), 5).causes.map((cause) => cause.table);
  expect(five.sort()).toEqual(['raw.cancel_requests', 'raw.cancels']);
  const states = processOf(document, 'account_state_d');
  expect(intervalOf(states, 2).causes).toEqual([expect.objectContaining({ process: 'signup_f', predicted: true })]);
  expect(intervalOf(states, 3).causes).toEqual([
    expect.objectContaining({ process: 'account_plan_f', predicted: true }),
  ]);
  expect(intervalOf(states, 4).causes).toEqual([]);
  expect([...(intervalOf(states, 7).waitingFor ?? [])].sort()).toEqual(['dw.account_plan_f', 'dw.signup_f']);
});

test('plan --detailed-exitcode says that there is work', async () => {
  expect((await example.psyberg('plan', '--detailed-exitcode', '--json')).exitCode).toBe(10);
});

test('run loads exactly those hours, to the row', async () => {
  const { exitCode, document, stderr } = await example.psyberg('run', '--json');
  expect(exitCode, stderr).toBe(0);
  expect(unmetExpectations(PLAN_WITH_LATE_DATA, document.processes)).toEqual([]);
  const written = (name: string, hour: number) => intervalOf(processOf(document, name), hour).rowsWritten;
  expect(written('signup_f', 2)).toBe(arrived('raw.signups', 2, 'late'));
  expect(written('signup_f', 6)).toBe(arrived('raw.signups', 6, 'late'));
  for (const hour of [5, 6, 7]) expect(written('cancel_f', hour)).toBe(arrived('raw.cancels', hour, 'loaded', 'late'));
  for (const comparison of await compareWithFullRecompute(example.lake, {
    phases: ['loaded', 'late'],
    cancelsUntil: 8,
    statesUntil: 7,
  })) {
    expect(comparison).toMatchObject({ missing: 0, extra: 0 });
  }
});

test('hour 7 of the cancels waits for the others and is processed when they arrive', async () => {
  await example.arrive('missing');
  const { exitCode, document, stderr } = await example.psyberg('run', '--json');
  expect(exitCode, stderr).toBe(0);
  expect(unmetExpectations(PLAN_WITH_MISSING_HOUR, document.processes)).toEqual([]);
  expect(processOf(document, 'cancel_f').status).toBe('nothing_to_do');
});

test('every table equals a full recompute, by verify and by SQL that knows nothing of Psyberg', async () => {
  const { exitCode, document, stderr } = await example.psyberg('verify', '--json');
  expect(exitCode, stderr).toBe(0);
  expect(
    document.processes.map(({ process, equal }: { process: string; equal: boolean }) => [process, equal]).sort(),
  ).toEqual([
    ['account_plan_f', true],
    ['account_state_d', true],
    ['cancel_f', true],
    ['signup_f', true],
  ]);
  const phases: Phase[] = ['loaded', 'late', 'missing'];
  for (const comparison of await compareWithFullRecompute(example.lake, { phases, cancelsUntil: 8, statesUntil: 8 })) {
    expect(comparison).toMatchObject({ missing: 0, extra: 0 });
  }
});

test('a run with nothing to do says so and leaves sources and targets alone', async () => {
  const ofData = async () => [...(await filesOfWarehouse())].filter(([file]) => /^(raw|ref|dw)\//.test(file));
  const before = await ofData();
  const { exitCode, document } = await example.psyberg('run', '--json');
  expect(exitCode).toBe(0);
  expect(document.status).toBe('nothing_to_do');
  expect(await ofData()).toEqual(before);
});
