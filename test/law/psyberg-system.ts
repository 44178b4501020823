import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  AttemptRefusedError,
  backfill,
  type ChainReport,
  commit,
  type Engine,
  FencedError,
  init,
  type LoadedConfig,
  loadConfig,
  openProject,
  type Project,
  PublishConflictError,
  publish,
  type RunOptions,
  run,
  skip,
  toInstant,
  write,
} from '@psyberg/core';
import { MemoryCatalog, planFiles, type Table } from '@psyberg/iceberg';
import {
  type Act,
  type HistoryEvent,
  type LabelRow,
  type ProcessSpec,
  type SourceSpec,
  type TargetRow,
  targetTableOf,
} from './history.ts';
import type { LawSystem } from './law-system.ts';
import type { Outcome } from './oracle/model.ts';
import type { Sql } from './oracle/sql.ts';
import { configOf } from './psyberg-sql.ts';
import { type Faults, ProcessDied, RunHandle } from './run-handle.ts';
import { TableHands } from './table-hands.ts';
import { WarehouseIO } from './warehouse-io.ts';

const BASE_MS = Date.UTC(2023, 8, 14);
const ATTEMPTS_MAX = 4;

class RunFailedError extends Error {}

type EventOf<K extends HistoryEvent['do']> = Extract<HistoryEvent, { do: K }>;

/**
 * Psyberg itself, with a catalog in memory and data files in a folder of its own. The engine is the caller's and is shared by many.
 */
export class PsybergSystem implements LawSystem {
  readonly #folder: string;
  readonly #engine: Engine;
  readonly #reader: Sql;
  readonly #io = new WarehouseIO();
  readonly #catalog: MemoryCatalog;
  readonly #hands: TableHands;
  #config: LoadedConfig | undefined;
  #processes: readonly ProcessSpec[] = [];
  #sessions = 0;
  /** What targets held at their newest metadata. */
  readonly #read = new Map<string, { readonly metadataLocation: string; readonly rows: readonly TargetRow[] }>();

  /** @param reader what readers of targets use: no engine of ours */
  constructor(folder: string, engine: Engine, reader: Sql) {
    this.#folder = folder;
    this.#engine = engine;
    this.#reader = reader;
    this.#catalog = new MemoryCatalog({ warehouse: folder, io: this.#io });
    this.#hands = new TableHands(this.#catalog, engine, reader);
  }

  createSource(source: SourceSpec): Promise<void> {
    return this.#hands.createSource(source);
  }

  createLabels(rows: readonly LabelRow[]): Promise<void> {
    return this.#hands.createLabels(rows);
  }

