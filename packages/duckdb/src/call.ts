import type { DuckDBConnection, DuckDBPreparedStatement, DuckDBResult, DuckDBValue } from '@duckdb/node-api';
import type { EngineCallOptions } from '@psyberg/core';
import { quoteName } from './sql/quote.ts';
import { type FaultContext, translateFault } from './translate-fault.ts';

const PROGRESS_EVERY_MS = 200;

/**
 * One call of the engine: a connection of its own, and a catalog of its own in memory that holds the relations under the names
 * which the user's SQL knows and is dropped at the end. So concurrent calls cannot see each other's relations.
 *
 * Every method throws the abort signal's reason once it fired.
 */
export class Call {
  readonly catalog: string;
  readonly #connection: DuckDBConnection;
  readonly #options: EngineCallOptions;

  constructor(connection: DuckDBConnection, catalog: string, options: EngineCallOptions) {
    this.#connection = connection;
    this.catalog = catalog;
    this.#options = options;
  }

  /** One statement or more: what takes DuckDB a moment each is best handed over together. */
  async run(sql: string, context?: FaultContext): Promise<void> {
    await this.#guard(sql, context, (connection) => connection.run(sql));
  }

  /** All rows of a result that is known to be small. */
  async rows(sql: string, context?: FaultContext): Promise<DuckDBValue[][]> {
    return this.#guard(sql, context, async (connection) => (await connection.run(sql)).getRows());
  }

  /** Column names and types of a statement, without running it. */
  async prepare(sql: string, context?: FaultContext): Promise<DuckDBPreparedStatement> {
    return this.#guard(sql, context, (connection) => connection.prepare(sql));
  }

  /** A result read piece by piece; nothing else may run on this call until it was read. */
  async stream<T>(sql: string, context: FaultContext, read: (result: DuckDBResult) => Promise<T>): Promise<T> {
    return this.#guard(sql, context, async (connection) => read(await connection.stream(sql)));
  }

  /** Makes the call's own catalog and looks names up there first. */
  async open(): Promise<void> {
    await this.run(`ATTACH ':memory:' AS ${quoteName(this.catalog)}; USE ${quoteName(this.catalog)}`);
  }

  /** Drops all that the call made. */
  async close(): Promise<void> {
    await this.#connection.run(`USE memory; DETACH ${quoteName(this.catalog)}`);
  }

  throwIfAborted(): void {
    this.#options.signal?.throwIfAborted();
  }

  async #guard<T>(
    sql: string,
    context: FaultContext | undefined,
    act: (connection: DuckDBConnection) => Promise<T>,
  ): Promise<T> {
    const { signal, onProgress } = this.#options;
    signal?.throwIfAborted();
    const interrupt = (): void => this.#connection.interrupt();
    signal?.addEventListener('abort', interrupt, { once: true });
    const timer = onProgress === undefined ? undefined : setInterval(() => this.#report(), PROGRESS_EVERY_MS);
    try {
      return await act(this.#connection);
    } catch (fault) {
      signal?.throwIfAborted();
      throw translateFault(fault, sql, context);
    } finally {
      clearInterval(timer);
      signal?.removeEventListener('abort', interrupt);
    }
  }

  #report(): void {
    const { percentage, rows_processed: rows } = this.#connection.progress;
    if (percentage >= 0) this.#options.onProgress?.({ fraction: percentage / 100, rows: Number(rows) });
  }
}
