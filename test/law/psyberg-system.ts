import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Engine, loadConfig, openProject, type Project, run } from '@psyberg/core';
import {
  commitSnapshot,
  currentSchema,
  defaultSpec,
  fastAppend,
  headOf,
  MemoryCatalog,
  NoSuchTableError,
  openTable,
  type PartitionField,
  parseIdentifier,
  parseTransform,
  parseType,
  planFiles,
  rewriteManifests,
  snapshotById,
  type Table,
} from '@psyberg/iceberg';
import { type ValueRow, writeFiles } from '../support/write-files.ts';
import {
  type InputSpec,
  LABELS_TABLE,
  type LabelRow,
  type ProcessSpec,
  type SourceRow,
  type SourceSpec,
  type TargetRow,
  targetTableOf,
} from './history.ts';
import type { LawSystem } from './law-system.ts';
import type { Sql } from './oracle/sql.ts';
import { columnsOf, TIME_CONFIGS, transformOf } from './psyberg-sql.ts';
import { WarehouseIO } from './warehouse-io.ts';

const BASE_MS = Date.UTC(2023, 8, 14);

class RunFailedError extends Error {}

/**
 * Psyberg itself, with a catalog in memory and files in a folder of its own. The engine is the caller's and is shared by many.
 */
export class PsybergSystem implements LawSystem {
  readonly #folder: string;
  readonly #engine: Engine;
  readonly #reader: Sql;
  readonly #catalog: MemoryCatalog;
  readonly #sources = new Map<string, SourceSpec>();
  #project: Project | undefined;
  #landings = 0;

  /** @param reader what readers of targets use: no engine of ours */
  constructor(folder: string, engine: Engine, reader: Sql) {
    this.#folder = folder;
    this.#engine = engine;
    this.#reader = reader;
    this.#catalog = new MemoryCatalog({ warehouse: folder, io: new WarehouseIO() });
  }

  async createSource(source: SourceSpec): Promise<void> {
    this.#sources.set(source.table, source);
    const columns = columnsOf(source);
    const partition = {
      none: undefined,
      landing: ['landing', 'identity'],
      hour: ['ts', 'hour'],
      day: ['ts', 'day'],
    }[source.partition];
    await this.#create(source.table, columns, partition);
  }

  async createLabels(rows: readonly LabelRow[]): Promise<void> {
    await this.#create(LABELS_TABLE, { key: 'int', label: 'string' }, undefined);
    await this.appendLabels(rows);
  }

