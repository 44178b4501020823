/** One warehouse with raw events, processes on it, and hands that change its tables behind Psyberg's back. */
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  type EventListener,
  loadConfig,
  openProject,
  type Project,
  type RunOptions,
  run,
  type VerifyReport,
  verify,
} from '@psyberg/core';
import {
  type CatalogFaults,
  commitSnapshot,
  currentSchema,
  type DataFile,
  type FileIO,
  fastAppend,
  headOf,
  metadataFileName,
  openTable,
  parseIdentifier,
  planFiles,
  type SnapshotId,
  SqlCatalog,
  serializeTableMetadata,
  snapshotById,
  type Table,
  type TableMetadata,
} from '@psyberg/iceberg';
import {
  appendRows,
  createTable,
  type Lake,
  literal,
  makeLake,
  openLake,
  relationOf,
  writeQuery,
} from '../../examples/lake.mjs';
import { FOLDERS } from '../support/folders.ts';

export interface EventRow {
  readonly id: number;
  readonly ts: string;
  readonly v: number;
}

export const DAY = '2023-09-14';
/** Rows of one hour, with ids that tell where they came from. */
export const events = (hour: number, ...ids: readonly number[]): EventRow[] =>
  ids.map((id) => ({ id, ts: `${DAY} ${String(hour).padStart(2, '0')}:15:00Z`, v: 10 * id }));

export type ProcessConfig = Readonly<Record<string, unknown>>;

/** Late rows are appended. */
export const COPY: ProcessConfig = {
  mode: 'stateless',
  sources: [{ table: 'raw.events', time: 'ts' }],
  target: { table: 'dw.copy', time: 'ts', partition: ['hour(ts)'] },
  transform: { sql: 'select id, ts, v from events' },
};
/** Hours are recomputed; a file holds all hours of a day, so most overwrites carry rows. */
export const TOTALS: ProcessConfig = {
  mode: 'stateful',
  sources: [{ table: 'raw.events', time: 'ts' }],
  target: { table: 'dw.totals', time: 'ts', partition: ['day(ts)'] },
  transform: {
    sql: "select date_trunc('hour', ts) as ts, count(*) as n, sum(v)::bigint as v from events group by all",
  },
};
export const RUNNING: ProcessConfig = {
  mode: 'sequential',
  sources: [{ table: 'raw.events', time: 'ts' }],
  target: { table: 'dw.running', time: 'ts', partition: ['day(ts)'] },
  transform: {
    sql: `select :interval_start as ts, coalesce((select sum(v) from previous), 0)::bigint + coalesce((select sum(v) from events), 0)::bigint as v`,
  },
};

export class House {
  readonly folder: string;
  readonly lake: Lake;

  private constructor(folder: string, lake: Lake) {
    this.folder = folder;
    this.lake = lake;
  }

  static async build(processes: Readonly<Record<string, ProcessConfig>>, below = FOLDERS): Promise<House> {
    const folder = await realpath(await mkdtemp(path.join(below, 'psyberg-once-')));
    // With tables so small a second thread only waits for the first.
    const house = new House(folder, await makeLake(path.join(folder, 'warehouse'), { threads: 1 }));
    await house.createEvents('raw.events');
    await house.configure(processes);
    return house;
  }

  createEvents(name: string): Promise<void> {
    return createTable(this.lake, name, { id: 'long', ts: 'timestamptz', v: 'long' });
  }

  async configure(processes: Readonly<Record<string, ProcessConfig>>): Promise<void> {
    const catalog = { type: 'sql', uri: 'sqlite:warehouse/catalog.db', warehouse: 'warehouse' };
    await writeFile(path.join(this.folder, 'psyberg.json'), JSON.stringify({ catalog, processes }));
  }

  /** A project as another process would open it; catalog and engine are the house's, so it need not be closed. */
  async project(options: { faults?: CatalogFaults; io?: FileIO; onEvent?: EventListener; clock?: () => number } = {}) {
    const config = await loadConfig({ cwd: this.folder, env: {} });
    const warehouse = path.join(this.folder, 'warehouse');
    const catalog =
      options.faults === undefined && options.io === undefined
        ? this.lake.catalog
        : await SqlCatalog.open({
            uri: `sqlite:${warehouse}/catalog.db`,
            warehouse,
            ...(options.faults && { faults: options.faults }),
            ...(options.io && { io: options.io }),
          });
    return openProject(config, {
      catalog,
      createEngine: async () => this.lake.engine,
      ...(options.onEvent && { onEvent: options.onEvent }),
      ...(options.clock && { clock: options.clock }),
    });
  }

  async run(options: RunOptions = {}, project?: Project) {
    return (await run(project ?? (await this.project()), options)).processes;
  }

  async verify(...names: readonly string[]): Promise<VerifyReport['processes']> {
    return (await verify(await this.project(), { processes: names })).processes;
  }

  open(name: string): Promise<Table> {
    return openTable(this.lake.catalog, parseIdentifier(name));
  }

