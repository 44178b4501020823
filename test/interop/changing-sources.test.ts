/** A lake that PyIceberg made and keeps changing between runs, processed from the command line in an otherwise empty folder. */
import { mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FOLDERS } from '../support/folders.ts';
import { comparable } from '../support/rows-as-json.ts';
import { type CommandResult, runCommand } from '../support/run-command.ts';
import { type JsonRow, PyIceberg } from './pyiceberg.ts';

const ORDERS = 'shop.orders';
const REFUNDS = 'shop.refunds';

/** `amount`: what the column of the orders is called. */
const config = (amount: string): string => `
catalog: { type: sql, uri: "sqlite:lake.db", warehouse: . }
processes:
  orders_f:
    mode: stateless
    sources: [{ table: ${ORDERS}, time: ts, onOverwrite: recompute }]
    target: { table: dw.orders_f, time: ts, partition: ["hour(ts)"] }
    transform: { sql: "select order_id, customer, ts, ${amount} as amount from orders" }
  orders_seen:
    mode: stateless
    sources: [{ table: ${ORDERS}, time: ts, onOverwrite: added-only }]
    target: { table: dw.orders_seen, time: ts }
    transform: { sql: "select order_id, ts, ${amount} as amount from orders" }
  revenue:
    mode: stateful
    sources: [{ table: ${ORDERS}, time: ts }, { table: ${REFUNDS}, time: ts }]
    target: { table: dw.revenue, time: hour, partition: ["day(hour)"] }
    transform:
      sql: |
        select date_trunc('hour', ts) as hour, count(*) as events, sum(amount)::bigint as amount
        from (select ts, ${amount} as amount from orders union all select ts, -amount from refunds)
        group by all
  revenue_copy:
    mode: stateless
    sources: [{ table: dw.revenue, time: hour, onOverwrite: recompute }]
    target: { table: dw.revenue_copy, time: hour }
    transform: { sql: "select hour, amount from revenue" }
  balance:
    mode: sequential
    sources: [{ table: ${ORDERS}, time: ts }]
    target: { table: dw.balance, time: hour, partition: ["day(hour)"] }
    transform:
      sql: |
        select :interval_start as hour,
          (coalesce((select balance from previous), 0) + coalesce((select sum(${amount}) from orders), 0))::bigint as balance
`;

let folder: string;
let pyiceberg: PyIceberg;
/** End of the latest hour that a table ever had. */
const seenUntil = new Map<string, number>();

const psyberg = (...words: readonly string[]): Promise<CommandResult> => runCommand(folder, ...words, '--json');
const configure = (amount: string): Promise<void> => writeFile(path.join(folder, 'psyberg.yaml'), config(amount));