  async configure(processes: readonly ProcessSpec[]): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const file = path.join(this.#folder, 'psyberg.json');
    const entries = processes.map((process) => [process.name, this.#configOf(process)]);
    await writeFile(file, JSON.stringify({ catalog: { type: 'memory' }, processes: Object.fromEntries(entries) }));
    const config = await loadConfig({ cwd: this.#folder, file, env: {} });
    this.#project = await openProject(config, { catalog: this.#catalog, createEngine: async () => this.#engine });
  }

  #configOf(process: ProcessSpec): object {
    const inputs = process.inputs.map((input) => ({
      table: input.table,
      time: this.#timeConfig(input),
      ...(input.before + input.after > 0 ? { reads: { before: `${input.before}m`, after: `${input.after}m` } } : {}),
    }));
    return {
      mode: { copy: 'stateless', totals: 'stateful', running: 'sequential' }[process.kind],
      sources: process.labelled ? [...inputs, { table: LABELS_TABLE, role: 'lookup' }] : inputs,
      target: {
        table: targetTableOf(process),
        time: 'ts',
        interval: process.grain,
        ...(process.partition === 'none' ? {} : { partition: [`${process.partition}(ts)`] }),
        ...(process.openInterval === undefined ? {} : { openInterval: process.openInterval }),
      },
      transform: { sql: transformOf(process, [...this.#sources.values()]) },
      ...(process.load === 'changed' ? { load: 'changed' } : {}),
      ...(process.isolate ? { isolate: true } : {}),
      ...(process.threshold === undefined ? {} : { catchUp: { threshold: `${process.threshold}m` } }),
    };
  }

  #timeConfig(input: InputSpec): unknown {
    const source = this.#sources.get(input.table);
    return source === undefined ? 'ts' : TIME_CONFIGS[source.time];
  }

  async append(table: string, rows: readonly SourceRow[]): Promise<void> {
    this.#landings += 1;
    const source = this.#sources.get(table)!;
    const landing = this.#landings;
    await this.#insert(
      table,
      rows.map(({ id, key, value, at }) => ({
        id: BigInt(id),
        key,
        value: BigInt(value),
        ...timeValues(source, at),
        landing,
      })),
    );
  }

  async appendLabels(rows: readonly LabelRow[]): Promise<void> {
    await this.#insert(
      LABELS_TABLE,
      rows.map((row) => ({ ...row })),
    );
  }

  async compact(name: string): Promise<boolean> {
    const table = await this.#open(name);
    if (table === undefined) return false;
    const live = await planFiles(table);
    // Now all files, now the older half, so that some sessions find their unread files mixed with read ones.
    const old = table.metadata.snapshots.length % 2 === 0 ? live : live.slice(0, Math.ceil(live.length / 2));
    if (old.length === 0) return false;
    const schema = currentSchema(table.metadata);
    const { files } = await this.#engine.transform({
      sql: 'select * from old',
      relations: [{ names: ['old'], schema, parts: [{ files: old.map((scanned) => scanned.file) }] }],
      parameters: {},
      target: targetOf(table, name),
      grain: 'hour',
      outside: 'error',
      nullTime: 'keep',
    });
    await commitSnapshot(table, async () => ({
      operation: 'replace',
      added: [{ name: 'compacted', files }],
      removed: old,
      summary: () => ({}),
    }));
    return true;
  }

  async mergeManifests(name: string): Promise<boolean> {
    const table = await this.#open(name);
    return table !== undefined && (await rewriteManifests(table)) !== undefined;
  }

  async rollbackTarget(process: ProcessSpec, snapshots: number): Promise<number> {
    const table = await this.#open(targetTableOf(process));
    let snapshot = table === undefined ? undefined : headOf(table.metadata);
    let steps = 0;
    while (table !== undefined && steps < snapshots && snapshot?.parentSnapshotId !== undefined) {
      snapshot = snapshotById(table.metadata, snapshot.parentSnapshotId);
      steps += 1;
    }
    if (table === undefined || snapshot === undefined || steps === 0) return 0;
    const ref = { type: 'branch', snapshotId: snapshot.snapshotId } as const;
    await this.#catalog.commitTable(table, [], [{ action: 'set-snapshot-ref', refName: 'main', ref }]);
    return steps;
  }

  async run(processes: readonly ProcessSpec[]): Promise<void> {
    const report = await run(this.#project!, { processes: processes.map((process) => process.name) });
    for (const { process, status, error, message } of report.processes) {
      if (status !== 'ok' && status !== 'nothing_to_do')
        throw new RunFailedError(`${process} ended ${status}: ${message}`, { cause: error });
    }
  }

  async readTarget(process: ProcessSpec): Promise<readonly TargetRow[]> {
    const table = await this.#open(targetTableOf(process));
    if (table === undefined) return [];
    const files = (await planFiles(table)).map((scanned) => scanned.file);
    if (files.length === 0) return [];
    const columns = process.kind === 'copy' ? ['id', 'key', 'value'] : ['key', 'n', 'value'];
    if (process.labelled) columns.push('label');
    const paths = files.map(({ path }) => `'${path}'`).join(', ');
    const rows = await this.#reader.rows(
      `select epoch_us(ts) as ts, ${columns.join(', ')} from read_parquet([${paths}], union_by_name = true, hive_partitioning = false)`,
    );
    return rows.map((row) => ({ ...row, ts: (Number(row.ts) / 1000 - BASE_MS) / 60_000 }) as TargetRow);
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #open(name: string): Promise<Table | undefined> {
    try {
      return await openTable(this.#catalog, parseIdentifier(name));
    } catch (error) {
      if (error instanceof NoSuchTableError) return undefined;
      throw error;
    }
  }

  async #create(
    name: string,
    columns: Readonly<Record<string, string>>,
    partition: readonly string[] | undefined,
  ): Promise<void> {
    const identifier = parseIdentifier(name);
    if (!(await this.#catalog.namespaceExists(identifier.namespace)))
      await this.#catalog.createNamespace(identifier.namespace);
    const fields = Object.entries(columns).map(([column, type], n) => ({
      id: n + 1,
      name: column,
      required: false,
      type: parseType(type),
    }));
    const partitionFields =
      partition === undefined ? [] : [partitionField(Object.keys(columns), partition[0]!, partition[1]!)];
    await this.#catalog.createTable(identifier, {
      schema: { schemaId: 0, fields },
      partitionSpec: { specId: 0, fields: partitionFields },
    });
  }

  async #insert(name: string, rows: readonly ValueRow[]): Promise<void> {
    const table = (await this.#open(name))!;
    await fastAppend(table, await writeFiles(table, rows));
  }
}

function targetOf(table: Table, name: string) {
  const { metadata } = table;
  return {
    table: name,
    schema: currentSchema(metadata),
    spec: defaultSpec(metadata),
    dataLocation: `${metadata.location}/data`,
    properties: metadata.properties,
  };
}

function partitionField(columns: readonly string[], column: string, transform: string): PartitionField {
  return {
    sourceId: columns.indexOf(column) + 1,
    fieldId: 1000,
    name: `by_${column}`,
    transform: parseTransform(transform),
  };
}

function timeValues(source: SourceSpec, at: number | null): ValueRow {
  if (at === null) return {};
  const ms = BASE_MS + at * 60_000;
  const iso = new Date(ms).toISOString();
  switch (source.time) {
    case 'timestamptz':
    case 'timestamp':
      return { ts: BigInt(ms) * 1000n };
    case 'epoch_ms':
      return { ts_ms: BigInt(ms) };
    case 'date_hour':
      return { landing_date: Number(iso.slice(0, 10).replaceAll('-', '')), landing_hour: Number(iso.slice(11, 13)) };
    case 'date':
      return { day: Math.floor(ms / 86_400_000) };
  }
}