  append(rows: readonly EventRow[], table = 'raw.events'): Promise<unknown> {
    return appendRows(this.lake, table, rows as never);
  }

  /** Data files with rows of a table's own columns, which no snapshot names yet. */
  async files(name: string, sql: string): Promise<readonly DataFile[]> {
    const table = await this.open(name);
    return writeQuery(this.lake.engine, table, sql, { target: { tableUuid: table.metadata.tableUuid } });
  }

  /** Somebody else appends rows to a table. */
  async foreignAppend(name: string, sql: string): Promise<void> {
    await fastAppend(await this.open(name), await this.files(name, sql));
  }

  /** A user's own job stages rows under a wap.id. */
  async stage(name: string, wapId: string, sql: string): Promise<void> {
    await fastAppend(await this.open(name), await this.files(name, sql), {
      stageOnly: true,
      summary: { 'wap.id': wapId },
    });
  }

  /** All files of a table become one. */
  async compact(name: string): Promise<void> {
    const table = await this.open(name);
    const removed = await planFiles(table);
    const old = relationOf(
      'old',
      table,
      removed.map((f) => f.file),
    );
    const files = await writeQuery(this.lake.engine, table, 'select * from old', { relations: [old] });
    await commitSnapshot(table, async () => ({
      operation: 'replace',
      added: [{ name: 'compacted', files }],
      removed,
      summary: () => ({}),
    }));
  }

  /** A person sets the table back by some snapshots. */
  async rollback(name: string, snapshots = 1): Promise<void> {
    const table = await this.open(name);
    let snapshot = headOf(table.metadata);
    for (let n = 0; n < snapshots; n += 1) snapshot = snapshotById(table.metadata, snapshot!.parentSnapshotId!);
    const ref = { type: 'branch', snapshotId: snapshot!.snapshotId } as const;
    await this.lake.catalog.commitTable(table, [], [{ action: 'set-snapshot-ref', refName: 'main', ref }]);
  }

  /** Another client writes the table's metadata as it sees fit; the older file stays in its log. */
  async rewriteMetadata(name: string, change: (metadata: TableMetadata) => TableMetadata): Promise<void> {
    const table = await this.open(name);
    const { metadata, metadataLocation } = table;
    const metadataLog = [
      ...metadata.metadataLog,
      { timestampMs: metadata.lastUpdatedMs, metadataFile: metadataLocation },
    ];
    const location = `${metadata.location}/metadata/${metadataFileName(99, crypto.randomUUID())}`;
    await table.io.create(location, serializeTableMetadata(change({ ...metadata, metadataLog })));
    await this.lake.catalog.dropTable(table.identifier);
    await this.lake.catalog.registerTable(table.identifier, location);
  }

  /**
   * Expires all snapshots but the head, as PyIceberg does: whose parent is gone has none from then on. `forgetLog`: older metadata
   * files are deleted too.
   */
  async expireAllButHead(name: string, { forgetLog = false } = {}): Promise<void> {
    const old = (await this.open(name)).metadata.metadataLog;
    await this.rewriteMetadata(name, (metadata) => ({
      ...metadata,
      snapshots: metadata.snapshots
        .filter(({ snapshotId }) => snapshotId === metadata.refs.main?.snapshotId)
        .map(({ parentSnapshotId: _, ...snapshot }) => snapshot),
      ...(forgetLog && { metadataLog: [] }),
    }));
    if (forgetLog) for (const { metadataFile } of old) await this.lake.catalog.io.delete(metadataFile);
  }

  async head(name: string): Promise<SnapshotId | undefined> {
    return headOf((await this.open(name)).metadata)?.snapshotId;
  }

  /** Locations of the files that readers of a table see. */
  async paths(name: string): Promise<readonly string[]> {
    return (await planFiles(await this.open(name))).map(({ file }) => file.path);
  }

  /** Rows that readers of a table see, as texts in order. */
  async rows(name: string, columns = '*', branch = 'main'): Promise<readonly string[]> {
    const table = await this.open(name);
    const files = (await planFiles(table, { branch })).map(({ file }) => file);
    const { rows } = await this.lake.engine.query({
      sql: `select ${columns} from t`,
      relations: [{ names: ['t'], schema: currentSchema(table.metadata), parts: [{ files }] }],
      limit: 100_000,
    });
    return rows.map((row) => row.map(String).join(' ')).sort();
  }

  /** The house as it is found after its catalog was closed. */
  async reopened(): Promise<House> {
    await this.lake.engine.close();
    return new House(this.folder, await openLake(path.join(this.folder, 'warehouse')));
  }

  async close(): Promise<void> {
    await this.lake.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Event rows as a SELECT, for `foreignAppend` and `stage`. */
export const valuesOf = (rows: readonly EventRow[]): string =>
  `select id::bigint as id, ts::timestamptz as ts, v::bigint as v from (values ${rows
    .map(({ id, ts, v }) => `(${id}, ${literal(ts)}, ${v})`)
    .join(', ')}) as t(id, ts, v)`;
