import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openTable, parseIdentifier, toSnapshotId } from '@psyberg/iceberg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { copyMembership, type MembershipCopy } from '../support/membership-copy.ts';
import { readRows } from '../support/read-rows.ts';
import { comparable } from '../support/rows-as-json.ts';
import { type JsonRow, PyIceberg } from './pyiceberg.ts';
import { preparePython } from './python.ts';

/** The story is one: each test goes on where the one before it ended. */
let example: MembershipCopy;
let pyiceberg: PyIceberg;

beforeAll(async () => {
  await preparePython();
  example = await copyMembership();
  pyiceberg = new PyIceberg(path.join(example.folder, 'warehouse', 'catalog.db'), example.lake.catalog.name);
  await example.arrive('loaded');
  const { exitCode, stderr } = await example.psyberg('run', '--json');
  expect(exitCode, stderr).toBe(0);
  await example.arrive('late');
});
afterAll(() => example?.remove());

async function ourRows(table: string, snapshot?: string): Promise<string[]> {
  const opened = await openTable(example.lake.catalog, parseIdentifier(table));
  return comparable(
    await readRows(example.lake.engine, opened, snapshot === undefined ? undefined : toSnapshotId(BigInt(snapshot))),
  );
}

async function expectSameRowsEverywhere(): Promise<void> {
  const tables = await pyiceberg.tables();
  expect([...tables].sort()).toEqual([
    'dw.account_plan_f',
    'dw.account_state_d',
    'dw.cancel_f',
    'dw.signup_f',
    'psyberg.audits',
    'psyberg.sessions',
    'psyberg.watermarks',
    'raw.cancel_requests',
    'raw.cancels',
    'raw.plan_changes',
    'raw.signups',
    'ref.plans',
  ]);
  for (const [table, rows] of await pyiceberg.readAll(tables)) {
    expect(rows.length, table).toBeGreaterThan(0);
    expect(comparable(rows), table).toEqual(await ourRows(table));
  }
}

interface Planned {
  readonly process: string;
  readonly intervals: readonly {
    readonly start: string;
    readonly state: string;
    readonly causes: readonly { readonly snapshot?: string }[];
  }[];
}

const FOUR = '2023-09-14T04:00:00Z';

const intervalAt = (document: { processes: Planned[] }, process: string, start: string) =>
  document.processes
    .find((report) => report.process === process)!
    .intervals.find((interval) => interval.start === start);

test('PyIceberg reads every table of the example row for row, our own tables included', expectSameRowsEverywhere);

test('a signup that PyIceberg appends to hour 4 is planned with its snapshot as the cause, and loaded', async () => {
  const signup: JsonRow = {
    signup_id: 'S99999',
    account_id: '99999',
    plan_id: 'basic',
    country: 'us',
    channel: 'web',
    trial_days: 0,
    event_ts: '2023-09-14T04:30:00.000001Z',
  };
  const snapshot = await pyiceberg.append('raw.signups', [signup]);
  const planned = (await example.psyberg('plan', '--json')).document;
  expect(intervalAt(planned, 'signup_f', FOUR)).toMatchObject({
    state: 'late',
    action: 'append',
    causes: [{ snapshot, rows: 1 }],
  });
  expect(intervalAt(planned, 'account_state_d', FOUR)).toMatchObject({ state: 'late' });

  const { exitCode, document, stderr } = await example.psyberg('run', '--json');
  expect(exitCode, stderr).toBe(0);
  expect(intervalAt(document, 'signup_f', FOUR)).toMatchObject({ rowsWritten: 1 });
  expect((await pyiceberg.read('dw.signup_f')).filter((row) => row.signup_id === 'S99999')).toHaveLength(1);
  const states = (await pyiceberg.read('dw.account_state_d')).filter((row) => row.account_id === '99999');
  expect(states.map((row) => String(row.state_hour).slice(11, 13)).sort()).toEqual(['04', '05', '06']);
  expect((await example.psyberg('verify', '--json')).exitCode).toBe(0);
});

test('PyIceberg still reads every table row for row after that', expectSameRowsEverywhere);

test('a held staged snapshot is there for PyIceberg to read, and only under its id', async () => {
  const file = path.join(example.folder, 'psyberg.yaml');
  const config = await readFile(file, 'utf8');
  await writeFile(
    file,
    config.replace(
      '{ audit: unique, columns: [signup_id] }',
      '{ audit: accepted_values, column: country, values: [US] }',
    ),
  );
  await example.arrive('missing');
  const { exitCode, document, stderr } = await example.psyberg('run', 'signup_f', '--json');
  await writeFile(file, config);
  expect(exitCode, stderr).toBe(3);
  const staged = document.processes[0].stagedSnapshot as string;

  const history = await pyiceberg.history('dw.signup_f');
  expect(history.current).not.toBe(staged);
  expect(Object.values(history.refs)).not.toContain(staged);
  expect(history.snapshots.find(({ id }) => id === staged)!.summary['wap.id']).toBe(document.processes[0].wapId);
  const rows = await pyiceberg.read('dw.signup_f', staged);
  expect(comparable(rows)).toEqual(await ourRows('dw.signup_f', staged));
  expect(rows.length).toBeGreaterThan((await pyiceberg.read('dw.signup_f')).length);

  const healed = await example.psyberg('run', '--json');
  expect(healed.exitCode, healed.stderr).toBe(0);
});

test('one row removed, doubled or altered by PyIceberg: verify exits 7 and names the interval', async () => {
  const [removed] = await pyiceberg.read('dw.signup_f');
  await pyiceberg.delete('dw.signup_f', `signup_id = '${removed!.signup_id}'`);
  const [doubled] = await pyiceberg.read('dw.account_plan_f');
  await pyiceberg.append('dw.account_plan_f', [doubled!]);
  const [altered] = await pyiceberg.read('dw.account_state_d');
  await pyiceberg.delete(
    'dw.account_state_d',
    `account_id = ${altered!.account_id} and state_hour = '${withOffset(altered!.state_hour)}'`,
  );
  await pyiceberg.append('dw.account_state_d', [{ ...altered!, monthly_revenue: '1234.56' }]);

  const expected = [
    ['signup_f', hourOf(removed!.event_ts), 1, 0],
    ['account_plan_f', hourOf(doubled!.event_ts), 0, 1],
    ['account_state_d', hourOf(altered!.state_hour), 1, 1],
  ] as const;
  for (const [process, start, missing, extra] of expected) {
    const { exitCode, document, stderr } = await example.psyberg('verify', process, '--json');
    expect(exitCode, stderr).toBe(7);
    expect(document.processes[0]).toMatchObject({ equal: false, rowsMissing: missing, rowsExtra: extra });
    expect(document.processes[0].intervals).toEqual([expect.objectContaining({ start, missing, extra })]);
  }
});

const withOffset = (instant: unknown): string => String(instant).replace('Z', '+00:00');
const hourOf = (instant: unknown): string => `${String(instant).slice(0, 13)}:00:00Z`;