beforeAll(async () => {
  folder = await realpath(await mkdtemp(path.join(FOLDERS, 'psyberg-pyiceberg-')));
  expect(await readdir(folder)).toEqual([]);
  pyiceberg = new PyIceberg(path.join(folder, 'lake.db'), 'default');
  await pyiceberg.create(ORDERS, `file://${folder}/shop/orders`, {
    order_id: 'long',
    customer: 'string',
    note: 'string',
    ts: 'timestamptz',
    amount: 'int',
  });
  await pyiceberg.create(REFUNDS, `file://${folder}/shop/refunds`, { ts: 'timestamptz', amount: 'int' });
  await configure('amount');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const at = (hour: number): string => `2023-09-14T${String(hour).padStart(2, '0')}:20:00Z`;
const order = (id: number, hour: number, amount: number, more: JsonRow = { amount, note: 'n' }): JsonRow => ({
  order_id: String(id),
  customer: `c${id % 3}`,
  ts: at(hour),
  ...more,
});

async function append(table: string, ...rows: readonly JsonRow[]): Promise<void> {
  await pyiceberg.append(table, rows);
  seen(table, rows);
}

function seen(table: string, rows: readonly JsonRow[]): void {
  const end = Math.max(...rows.map((row) => hourOf(row.ts) + 1));
  seenUntil.set(table, Math.max(end, seenUntil.get(table) ?? 0));
}

const hourOf = (ts: unknown): number => Number(String(ts).slice(11, 13));
const hourStart = (hour: number): string => `2023-09-14T${String(hour).padStart(2, '0')}:00:00.000000Z`;

/** Runs the whole chain and holds every target, as PyIceberg reads it, against what its sources hold, as PyIceberg reads them. */
async function runAndCompare(): Promise<void> {
  const { exitCode, stderr, document } = await psyberg('run');
  expect(exitCode, stderr + JSON.stringify(document?.error ?? '')).toBe(0);
  await compare();
}

async function compare(): Promise<void> {
  const names = [ORDERS, REFUNDS, 'dw.orders_f', 'dw.orders_seen', 'dw.revenue', 'dw.revenue_copy', 'dw.balance'];
  const rows = await pyiceberg.readAll(names);
  const orders = rows.get(ORDERS)!.map(({ order_id, customer, ts, amount, total }) => {
    return { order_id, customer, ts, amount: (amount ?? total) as number };
  });
  const refunds = rows.get(REFUNDS)!.map(({ ts, amount }) => ({ ts, amount: -(amount as number) }));
  const sum = (list: readonly { amount: number }[]): number => list.reduce((n, { amount }) => n + amount, 0);

  expect(comparable(rows.get('dw.orders_f')!)).toEqual(comparable(orders));
  const kept = comparable(rows.get('dw.orders_seen')!);
  for (const { order_id, ts, amount } of orders) expect(kept).toContain(JSON.stringify({ order_id, ts, amount }));

  const until = Math.min(seenUntil.get(ORDERS)!, seenUntil.get(REFUNDS)!);
  const revenue = Array.from({ length: until }, (_, hour) => {
    const own = [...orders, ...refunds].filter(({ ts }) => hourOf(ts) === hour);
    return { hour: hourStart(hour), events: String(own.length), amount: String(sum(own)) };
  }).filter(({ events }) => events !== '0');
  expect(comparable(rows.get('dw.revenue')!)).toEqual(comparable(revenue));
  expect(comparable(rows.get('dw.revenue_copy')!)).toEqual(
    comparable(revenue.map(({ hour, amount }) => ({ hour, amount }))),
  );

  const balance = Array.from({ length: seenUntil.get(ORDERS)! }, (_, hour) => ({
    hour: hourStart(hour).replace('Z', ''),
    balance: String(sum(orders.filter(({ ts }) => hourOf(ts) <= hour))),
  })).slice(1);
  expect(comparable(rows.get('dw.balance')!)).toEqual(comparable(balance));

  const { exitCode, document, stderr } = await psyberg('verify');
  expect(exitCode, stderr).toBe(0);
  const verdicts = (document.processes as { process: string; verdict: string }[]).map((p) => [p.process, p.verdict]);
  expect(verdicts.filter(([, verdict]) => verdict !== 'equal').map(([process]) => process)).not.toContain('orders_f');
}

test('the first load, and late rows beside new ones', async () => {
  await append(ORDERS, order(1, 1, 10), order(2, 1, 20), order(3, 2, 30));
  await append(ORDERS, order(4, 3, 40));
  await append(REFUNDS, { ts: at(3), amount: 5 });
  await runAndCompare();
  await append(ORDERS, order(5, 1, 50), order(6, 5, 60));
  await append(REFUNDS, { ts: at(2), amount: 7 }, { ts: at(5), amount: 1 });
  await runAndCompare();
});

test('an overwrite, and deletes that copy files without some rows', async () => {
  const rows = [order(3, 2, 33), order(7, 4, 70)];
  await pyiceberg.overwrite(ORDERS, 'order_id = 3', rows);
  seen(ORDERS, rows);
  await runAndCompare();
  await pyiceberg.delete(ORDERS, 'order_id = 1');
  await append(ORDERS, order(8, 2, 80));
  await runAndCompare();
  // Nothing of it is new, so that what only takes added rows has nothing to do.
  const before = await pyiceberg.history('dw.orders_seen');
  await pyiceberg.delete(ORDERS, 'order_id = 2');
  await runAndCompare();
  expect((await pyiceberg.history('dw.orders_seen')).current).toBe(before.current);
});

test('a dropped column that nobody needs, and a renamed one that is needed', async () => {
  await pyiceberg.updateSchema(ORDERS, ['delete_column', 'note']);
  await append(ORDERS, order(9, 3, 90, { amount: 90 }));
  await runAndCompare();
  await pyiceberg.updateSchema(ORDERS, ['rename_column', 'amount', 'total']);
  await append(ORDERS, order(10, 5, 100, { total: 100 }));
  const { exitCode, document } = await psyberg('run');
  expect(exitCode).not.toBe(0);
  for (const { process, message } of document.processes as { process: string; message: string }[]) {
    if (process !== 'revenue_copy') expect(message).toContain(`Column "amount" of ${ORDERS} is called "total" now`);
  }
  await configure('total');
  await runAndCompare();
});

test('another partition spec', async () => {
  await pyiceberg.updateSpec(ORDERS, ['add_field', 'ts', 'hour', 'ts_hour']);
  await append(ORDERS, order(11, 2, 110, { total: 110 }), order(12, 6, 120, { total: 120 }));
  await append(REFUNDS, { ts: at(6), amount: 2 });
  await runAndCompare();
  await pyiceberg.delete(ORDERS, 'order_id = 11');
  await runAndCompare();
});

test('expiry: of what lies between, of the snapshot that was loaded last, and of one after which files went', async () => {
  const loaded = (await pyiceberg.history(ORDERS)).current!;
  await append(ORDERS, order(13, 3, 130, { total: 130 }));
  await pyiceberg.delete(ORDERS, 'order_id = 12');
  await append(ORDERS, order(14, 6, 140, { total: 140 }));
  await pyiceberg.expireAllBut(ORDERS, loaded);
  await runAndCompare();

  await append(ORDERS, order(15, 4, 150, { total: 150 }));
  await pyiceberg.expireAllBut(ORDERS);
  await runAndCompare();

  await pyiceberg.delete(ORDERS, 'order_id = 15');
  await pyiceberg.expireAllBut(ORDERS);
  const { exitCode, document } = await psyberg('run');
  expect(exitCode).toBe(6);
  const orders = (document.processes as { process: string; next: string[] }[]).filter(
    (p) => p.process !== 'revenue_copy',
  );
  for (const { process, next } of orders) expect(next).toContain(`psyberg run ${process} --recompute`);
  for (const { process } of orders) {
    const { exitCode: code, stderr } = await psyberg('run', process, '--recompute', '--yes');
    expect(code, stderr).toBe(0);
  }
  await runAndCompare();
});

test('a rollback', async () => {
  const before = (await pyiceberg.history(ORDERS)).current!;
  await append(ORDERS, order(16, 5, 160, { total: 160 }));
  await runAndCompare();
  await pyiceberg.rollBack(ORDERS, before);
  await append(ORDERS, order(17, 2, 170, { total: 170 }));
  await runAndCompare();
});

test("PyIceberg reads the tables that are Psyberg's own", async () => {
  const tables = (await pyiceberg.tables()).filter((name) => name.startsWith('psyberg.'));
  expect([...tables].sort()).toEqual(['psyberg.sessions', 'psyberg.watermarks']);
  const rows = await pyiceberg.readAll(['psyberg.sessions', 'psyberg.watermarks']);
  const processes = new Set(rows.get('psyberg.sessions')!.map((row) => row.process_name ?? row.process));
  expect([...processes].sort()).toEqual(['balance', 'orders_f', 'orders_seen', 'revenue', 'revenue_copy']);
  expect(rows.get('psyberg.watermarks')!.length).toBeGreaterThan(0);
});
