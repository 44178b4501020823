/**
 * The raw tables of a new project: the same rows every time, over half a day. They are made as any writer makes them: the engine
 * writes Parquet files, the table library commits them.
 */
import { join } from 'node:path';
import type { Engine } from '@psyberg/core';
import {
  type Catalog,
  fastAppend,
  openTable,
  type PartitionSpec,
  parseIdentifier,
  type Schema,
  SqlCatalog,
  type Type,
} from '@psyberg/iceberg';
import { openEngine } from './open-parts.ts';

/** A table that was made. */
export interface DemoRows {
  readonly name: string;
  readonly rows: number;
}

interface DemoTable {
  readonly name: string;
  readonly columns: readonly (readonly [name: string, type: Type])[];
  /** Partitioned by the day of this column. */
  readonly time?: string;
  readonly sql: string;
}

const LONG: Type = { kind: 'long' };
const INT: Type = { kind: 'int' };
const TEXT: Type = { kind: 'string' };
const TIMESTAMP: Type = { kind: 'timestamp' };
const MONEY: Type = { kind: 'decimal', precision: 10, scale: 2 };

const PRODUCTS = `
  SELECT * FROM (VALUES
    (1, 'Espresso', 'drinks', 2.40), (2, 'Tea', 'drinks', 2.10), (3, 'Lemonade', 'drinks', 3.00),
    (4, 'Croissant', 'pastry', 1.90), (5, 'Brioche', 'pastry', 2.60), (6, 'Plum cake', 'pastry', 3.40),
    (7, 'Sandwich', 'meals', 5.50), (8, 'Soup', 'meals', 6.20)
  ) AS p(product_id, name, category, unit_price)`;

const ORDERS = `
  SELECT
    i AS order_id,
    1 + i * 31 % 60 AS customer_id,
    CAST(1 + i * 17 % 8 AS INTEGER) AS product_id,
    CAST(1 + i % 3 AS INTEGER) AS quantity,
    TIMESTAMP '2025-06-02 06:00:00' + to_seconds(i * 7919 % 43200) AS ordered_at
  FROM (SELECT unnest(range(1, 401)) AS i)`;

const TABLES: readonly DemoTable[] = [
  {
    name: 'ref.products',
    columns: [
      ['product_id', INT],
      ['name', TEXT],
      ['category', TEXT],
    ],
    sql: `SELECT product_id, name, category FROM (${PRODUCTS})`,
  },
  {
    name: 'raw.orders',
    columns: [
      ['order_id', LONG],
      ['customer_id', LONG],
      ['product_id', INT],
      ['quantity', INT],
      ['unit_price', MONEY],
      ['ordered_at', TIMESTAMP],
    ],
    time: 'ordered_at',
    sql: `SELECT o.order_id, o.customer_id, o.product_id, o.quantity, p.unit_price, o.ordered_at
      FROM (${ORDERS}) o JOIN (${PRODUCTS}) p ON p.product_id = o.product_id`,
  },
  {
    name: 'raw.refunds',
    columns: [
      ['refund_id', LONG],
      ['order_id', LONG],
      ['category', TEXT],
      ['amount', MONEY],
      ['refunded_at', TIMESTAMP],
    ],
    time: 'refunded_at',
    sql: `SELECT o.order_id * 10 AS refund_id, o.order_id, p.category, CAST(o.quantity * p.unit_price AS DECIMAL(10, 2)) AS amount,
        o.ordered_at + to_minutes(20 + o.order_id % 90) AS refunded_at
      FROM (${ORDERS}) o JOIN (${PRODUCTS}) p ON p.product_id = o.product_id
      WHERE o.order_id % 19 = 0 AND o.ordered_at + to_minutes(20 + o.order_id % 90) < TIMESTAMP '2025-06-02 18:00:00'`,
  },
];

/** Makes the catalog and the raw tables below `directory`, as the template's configuration names them. */
export async function writeDemoData(directory: string, signal: AbortSignal): Promise<readonly DemoRows[]> {
  const warehouse = join(directory, 'warehouse');
  const catalog = await SqlCatalog.open({ uri: `sqlite:${join(warehouse, 'catalog.db')}`, warehouse });
  try {
    const engine = await openEngine({ type: 'duckdb' }, warehouse);
    try {
      const made: DemoRows[] = [];
      for (const table of TABLES) made.push(await writeTable(catalog, engine, table, signal));
      return made;
    } finally {
      await engine.close();
    }
  } finally {
    await catalog.close();
  }
}

async function writeTable(catalog: Catalog, engine: Engine, demo: DemoTable, signal: AbortSignal): Promise<DemoRows> {
  const identifier = parseIdentifier(demo.name);
  if (!(await catalog.namespaceExists(identifier.namespace))) await catalog.createNamespace(identifier.namespace);
  const { schema, partitionSpec } = shapeOf(demo);
  await catalog.createTable(identifier, { schema, ...(partitionSpec && { partitionSpec }) });
  const table = await openTable(catalog, identifier);
  const { metadata } = table;
  const written = await engine.transform(
    {
      sql: demo.sql,
      relations: [],
      parameters: {},
      target: {
        table: demo.name,
        schema: metadata.schemas.find(({ schemaId }) => schemaId === metadata.currentSchemaId)!,
        spec: metadata.partitionSpecs.find(({ specId }) => specId === metadata.defaultSpecId)!,
        dataLocation: `${metadata.location}/data`,
        properties: metadata.properties,
        ...(demo.time === undefined ? {} : { time: { kind: 'column', column: demo.time } }),
      },
      grain: 'hour',
      outside: 'error',
      nullTime: 'keep',
    },
    { signal },
  );
  await fastAppend(table, written.files);
  return { name: demo.name, rows: written.rows };
}

function shapeOf({ columns, time }: DemoTable): { readonly schema: Schema; readonly partitionSpec?: PartitionSpec } {
  const fields = columns.map(([name, type], index) => ({ id: index + 1, name, type, required: false }));
  const schema = { schemaId: 0, fields };
  const timeField = fields.find(({ name }) => name === time);
  if (timeField === undefined) return { schema };
  const day = {
    fieldId: 1000,
    sourceId: timeField.id,
    name: `${timeField.name}_day`,
    transform: { kind: 'day' },
  } as const;
  return { schema, partitionSpec: { specId: 0, fields: [day] } };
}
