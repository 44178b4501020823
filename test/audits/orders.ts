/** A warehouse of orders, clean or with something wrong for every kind of audit, loaded in three sessions. */
import type { AuditRow, Project } from '@psyberg/core';
import { run } from '@psyberg/core';
import { fastAppend, snapshotById } from '@psyberg/iceberg';
import { createTable, literal } from '../../examples/lake.mjs';
import { DAY, House } from '../exactly-once/house.ts';

export interface Order {
  readonly order_id: number;
  readonly account_id: number | null;
  readonly plan: string;
  readonly code: string;
  readonly email: string;
  readonly price: number;
  readonly quantity: number;
  readonly total: number;
  readonly discount: string | null;
  readonly voucher: string | null;
  readonly note: string;
  readonly channel: string | null;
  readonly region: string | number;
  readonly seq: number;
  readonly balance: number;
  readonly created_at: string;
  readonly valid_from: string;
  readonly valid_to: string;
  readonly ts: string;
  readonly dropped: boolean;
}

const COLUMNS: Readonly<Record<keyof Order, string>> = {
  order_id: 'long',
  account_id: 'long',
  plan: 'string',
  code: 'string',
  email: 'string',
  price: 'double',
  quantity: 'int',
  total: 'double',
  discount: 'string',
  voucher: 'string',
  note: 'string',
  channel: 'string',
  region: 'string',
  seq: 'long',
  balance: 'long',
  created_at: 'timestamptz',
  valid_from: 'timestamptz',
  valid_to: 'timestamptz',
  ts: 'timestamptz',
  dropped: 'boolean',
};

const SQL_TYPES: Readonly<Record<string, string>> = { string: 'varchar', long: 'bigint', int: 'integer' };

const at = (hour: number, minute = 0): string =>
  `${DAY}T${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}:00Z`;

function order(id: number, hour: number, change: Partial<Order> = {}): Order {
  const price = change.price ?? 9 + (id % 3);
  const quantity = change.quantity ?? 1 + (id % 3);
  const odd = id % 2 === 1;
  return {
    order_id: id,
    account_id: 1 + (id % 3),
    plan: odd ? 'free' : 'pro',
    code: `AB-${id}`,
    email: `user${id}@example.com`,
    price,
    quantity,
    total: price * quantity,
    discount: odd ? 'D1' : null,
    voucher: odd ? null : 'SAVE10',
    note: `order ${id}`,
    channel: odd ? 'web' : null,
    region: odd ? 'north' : 'south',
    seq: id,
    balance: 100 + id,
    created_at: at(hour, id),
    valid_from: at(hour),
    valid_to: at(hour + 1),
    ts: at(hour, id),
    dropped: false,
    ...change,
  };
}

const FIRST = [order(1, 1), order(2, 1), order(3, 1)];
const SECOND = [4, 5, 6].map((id) => order(id, 2, { price: 10 + (id % 3) }));
const CLEAN = [7, 8, 9, 10, 11, 12].map((id, i) => order(id, 3 + i));
/** The file of this one is added twice. */
const TWICE = order(7, 3, { valid_to: at(9), channel: null, region: 7 });
/** Nothing in hour 5. */
const BAD = [
  order(8, 4, { account_id: null, note: '  ' }),
  order(10, 6, { plan: 'gold', code: 'TEST', quantity: -1 }),
  order(11, 7, { code: 'ab1', email: 'nobody', note: '<b>bad</b>' }),
  order(12, 7, { price: 200, quantity: 60, total: 1 }),
  order(14, 7, { discount: 'D1', voucher: 'MUCHTOOLONG' }),
  order(15, 7, { account_id: 99, created_at: '2023-09-16T00:00:00Z' }),
  order(16, 7, { balance: 0 }),
  order(17, 7, { dropped: true }),
].map((row): Order => ({ ...row, channel: null, region: 7 }));

const HISTORICAL = ['z_score', 'volume_band', 'vtts_backwards'];

export type Audit = Readonly<Record<string, unknown>>;

/** One warehouse; `bad` decides what its third batch is. */
export class Orders {
  readonly house: House;
  readonly #audits: readonly Audit[];
  readonly #bad: boolean;
  #hour = 2;

  private constructor(house: House, audits: readonly Audit[], bad: boolean) {
    this.house = house;
    this.#audits = audits;
    this.#bad = bad;
  }

