import type { Engine } from '@psyberg/core';
import {
  type Catalog,
  commitMetadata,
  commitSnapshot,
  currentSchema,
  type DataFile,
  expireSnapshots,
  fastAppend,
  headOf,
  lessThan,
  NoSuchTableError,
  openTable,
  overwriteByFilter,
  parseIdentifier,
  planFiles,
  rewriteManifests,
  rollbackTo,
  type SnapshotId,
  snapshotById,
  type Table,
  updateSchema,
} from '@psyberg/iceberg';
import { relationOf, writeQuery } from '../../examples/lake.mjs';
import { type ValueRow, writeFiles } from '../support/write-files.ts';
import { evolve } from './evolve-source.ts';
import {
  type Act,
  LABELS_TABLE,
  type LabelRow,
  type SchemaChangeKind,
  type SourceRow,
  type SourceSpec,
  type TargetRow,
} from './history.ts';
import type { Sql } from './oracle/sql.ts';
import { columnsOf, nameOf, type SourceNow } from './psyberg-sql.ts';
import { partitionFields, tableLayout } from './table-layout.ts';
import { isoOf, microsecondsOf, sourceValues, targetValues } from './table-values.ts';

/** Other people's hands on the tables of a history: what happens to sources, and to targets behind Psyberg's back. */
export class TableHands {
  readonly #catalog: Catalog;
  readonly #engine: Engine;
  readonly #reader: Sql;
  readonly #sources = new Map<string, SourceNow>();
  #landings = 0;
  #evolutions = 0;

  constructor(catalog: Catalog, engine: Engine, reader: Sql) {
    this.#catalog = catalog;
    this.#engine = engine;
    this.#reader = reader;
  }

  get sources(): readonly SourceNow[] {
    return [...this.#sources.values()];
  }

  async createSource(source: SourceSpec): Promise<void> {
    this.#sources.set(source.table, { ...source, renamed: {} });
    await this.#create(source.table, columnsOf(source), source.partition);
  }

  async createLabels(rows: readonly LabelRow[]): Promise<void> {
    await this.#create(LABELS_TABLE, { key: 'int', label: 'string' }, 'none');
    await this.#insert(
      LABELS_TABLE,
      rows.map((row) => ({ ...row })),
    );
  }

