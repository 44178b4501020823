import {
  AlreadyExistsError,
  and,
  type Catalog,
  CommitConflictError,
  commitSnapshot,
  currentSchema,
  decodeSingleValue,
  equal,
  formatIdentifier,
  IcebergError,
  NoSuchNamespaceError,
  NoSuchTableError,
  openTable,
  type Predicate,
  parseIdentifier,
  planFiles,
  refreshTable,
  type ScannedFile,
  type SnapshotId,
  type Table,
  type TableIdentifier,
  ValidationError,
} from '@psyberg/iceberg';
import { compactTable } from './compact-table.ts';
import { type BegunDataFiles, beginDataFiles, deleteFiles, ownFields } from './data-files.ts';
import { expireTable } from './expire-table.ts';
import { type OwnRow, type OwnTableShape, partitionSpecOf, schemaOf } from './own-columns.ts';
import { readParquet } from './parquet-rows.ts';
import { orProblem, type Salvaged, salvageRows } from './salvage.ts';
import { noteOf, noteProperty } from './table-note.ts';

/** How long a lost race is run again: our own tables are views for people, and nobody waits for them longer. */
const RACE_TIMEOUT_MS = 60_000;
const READ_CONCURRENCY = 8;

/** Small and many commits: old metadata files are not worth keeping. */
const TABLE_PROPERTIES: Readonly<Record<string, string>> = {
  'write.metadata.delete-after-commit.enabled': 'true',
  'write.metadata.previous-versions-max': '20',
};

export interface AppendOptions {
  /** Asked for every attempt with the table as it is then; true ends the append with nothing written. */
  readonly unless?: (table: OwnTable) => Promise<boolean>;
  /**
   * The table's note once the rows are in it, asked for every attempt with the note that holds at `table`, the table as it is then.
   * Undefined: it has none from now on.
   */
  readonly note?: (before: string | undefined, table: OwnTable) => Promise<string | undefined>;
}

/** Which rows to read: columns by name and the value that they must have. */
export type Wanted = Readonly<Record<string, string | undefined>>;

/**
 * One of our own tables: an ordinary Iceberg table that is made when the first row comes, and is empty until then.
 *
 * Reads nothing until it is asked; remembers the last state seen, so that a table that did not move is not read again.
 */
export class OwnTable {
  readonly name: string;
  readonly #catalog: Catalog;
  readonly #identifier: TableIdentifier;
  readonly #shape: OwnTableShape;
  readonly #clock: () => number;
  #last: Table | undefined;
  #isWritten = false;
  #tail: Promise<unknown> = Promise.resolve();

  constructor(catalog: Catalog, name: string, shape: OwnTableShape, clock: () => number) {
    this.name = name;
    this.#catalog = catalog;
    this.#identifier = parseIdentifier(name);
    this.#shape = shape;
    this.#clock = clock;
  }

  /** Whether rows were added through this object. */
  get isWritten(): boolean {
    return this.#isWritten;
  }

  /**
   * Adds the rows in one table commit; none for no rows. Returns false when `unless` said so.
   *
   * A lost race is run again for a minute; appends of this object wait for each other, so that they are no races.
   *
   * @throws {CommitConflictError} others committed for a whole minute; nothing was written
   * @throws {CommitStateUnknownError} the rows may be there
   */
  append(rows: readonly OwnRow[], options: AppendOptions = {}): Promise<boolean> {
    if (rows.length === 0) return Promise.resolve(true);
    const appended = this.#tail.then(() => this.#append(rows, options));
    this.#tail = appended.catch(() => undefined);
    return appended;
  }

  /** Rows that have all the values wanted, with these columns, in the order in which they were written. A missing table is empty. */
  async read(columns: readonly string[], wanted: Wanted = {}): Promise<readonly OwnRow[]> {
    const table = await this.#current();
    return table === undefined ? [] : rowsOf(table, columns, wanted);
  }

  /** What the rows come to, in the words of who wrote them; undefined where nobody said so of the rows that are there now. */
  async note(): Promise<string | undefined> {
    const table = await this.#current();
    return table && noteOf(table.metadata);
  }