  static async build(audits: readonly Audit[], bad: boolean): Promise<Orders> {
    const house = await House.build({});
    const columns = bad ? { ...COLUMNS, region: 'int' } : COLUMNS;
    await createTable(house.lake, 'raw.orders', columns, { column: 'ts', transform: 'hour' });
    await createTable(house.lake, 'ref.accounts', { account_id: 'long' });
    await house.foreignAppend('ref.accounts', 'select unnest([1, 2, 3])::bigint as account_id');
    return new Orders(house, audits, bad);
  }

  configure(audits: readonly Audit[]): Promise<void> {
    const orders = {
      mode: 'stateful',
      sources: [
        { table: 'raw.orders', time: 'ts', future: 'allow' },
        { table: 'ref.accounts', role: 'lookup' },
      ],
      target: { table: 'dw.orders', time: 'ts', partition: ['hour(ts)'], openInterval: 'load' },
      transform: { sql: 'select * exclude (dropped) from orders where not dropped' },
      audits,
    };
    return this.house.configure({ orders });
  }

  /** As another process would open it; the clock stands half past an hour that goes on with each session. */
  project(): Promise<Project> {
    return this.house.project({ clock: () => Date.parse(at(this.#hour, 30)) });
  }

  async run() {
    const [report] = (await run(await this.project())).processes;
    return report!;
  }

  /** Loads the three batches; the audits of the third session. The first two have only those that later ones look back at. */
  async loadAll(): Promise<readonly AuditRow[]> {
    await this.configure(this.#audits.filter(({ audit }) => HISTORICAL.includes(String(audit))));
    await this.append(this.#region(FIRST), at(2), at(8));
    await this.run();
    this.#hour = 3;
    await this.append(this.#region(SECOND), at(3), at(8, 10));
    await this.run();
    await this.appendThird();
    await this.configure(this.#audits);
    return (await this.run()).audits;
  }

  async appendThird(): Promise<void> {
    this.#hour = 9;
    if (!this.#bad) return this.append(CLEAN, at(9), at(9));
    await this.append(BAD, at(6), at(8, 5));
    await this.#addAgain();
    await this.#miscount();
  }

  /** One more order, of hour 9. */
  async appendFourth(): Promise<void> {
    this.#hour = 10;
    await this.append([order(13, 9)], at(10), at(10));
  }

  /** Commits at a time, declaring completeness as a producer would. */
  async append(rows: readonly Order[], committedAt: string, vtts: string): Promise<void> {
    const files = await this.house.files('raw.orders', this.#select(rows));
    const clock = () => Date.parse(committedAt);
    await fastAppend(await this.house.open('raw.orders'), files, { clock, summary: { 'psyberg.vtts': vtts } });
  }

  #region = (rows: readonly Order[]): readonly Order[] =>
    this.#bad ? rows.map((row) => ({ ...row, region: row.order_id })) : rows;

  #select(rows: readonly Order[]): string {
    const types: Readonly<Record<string, string>> = this.#bad ? { ...COLUMNS, region: 'int' } : COLUMNS;
    const names = Object.keys(COLUMNS) as (keyof Order)[];
    const casts = names.map((name) => `${name}::${SQL_TYPES[types[name]!] ?? types[name]} as ${name}`);
    const tuples = rows.map((row) => `(${names.map((name) => literal(row[name] as never)).join(', ')})`);
    return `select ${casts.join(', ')} from (values ${tuples.join(', ')}) as t(${names.join(', ')})`;
  }

  /** A job that is run twice adds the file of hour 3 again. */
  async #addAgain(): Promise<void> {
    const table = await this.house.open('raw.orders');
    const files = await this.house.files('raw.orders', this.#select([TWICE]));
    const clock = () => Date.parse(at(6));
    const first = await fastAppend(table, files, { clock });
    await fastAppend(first.table, files, { clock });
  }

  /** A writer whose summary does not count what it added. */
  async #miscount(): Promise<void> {
    await this.house.rewriteMetadata('raw.orders', (metadata) => {
      const head = snapshotById(metadata, metadata.currentSnapshotId!)!;
      const wrong = { ...head, summary: { ...head.summary, 'total-records': '5' } };
      return {
        ...metadata,
        snapshots: metadata.snapshots.map((one) => (one.snapshotId === head.snapshotId ? wrong : one)),
      };
    });
  }

  close(): Promise<void> {
    return this.house.close();
  }
}