  async configure(processes: readonly ProcessSpec[]): Promise<void> {
    this.#processes = processes;
    await mkdir(this.#folder, { recursive: true });
    const file = path.join(this.#folder, 'psyberg.json');
    const entries = processes.map((process) => [process.name, configOf(process, this.#hands.sources)]);
    await writeFile(file, JSON.stringify({ catalog: { type: 'memory' }, processes: Object.fromEntries(entries) }));
    this.#config = await loadConfig({ cwd: this.#folder, file, env: {} });
  }

  async perform(event: HistoryEvent): Promise<boolean | Outcome> {
    switch (event.do) {
      case 'run':
        return this.#run(event);
      case 'crash':
        return this.#crash(event);
      case 'race':
        return this.#race(event);
      case 'steps':
        return this.#steps(event);
      case 'backfill':
        return this.#backfill(event);
      case 'skip':
        await skip((await this.#open()).project, {
          process: event.process,
          source: event.table,
          to: 'current',
          reason: 'known to be wrong',
        });
        return true;
      case 'recompute':
        await this.#recompute(event.process);
        return true;
      case 'add source':
        await this.#addSource(event);
        return true;
      case 'evolve schema': {
        const isDone = await this.#hands.perform(event);
        // Somebody writes the new names into the configuration.
        await this.configure(this.#processes);
        return isDone;
      }
      default:
        return this.#hands.perform(event);
    }
  }

  async #recompute(process: string): Promise<void> {
    checkReport(await run((await this.#open()).project, { processes: [process], recompute: true }), []);
  }

  async #addSource({ process: name, table }: EventOf<'add source'>): Promise<void> {
    const more = { table, before: 0, after: 0 };
    await this.configure(
      this.#processes.map((process) =>
        process.name === name ? { ...process, inputs: [...process.inputs, more] } : process,
      ),
    );
    const asked = await run((await this.#open()).project, { processes: [name] });
    for (const { status } of asked.processes)
      if (status !== 'needs_decision') throw new RunFailedError(`${name} with a new source ended ${status}`);
    await this.#recompute(name);
  }

  async readTarget(process: ProcessSpec): Promise<readonly TargetRow[]> {
    const table = await this.#hands.open(targetTableOf(process));
    if (table === undefined) return [];
    const known = this.#read.get(process.name);
    if (known?.metadataLocation === table.metadataLocation) return known.rows;
    const rows = await this.#readRows(process, table);
    this.#read.set(process.name, { metadataLocation: table.metadataLocation, rows });
    return rows;
  }

  async #readRows(process: ProcessSpec, table: Table): Promise<readonly TargetRow[]> {
    const files = (await planFiles(table)).map((scanned) => scanned.file);
    if (files.length === 0) return [];
    const columns = process.kind === 'copy' ? ['id', 'key', 'value'] : ['key', 'n', 'value'];
    if (process.labelled) columns.push('label');
    const paths = files.map((file) => `'${file.path}'`).join(', ');
    const rows = await this.#reader.rows(
      `select epoch_us(ts) as ts, ${columns.join(', ')} from read_parquet([${paths}], union_by_name = true, hive_partitioning = false)`,
    );
    return rows.map((row) => ({ ...row, ts: (Number(row.ts) / 1000 - BASE_MS) / 60_000 }) as TargetRow);
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** As a process of its own would open it. */
  async #open(faults: Faults = {}): Promise<{ handle: RunHandle; project: Project }> {
    const handle = new RunHandle(this.#catalog, this.#engine, this.#io, faults);
    const createEngine = async () => handle.engine;
    const project = await openProject(this.#config!, {
      catalog: handle.catalog,
      createEngine,
      onEvent: handle.onEvent,
    });
    return { handle, project };
  }

  /** @param allowed how processes may end besides well */
  async #runAll(project: Project, event: { maxIntervals?: number; processes?: readonly string[] }, allowed: string[]) {
    const options: RunOptions = {
      ...(event.processes && { processes: event.processes }),
      ...(event.maxIntervals !== undefined && { maxIntervals: event.maxIntervals }),
    };
    checkReport(await run(project, options), allowed);
  }

  async #backfill({ process, from, to }: EventOf<'backfill'>): Promise<boolean> {
    const [start, end] = [from, to].map((minute) => toInstant(BigInt(BASE_MS + minute * 60_000) * 1000n));
    checkReport(await backfill((await this.#open()).project, { process, from: start!, to: end! }), []);
    return true;
  }

  async #run(event: EventOf<'run'>): Promise<boolean | Outcome> {
    const { meanwhile } = event;
    if (meanwhile === undefined) {
      await this.#runAll((await this.#open()).project, event, []);
      return true;
    }
    const table = targetTableOf({ name: meanwhile.process });
    const acts: Act[] = [];
    let swaps = 0;
    const { handle, project } = await this.#open({
      beforeSwap: async (name) => {
        // Who reads the table swaps its metadata too, for a tag, and later.
        if (name !== table || !handle.isRunning(meanwhile.process)) return;
        swaps += 1;
        if (swaps === meanwhile.swap) acts.push(...(await this.#performAll(meanwhile.acts)));
      },
    });
    const mayLose = meanwhile.acts.some(({ do: what }) => what === 'roll back');
    await this.#runAll(project, event, mayLose ? ['conflict', 'blocked'] : []);
    return this.#outcome([handle], acts);
  }

  async #performAll(acts: readonly Act[]): Promise<Act[]> {
    const done: Act[] = [];
    for (const act of acts) if (await this.#hands.perform(act)) done.push(act);
    return done;
  }

  #outcome(handles: readonly RunHandle[], acts: readonly Act[], notes: readonly string[] = []): Outcome {
    const finished = new Set(handles.flatMap((handle) => [...handle.finished]));
    const published = this.#processes.map((process): [string, number] => {
      const table = targetTableOf(process);
      return [process.name, handles.reduce((sum, handle) => sum + (handle.published.get(table) ?? 0), 0)];
    });
    return { finished, published: new Map(published), acts, notes };
  }

  async #crash(event: EventOf<'crash'>): Promise<Outcome> {
    let points = 0;
    const notes: string[] = [];
    const { handle, project } = await this.#open({
      onPoint: (point) => {
        points += 1;
        if (points === event.at) notes.push(`${event.how} ${point}`);
        if (event.how === 'dies' ? points >= event.at : points === event.at)
          throw new ProcessDied(`${event.how} at write ${points}, ${point}`);
      },
    });
    try {
      await this.#runAll(project, event, ['failed', 'conflict', 'blocked']);
    } catch (error) {
      if (!(error instanceof ProcessDied)) throw error;
    }
    this.#io.onWrite = () => undefined;
    await this.#bury();
    return this.#outcome([handle], [], notes.length > 0 ? notes : ['ends before the crash']);
  }

