import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

/** A place to run plain SQL; nothing is stored in it. */
export class Sql {
  readonly #connection: DuckDBConnection;

  private constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  static async open(): Promise<Sql> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
    const connection = await instance.connect();
    // A handful of rows is read sooner than its query is optimized.
    await connection.run('pragma disable_optimizer');
    return new Sql(connection);
  }

  /** Rows of one SELECT; all its numbers must fit a JS number. */
  async rows(sql: string): Promise<Record<string, unknown>[]> {
    const reader = await this.#connection.runAndReadAll(sql);
    return reader
      .getRowObjectsJS()
      .map((row) =>
        Object.fromEntries(
          Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]),
        ),
      );
  }

  close(): void {
    this.#connection.closeSync();
  }
}

/** `(values …) as name(columns)` with a type for each column, also when there are no rows. */
export function valuesOf(
  name: string,
  columns: Readonly<Record<string, string>>,
  rows: readonly (readonly unknown[])[],
): string {
  const types = Object.values(columns);
  const tuple = (row: readonly unknown[], n: number) =>
    `(${row.map((value, m) => (n === 0 ? `${literal(value)}::${types[m]}` : literal(value))).join(', ')})`;
  const list =
    rows.length > 0
      ? rows.map(tuple).join(', ')
      : tuple(
          types.map(() => null),
          0,
        );
  return `${name} as (select * from (values ${list}) as v(${Object.keys(columns).join(', ')})${rows.length > 0 ? '' : ' limit 0'})`;
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
}