  /**
   * As {@link read}, newest files first, until `enough` says so of the rows read so far, given the greatest value of `orderedBy` (an
   * instant with bounds in the manifests) that an unread file may hold.
   */
  async readNewest(
    columns: readonly string[],
    wanted: Wanted,
    orderedBy: string,
    enough: (rows: readonly OwnRow[], unreadUpTo: bigint) => boolean,
  ): Promise<readonly OwnRow[]> {
    const table = await this.#current();
    return table === undefined ? [] : newestRowsOf(table, columns, wanted, orderedBy, enough);
  }

  /**
   * Keeps the table quick to read however long it is written to: many small files become few, old states are forgotten. A side job
   * for who has time; when others are at work on the table it is left for the next time.
   */
  async maintain(): Promise<void> {
    const table = await this.#current();
    if (table === undefined) return;
    try {
      const compacted = await compactTable(table, this.#shape, this.#clock);
      await expireTable(compacted ?? table, this.#clock());
    } catch (error) {
      if (!(error instanceof CommitConflictError) && !(error instanceof ValidationError)) throw error;
    }
  }

  /**
   * Whether the table is there and whole, with all rows that can be read. `parse` refuses rows that are not as they should be.
   *
   * @throws {IcebergError} the catalog or the storage cannot be reached
   */
  async salvage(parse: (row: OwnRow) => unknown): Promise<Salvaged | undefined> {
    const problems: string[] = [];
    const table = await orProblem(problems, async () => ({ found: await this.#current() }));
    if (table === undefined) return { rows: [], problems };
    return table.found && salvageRows(table.found, this.#shape, parse);
  }

  /** Puts the table aside under another name, which is returned, and makes it anew of `rows`. */
  async replace(rows: readonly OwnRow[]): Promise<string> {
    const { namespace, name } = this.#identifier;
    const stamp = new Date(this.#clock()).toISOString().replace(/\D/g, '');
    const aside = { namespace, name: `${name}_damaged_${stamp}` };
    await this.#catalog.renameTable(this.#identifier, aside);
    this.#last = undefined;
    await this.append(rows);
    return formatIdentifier(aside);
  }

  async #append(rows: readonly OwnRow[], options: AppendOptions): Promise<boolean> {
    const table = (await this.#current()) ?? (await this.#create());
    const begun = await beginDataFiles(table, this.#shape, ownFields(table, this.#shape), rows);
    return this.#commit(table, begun, options);
  }

  async #commit(table: Table, { files, written }: BegunDataFiles, { unless, note }: AppendOptions): Promise<boolean> {
    const group = [{ name: 'rows', files }];
    const giveUp = async (): Promise<void> => {
      await written.catch(() => undefined);
      await deleteFiles(table, files);
    };
    try {
      const committed = await commitSnapshot(
        table,
        async (base) => {
          if (unless !== undefined && (await unless(this.#at(base)))) return undefined;
          const noted = await note?.(noteOf(base.metadata), this.#at(base));
          return {
            operation: 'append',
            added: group,
            removed: [],
            summary: () => ({}),
            ...(noted !== undefined && { setProperties: async (id: SnapshotId) => noteProperty(noted, id) }),
          };
        },
        { retry: raceRetry(), clock: this.#clock, filesWritten: written },
      );
      if (committed === undefined) await giveUp();
      else {
        this.#last = committed.table;
        this.#isWritten = true;
      }
      return committed !== undefined;
    } catch (error) {
      const mayBeThere = error instanceof IcebergError && error.outcome === 'unknown';
      if (!mayBeThere) await giveUp();
      throw error;
    }
  }

  /** This table as it was at one commit, for a check that must see exactly that. */
  #at(table: Table): OwnTable {
    const fixed = new OwnTable(this.#catalog, this.name, this.#shape, this.#clock);
    fixed.#current = async () => table;
    return fixed;
  }

  #current = async (): Promise<Table | undefined> => {
    try {
      this.#last =
        this.#last === undefined ? await openTable(this.#catalog, this.#identifier) : await refreshTable(this.#last);
    } catch (error) {
      if (!(error instanceof NoSuchTableError) && !(error instanceof NoSuchNamespaceError)) throw error;
      this.#last = undefined;
    }
    return this.#last;
  };

  /** Others may make the namespace or the table at the same time; whoever is first wins, and all go on with that one. */
  async #create(): Promise<Table> {
    const { namespace } = this.#identifier;
    if (!(await this.#catalog.namespaceExists(namespace))) {
      await tolerated(this.#catalog.createNamespace(namespace));
    }
    const schema = schemaOf(this.#shape);
    await tolerated(
      this.#catalog.createTable(this.#identifier, {
        schema,
        partitionSpec: partitionSpecOf(schema),
        properties: { ...TABLE_PROPERTIES, comment: this.#shape.comment },
      }),
    );
    return openTable(this.#catalog, this.#identifier);
  }
}

/** Waits begin at a length of each writer's own, so that losers of one race do not meet again. */
const raceRetry = () => ({
  retries: Number.MAX_SAFE_INTEGER,
  minWaitMs: 5 + Math.random() * 25,
  maxWaitMs: 1000 + Math.random() * 3000,
  totalTimeoutMs: RACE_TIMEOUT_MS,
});

async function tolerated(creation: Promise<unknown>): Promise<void> {
  try {
    await creation;
  } catch (error) {
    if (!(error instanceof AlreadyExistsError)) throw error;
  }
}

interface RowReading {
  readonly table: Table;
  readonly files: readonly ScannedFile[];
  read(files: readonly ScannedFile[]): Promise<readonly OwnRow[]>;
}

async function planReading(table: Table, columns: readonly string[], wanted: Wanted): Promise<RowReading> {
  const conditions = Object.entries(wanted).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const filter: Predicate = and(...conditions.map(([column, value]) => equal(column, value)));
  const needed = new Set([...columns, ...conditions.map(([column]) => column)]);
  const fields = currentSchema(table.metadata).fields.filter(({ name }) => needed.has(name));
  return {
    table,
    files: await planFiles(table, { filter }),
    async read(files) {
      const read = await Promise.all(
        files.map(async ({ file }) => readParquet(fields, await table.io.read(file.path))),
      );
      return read.flat().filter((row) => conditions.every(([column, value]) => row[column] === value));
    },
  };
}

async function rowsOf(table: Table, columns: readonly string[], wanted: Wanted): Promise<readonly OwnRow[]> {
  const { files, read } = await planReading(table, columns, wanted);
  const ordered = files.toSorted((a, b) => compare(a.sequenceNumber, b.sequenceNumber));
  const rows: OwnRow[] = [];
  for (let i = 0; i < ordered.length; i += READ_CONCURRENCY) {
    rows.push(...(await read(ordered.slice(i, i + READ_CONCURRENCY))));
  }
  return rows;
}

async function newestRowsOf(
  table: Table,
  columns: readonly string[],
  wanted: Wanted,
  orderedBy: string,
  enough: (rows: readonly OwnRow[], unreadUpTo: bigint) => boolean,
): Promise<readonly OwnRow[]> {
  const { files, read } = await planReading(table, columns, wanted);
  const field = currentSchema(table.metadata).fields.find(({ name }) => name === orderedBy);
  const greatest = files.map((scanned) => ({ scanned, upTo: upperBoundOf(scanned, field?.id) }));
  greatest.sort((a, b) => compare(b.upTo, a.upTo));
  const rows: OwnRow[] = [];
  for (let i = 0; i < greatest.length; i += READ_CONCURRENCY) {
    if (i > 0 && enough(rows, greatest[i]!.upTo)) break;
    rows.push(...(await read(greatest.slice(i, i + READ_CONCURRENCY).map(({ scanned }) => scanned))));
  }
  return rows;
}

/** What no file can exceed stands for a bound that is not known. */
function upperBoundOf({ file }: ScannedFile, fieldId: number | undefined): bigint {
  const bytes = fieldId === undefined ? undefined : file.upperBounds?.get(fieldId);
  return bytes === undefined ? 2n ** 63n - 1n : (decodeSingleValue({ kind: 'timestamptz' }, bytes) as bigint);
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0);
