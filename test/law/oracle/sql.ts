import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

/** A place to run plain SQL; nothing is stored in it. */
export class Sql {
  readonly #connection: DuckDBConnection;

  private constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  static async open(): Promise<Sql> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
    return new Sql(await instance.connect());
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
  const names = Object.keys(columns);
  const casts = names.map((column) => `${column}::${columns[column]} as ${column}`).join(', ');
  const tuple = (row: readonly unknown[]) => `(${row.map(literal).join(', ')})`;
  const list = rows.length > 0 ? rows.map(tuple).join(', ') : tuple(names.map(() => null));
  return `${name} as (select ${casts} from (values ${list}) as v(${names.join(', ')})${rows.length > 0 ? '' : ' limit 0'})`;
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
}