  /** The owner of every lease is dead: no process has been started then. */
  async #bury(): Promise<void> {
    if (!(await this.#catalog.namespaceExists(['psyberg']))) return;
    for (const [key, text] of Object.entries(await this.#catalog.namespaceProperties(['psyberg']))) {
      if (!key.startsWith('psyberg.lease.')) continue;
      const dead = JSON.stringify({ ...JSON.parse(text), pidStart: 'never' });
      await this.#catalog.compareAndSetNamespaceProperty(['psyberg'], key, text, dead);
    }
  }

  async #race(event: EventOf<'race'>): Promise<Outcome> {
    let points = 0;
    let begin: () => void = () => undefined;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const first = await this.#open({
      onPoint: () => {
        points += 1;
        if (points === event.at) begin();
      },
    });
    const { onWrite } = this.#io;
    const second = await this.#open({ withoutLease: true });
    this.#io.onWrite = onWrite;
    const allowed = ['conflict', 'blocked'];
    const running = this.#runAll(first.project, event, allowed).finally(begin);
    await Promise.all([running, begun.then(() => this.#runAll(second.project, event, allowed))]);
    const [one, two] = [first.handle.finished.size, second.handle.finished.size];
    return this.#outcome(
      [first.handle, second.handle],
      [],
      [`race: ${one > 0 ? 'first' : 'nothing'} ${two > 0 ? 'and second' : ''} went through`],
    );
  }

  async #steps(event: EventOf<'steps'>): Promise<Outcome> {
    const { handle, project } = await this.#open();
    this.#sessions += 1;
    const step = { process: event.process, session: `by-steps-${this.#sessions}` };
    const planned = await init(project, step);
    if (planned.state === 'empty') {
      handle.finished.add(event.process);
      return this.#outcome([handle], []);
    }
    const acts = await this.#performAll(event.afterInit);
    await write(project, step);
    acts.push(...(await this.#performAll(event.afterWrite)));
    if (await this.#publishSteps(project, step, acts)) handle.finished.add(event.process);
    return this.#outcome([handle], acts);
  }

  /** @returns false when another session holds since, which only a rollback explains */
  async #publishSteps(project: Project, step: { process: string; session: string }, acts: readonly Act[]) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await publish(project, step);
        await commit(project, step);
        return true;
      } catch (error) {
        if (error instanceof FencedError && acts.some(({ do: what }) => what === 'roll back')) return false;
        const isOver = error instanceof PublishConflictError || error instanceof AttemptRefusedError;
        if (!isOver || attempt === ATTEMPTS_MAX) throw error;
        await write(project, step);
      }
    }
  }
}

function checkReport(report: ChainReport, allowed: readonly string[]): void {
  for (const { process, status, error, message } of report.processes) {
    if (!['ok', 'nothing_to_do', ...allowed].includes(status))
      throw new RunFailedError(`${process} ended ${status}: ${message}`, { cause: error });
  }
}
