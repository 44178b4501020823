import { PYICEBERG_TOOL, runPython } from './python.ts';

export type JsonRow = Readonly<Record<string, unknown>>;

export interface TableHistory {
  readonly current: string | null;
  readonly snapshots: readonly {
    readonly id: string;
    readonly operation: string;
    readonly summary: Readonly<Record<string, string>>;
  }[];
  readonly refs: Readonly<Record<string, string>>;
}

/** What may be asked of PyIceberg, with what it answers. Each call opens the catalog anew, as another program would. */
export class PyIceberg {
  readonly #database: string;
  readonly #catalog: string;

  /** @param database absolute path of the SQLite file @param catalog the catalog's name inside it */
  constructor(database: string, catalog: string) {
    this.#database = database;
    this.#catalog = catalog;
  }

  async tables(): Promise<readonly string[]> {
    return (await this.#ask({ do: 'tables' })) as string[];
  }

  async read(table: string, snapshot?: string): Promise<readonly JsonRow[]> {
    return ((await this.#ask({ do: 'read', table, snapshot })) as { rows: JsonRow[] }).rows;
  }

  /** Of many tables at once, as starting Python takes longer than reading. */
  async readAll(tables: readonly string[]): Promise<ReadonlyMap<string, readonly JsonRow[]>> {
    const answers = (await this.#askAll(tables.map((table) => ({ do: 'read', table })))) as { rows: JsonRow[] }[];
    return new Map(tables.map((table, n) => [table, answers[n]!.rows]));
  }

  async history(table: string): Promise<TableHistory> {
    return (await this.#ask({ do: 'history', table })) as TableHistory;
  }

  /** @returns the id of the new snapshot */
  async append(table: string, rows: readonly JsonRow[]): Promise<string> {
    return ((await this.#ask({ do: 'append', table, rows })) as { snapshot: string }).snapshot;
  }

  async delete(table: string, filter: string): Promise<string> {
    return ((await this.#ask({ do: 'delete', table, filter })) as { snapshot: string }).snapshot;
  }

  async rollBack(table: string, snapshot: string): Promise<void> {
    await this.#ask({ do: 'roll back', table, snapshot });
  }

  async #ask(request: object): Promise<unknown> {
    return ((await this.#askAll([request])) as unknown[])[0];
  }

  #askAll(requests: readonly object[]): Promise<unknown> {
    return runPython(PYICEBERG_TOOL, [], { uri: `sqlite:///${this.#database}`, catalog: this.#catalog, do: requests });
  }
}
