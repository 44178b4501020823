import { PYICEBERG_TOOL, PythonServer } from './python.ts';

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

/** As PyIceberg understands them: `1 id: long required`, `1000 ts_hour: hour(2)`, `identity(1) asc nulls-first`. */
export interface TableStructure {
  readonly columns: readonly string[];
  readonly partition: readonly string[];
  readonly sort: readonly string[];
}

/** A method's name and its arguments. */
export type PythonCall = readonly [string, ...(string | boolean | readonly string[])[]];

/** What may be asked of PyIceberg, with what it answers. Each call opens the catalog anew, as another program would; Python itself stays. */
export class PyIceberg {
  readonly #database: string;
  readonly #catalog: string;
  readonly #python = new PythonServer(PYICEBERG_TOOL);

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

  async readWhere(table: string, filter: string): Promise<readonly JsonRow[]> {
    return ((await this.#ask({ do: 'read', table, filter })) as { rows: JsonRow[] }).rows;
  }

  /** Paths of the files that a scan would read, sorted. */
  async plan(table: string, filter?: string): Promise<readonly string[]> {
    return ((await this.#ask({ do: 'plan', table, filter })) as { paths: string[] }).paths;
  }

  async structure(table: string): Promise<TableStructure> {
    return (await this.#ask({ do: 'structure', table })) as TableStructure;
  }

  /** Evolves the schema by methods of PyIceberg's UpdateSchema. */
  async updateSchema(table: string, ...steps: readonly PythonCall[]): Promise<void> {
    await this.#ask({ do: 'schema', table, steps });
  }

  /** Evolves the partition spec by methods of PyIceberg's UpdateSpec. */
  async updateSpec(table: string, ...steps: readonly PythonCall[]): Promise<void> {
    await this.#ask({ do: 'spec', table, steps });
  }

  /** Of many tables at once. */
  async readAll(tables: readonly string[]): Promise<ReadonlyMap<string, readonly JsonRow[]>> {
    const answers = (await this.#askAll(tables.map((table) => ({ do: 'read', table })))) as { rows: JsonRow[] }[];
    return new Map(tables.map((table, n) => [table, answers[n]!.rows]));
  }

  async history(table: string): Promise<TableHistory> {
    return (await this.#ask({ do: 'history', table })) as TableHistory;
  }

  /** @param columns names with Iceberg types, in order */
  async create(table: string, location: string, columns: Readonly<Record<string, string>>): Promise<void> {
    await this.#ask({ do: 'create', table, location, columns: Object.entries(columns) });
  }

  /** @returns the id of the new snapshot */
  async append(table: string, rows: readonly JsonRow[]): Promise<string> {
    return ((await this.#ask({ do: 'append', table, rows })) as { snapshot: string }).snapshot;
  }

  /** Writes rows as a file without field ids and adds it to the table, which gets a name mapping. */
  async addFile(table: string, rows: readonly JsonRow[]): Promise<void> {
    await this.#ask({ do: 'add files', table, rows });
  }

  /** Puts rows in the place of those that match. */
  async overwrite(table: string, filter: string, rows: readonly JsonRow[]): Promise<string> {
    return ((await this.#ask({ do: 'overwrite', table, filter, rows })) as { snapshot: string }).snapshot;
  }

  /** Takes all snapshots out of the metadata but the current one and those given. */
  async expireAllBut(table: string, ...kept: readonly string[]): Promise<void> {
    const { current, snapshots } = await this.history(table);
    const expired = snapshots.map(({ id }) => id).filter((id) => id !== current && !kept.includes(id));
    await this.expire(table, expired);
  }

  async delete(table: string, filter: string): Promise<string> {
    return ((await this.#ask({ do: 'delete', table, filter })) as { snapshot: string }).snapshot;
  }

  /** Takes snapshots off the list and leaves their files. */
  async expire(table: string, snapshots: readonly string[]): Promise<void> {
    await this.#ask({ do: 'expire', table, snapshots });
  }

  async rollBack(table: string, snapshot: string): Promise<void> {
    await this.#ask({ do: 'roll back', table, snapshot });
  }

  async #ask(request: object): Promise<unknown> {
    return ((await this.#askAll([request])) as unknown[])[0];
  }

  #askAll(requests: readonly object[]): Promise<unknown> {
    return this.#python.ask({ uri: `sqlite:///${this.#database}`, catalog: this.#catalog, do: requests });
  }
}