  /** @returns whether anything came of it */
  async perform(act: Act): Promise<boolean> {
    switch (act.do) {
      case 'append':
        await this.#insert(act.table, this.#valuesOf(act.table, act.rows));
        return true;
      case 'overwrite':
        return this.#overwrite(act);
      case 'label':
        await this.#insert(
          LABELS_TABLE,
          act.rows.map((row) => ({ ...row })),
        );
        return true;
      case 'compact':
        return this.#compact(act.table);
      case 'merge manifests': {
        const table = await this.open(act.table);
        return table !== undefined && (await rewriteManifests(table)) !== undefined;
      }
      case 'roll back':
        return this.#rollBack(act.table, act.snapshots);
      case 'expire':
        return this.#expire(act.table);
      case 'declare': {
        const updates = { 'psyberg.vtts': isoOf(act.until) };
        await commitMetadata((await this.open(act.table))!, async () => ({
          updates: [{ action: 'set-properties', updates }],
        }));
        return true;
      }
      case 'evolve partition':
        return this.#evolvePartition(act.table, act.partition);
      case 'evolve schema':
        return this.#evolveSchema(act.table, act.change);
      case 'drop old':
        return this.#dropOld(act.table, act.before);
      case 'foreign append':
        return this.#foreignAppend(act.table, act.rows);
    }
  }

  /** Undefined while it does not exist. */
  async open(name: string): Promise<Table | undefined> {
    try {
      return await openTable(this.#catalog, parseIdentifier(name));
    } catch (error) {
      if (error instanceof NoSuchTableError) return undefined;
      throw error;
    }
  }

  async #overwrite({ table: name, without, again = [], rows }: Extract<Act, { do: 'overwrite' }>): Promise<boolean> {
    const table = (await this.open(name))!;
    const live = await planFiles(table);
    const held = await this.#filesWith(
      live.map(({ file }) => file.path),
      [...without, ...again],
    );
    const removed = live.filter(({ file }) => held.has(file.path));
    if (removed.length === 0 && rows.length === 0) return false;
    const kept = await this.#rewrite(
      table,
      removed.map(({ file }) => file),
      [
        ...(without.length === 0 ? [] : [`where id not in (${without.join(', ')})`]),
        ...(again.length === 0 ? [] : [`union all select * from old where id in (${again.join(', ')})`]),
      ].join(' '),
    );
    const files = [...kept, ...(await writeFiles(table, this.#valuesOf(name, rows)))];
    await commitSnapshot(table, async () => ({
      operation: removed.length === 0 ? 'append' : files.length === 0 ? 'delete' : 'overwrite',
      added: [{ name: 'new', files }],
      removed,
      summary: () => ({}),
    }));
    return true;
  }

  async #filesWith(paths: readonly string[], ids: readonly number[]): Promise<ReadonlySet<unknown>> {
    if (paths.length === 0 || ids.length === 0) return new Set();
    const list = paths.map((path) => `'${path}'`).join(', ');
    const rows = await this.#reader.rows(
      `select distinct filename from read_parquet([${list}], filename = true, union_by_name = true, hive_partitioning = false)
       where id in (${ids.join(', ')})`,
    );
    return new Set(rows.map((row) => row.filename));
  }

  async #compact(name: string): Promise<boolean> {
    const table = await this.open(name);
    if (table === undefined) return false;
    const live = await planFiles(table);
    // Now all files, now the older half, so that some sessions find their unread files mixed with read ones.
    const old = table.metadata.snapshots.length % 2 === 0 ? live : live.slice(0, Math.ceil(live.length / 2));
    if (old.length === 0) return false;
    const files = await this.#rewrite(
      table,
      old.map(({ file }) => file),
      '',
    );
    await commitSnapshot(table, async () => ({
      operation: 'replace',
      added: [{ name: 'compacted', files }],
      removed: old,
      summary: () => ({}),
    }));
    return true;
  }

  async #rewrite(table: Table, files: readonly DataFile[], rest: string): Promise<readonly DataFile[]> {
    if (files.length === 0) return [];
    return writeQuery(this.#engine, table, `select * from old ${rest}`, {
      relations: [relationOf('old', table, files)],
    });
  }

  async #rollBack(name: string, snapshots: number): Promise<boolean> {
    const table = await this.open(name);
    const head = table && headOf(table.metadata);
    if (table === undefined || head === undefined) return false;
    let id: SnapshotId = head.snapshotId;
    for (let n = 0; n < snapshots; n += 1) {
      const parent: SnapshotId | undefined = snapshotById(table.metadata, id)?.parentSnapshotId;
      if (parent === undefined || snapshotById(table.metadata, parent) === undefined) break;
      id = parent;
    }
    if (id === head.snapshotId) return false;
    await rollbackTo(table, id);
    return true;
  }

  async #expire(name: string): Promise<boolean> {
    const table = await this.open(name);
    const head = table && headOf(table.metadata);
    if (table === undefined || head === undefined) return false;
    const named = new Set(Object.values(table.metadata.refs).map((ref) => ref.snapshotId));
    const gone = table.metadata.snapshots.map(({ snapshotId }) => snapshotId).filter((id) => !named.has(id));
    if (gone.length === 0) return false;
    await expireSnapshots(table, gone);
    return true;
  }

  async #evolvePartition(name: string, partition: SourceSpec['partition']): Promise<boolean> {
    const table = (await this.open(name))!;
    const { metadata } = table;
    const column = nameOf(this.#sources.get(name)!, partition === 'landing' ? 'landing' : 'ts');
    const fields = partitionFields(currentSchema(metadata), partition, metadata.lastPartitionId + 1, column);
    await commitMetadata(table, async () => ({
      updates: [
        { action: 'add-spec', spec: { specId: metadata.partitionSpecs.length, fields } },
        { action: 'set-default-spec', specId: -1 },
      ],
    }));
    return true;
  }

  async #dropOld(name: string, before: number): Promise<boolean> {
    const column = nameOf(this.#sources.get(name)!, 'ts');
    const filter = lessThan(column, microsecondsOf(before));
    const table = (await this.open(name))!;
    return (await overwriteByFilter(table, { filter })) !== undefined;
  }

  async #evolveSchema(name: string, change: SchemaChangeKind): Promise<boolean> {
    const table = (await this.open(name))!;
    const schema = currentSchema(table.metadata);
    this.#evolutions += 1;
    const { source, changes } = evolve(this.#sources.get(name)!, schema, change, this.#evolutions);
    this.#sources.set(name, source);
    return (await updateSchema(table, changes)).metadataLocation !== table.metadataLocation;
  }

  async #foreignAppend(name: string, rows: readonly TargetRow[]): Promise<boolean> {
    const table = await this.open(name);
    if (table === undefined) return false;
    await fastAppend(table, await writeFiles(table, targetValues(rows)));
    return true;
  }

  async #create(
    name: string,
    columns: Readonly<Record<string, string>>,
    partition: SourceSpec['partition'],
  ): Promise<void> {
    const identifier = parseIdentifier(name);
    if (!(await this.#catalog.namespaceExists(identifier.namespace)))
      await this.#catalog.createNamespace(identifier.namespace);
    await this.#catalog.createTable(identifier, tableLayout(columns, partition));
  }

  #valuesOf(table: string, rows: readonly SourceRow[]): ValueRow[] {
    this.#landings += 1;
    return sourceValues(this.#sources.get(table)!, rows, this.#landings);
  }

  async #insert(name: string, rows: readonly ValueRow[]): Promise<void> {
    const table = (await this.open(name))!;
    await fastAppend(table, await writeFiles(table, rows));
  }
}
