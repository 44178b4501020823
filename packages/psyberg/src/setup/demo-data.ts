import type { Type } from '@psyberg/iceberg';

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
    1 + i * 17 % 8 AS product_id,
    1 + i % 3 AS quantity,
    TIMESTAMP '2025-06-02 06:00:00' + to_seconds(i * 7919 % 43200) AS ordered_at
  FROM (SELECT unnest(range(1, 401)) AS i)`;

const _TABLES: readonly DemoTable[] = [
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
    sql: `SELECT o.order_id * 10 AS refund_id, o.order_id, p.category, o.quantity * p.unit_price AS amount,
        o.ordered_at + to_minutes(20 + o.order_id % 90) AS refunded_at
      FROM (${ORDERS}) o JOIN (${PRODUCTS}) p ON p.product_id = o.product_id
      WHERE o.order_id % 19 = 0 AND o.ordered_at < TIMESTAMP '2025-06-02 16:00:00'`,
  },
];
