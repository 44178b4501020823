import type { HistoryEvent, LabelRow, ProcessSpec, SourceRow, SourceSpec, TargetRow } from '../history.ts';
import { targetTableOf } from '../history.ts';
import { ceilTo, floorTo, lengthOf, type Span, slotsBetween, touchedSlots } from './hours.ts';
import type { Sql } from './sql.ts';
import { type InputRow, truth } from './truth.ts';

/**
 * What the tables of a history must hold, kept as rows in memory.
 *
 * The model knows the law and the few rules that say which intervals a session computes, because thresholds and lookups make
 * the rows of an interval depend on when it was last computed. Where neither is in play, `recompute` tells the same from the
 * rows of the sources alone, and the two must agree.
 */
export class Model {
  readonly #sql: Sql;
  readonly #tables = new Map<string, TableState>();
  readonly #processes: readonly ProcessSpec[];
  readonly #states = new Map<string, ProcessState>();
  #labels: LabelRow[] = [];

  constructor(
    sql: Sql,
    sources: readonly SourceSpec[],
    processes: readonly ProcessSpec[],
    labels: readonly LabelRow[] = [],
  ) {
    this.#sql = sql;
    this.#processes = processes;
    this.#labels = [...labels];
    for (const source of sources) this.#tables.set(source.table, { source, rows: [], log: [], heads: [] });
    for (const process of processes) {
      this.#tables.set(targetTableOf(process), { rows: [], log: [], heads: [] });
      this.#states.set(process.name, NEVER_RUN);
    }
  }

  async apply(event: HistoryEvent): Promise<void> {
    switch (event.do) {
      case 'append':
        return this.#append(event.table, event.rows);
      case 'label':
        this.#labels = [...this.#labels, ...event.rows];
        return;
      case 'compact':
      case 'merge manifests':
        // The same rows in other files: for a target one more snapshot to go back to, for readers nothing.
        return this.#repeatHead(event.table);
      case 'roll back':
        return this.#rollBack(event.process, event.snapshots);
      case 'run':
        for (const process of this.#processes) {
          if (event.processes?.includes(process.name) ?? true) await this.#run(process);
        }
    }
  }

  rowsOf(process: ProcessSpec): readonly TargetRow[] {
    return this.#table(targetTableOf(process)).rows;
  }

  stateOf(process: ProcessSpec): ProcessState {
    return this.#states.get(process.name)!;
  }

  /**
   * The law itself: all of [L, U) from the rows that the sources had at the high watermarks. Undefined where lookups or
   * thresholds make the past matter, or where a source does not hold those rows any more.
   */
  async recompute(process: ProcessSpec): Promise<readonly TargetRow[] | undefined> {
    const state = this.stateOf(process);
    if (process.labelled || process.threshold !== undefined || state.frozen) return undefined;
    const inputs = process.inputs.map((input) => this.#table(input.table));
    if (state.watermarks.some((watermark, n) => watermark !== inputs[n]!.log.length)) return undefined;
    const length = lengthOf(process.grain);
    const slots = state.lower === undefined ? [] : slotsBetween(length, state.lower, state.upper!);
    if (state.watermarks.length === 0) return [];
    return truth(this.#sql, {
      process,
      rows: this.#inputRows(process),
      labels: [],
      lengthMinutes: length,
      slots,
      before: [],
    });
  }

  #table(name: string): TableState {
    return this.#tables.get(name)!;
  }

  #append(name: string, rows: readonly SourceRow[]): void {
    const table = this.#table(name);
    const width = widthOf(table.source!);
    const spans = rows.flatMap((row) => (row.at === null ? [] : [{ start: row.at, end: row.at + width }]));
    table.rows = [
      ...table.rows,
      ...rows.flatMap((row) => (row.at === null ? [] : [{ id: row.id, ts: row.at, key: row.key, value: row.value }])),
    ];
    table.log.push(spans);
    for (const span of spans) table.seen = Math.max(table.seen ?? span.end, span.end);
  }

  #repeatHead(name: string): void {
    const { heads, rows } = this.#table(name);
    if (heads.length > 0 && rows.length > 0) heads.push({ ...heads[heads.length - 1]!, rows });
  }

  #rollBack(name: string, snapshots: number): void {
    const process = this.#processes.find((candidate) => candidate.name === name)!;
    const table = this.#table(targetTableOf(process));
    const steps = Math.min(snapshots, table.heads.length - 1);
    if (steps <= 0) return;
    const undone = table.heads.splice(table.heads.length - steps, steps);
    const head = table.heads[table.heads.length - 1]!;
    this.#states.set(name, head.state);
    table.rows = head.rows;
    table.log.push(undone.flatMap((gone) => gone.written));
  }

  #inputRows(process: ProcessSpec): InputRow[] {
    return process.inputs.flatMap((input, n) =>
      this.#table(input.table).rows.map((row) => ({
        input: n,
        key: row.key,
        value: row.value,
        at: row.ts,
        ...(row.id === undefined ? {} : { id: row.id }),
      })),
    );
  }

  /** How far a table is complete; undefined when nothing was ever seen of it. */
  #complete(name: string): number | undefined {
    const table = this.#table(name);
    if (table.source !== undefined) return table.seen;
    return this.#states.get(name.slice('dw.'.length))!.signal;
  }

  /** Least over the inputs; undefined while nothing was ever seen of one of them. */
  #completeFor(process: ProcessSpec): number | undefined {
    const each = process.inputs.map((input) => minus(this.#complete(input.table), input.after));
    return each.includes(undefined) ? undefined : leastOf(each);
  }

  async #run(process: ProcessSpec): Promise<void> {
    const state = this.stateOf(process);
    const complete = this.#completeFor(process);
    const watermarks = process.inputs.map((input) => this.#table(input.table).log.length);
    if (process.kind === 'copy')
      return this.#runCopy(process, { ...state, watermarks, ...signalOf(complete, undefined) });
    const length = lengthOf(process.grain);
    const bound =
      complete === undefined ? undefined : (process.openInterval === 'wait' ? floorTo : ceilTo)(length, complete);
    const upper = greatestOf([bound, state.upper]);
    if (upper === undefined) return;
    const plan = this.#plan(process, state, upper);
    // Until something was computed, every run is a first run.
    if (state.upper === undefined && plan.write.length === 0) return;
    const next: ProcessState = {
      watermarks,
      upper,
      ...signalOf(complete, upper),
      ...definedLower(leastOf([state.lower, plan.write[0]])),
      skipped: new Set([...state.skipped, ...plan.skipped].filter((slot) => !plan.write.includes(slot))),
      frozen: state.frozen || plan.skipped.length > 0,
    };
    await this.#overwrite(process, plan.write, next);
  }

  #plan(process: ProcessSpec, state: ProcessState, upper: number): { write: number[]; skipped: number[] } {
    const length = lengthOf(process.grain);
    const changed = new Set<number>();
    process.inputs.forEach((input, n) => {
      for (const spans of this.#table(input.table).log.slice(state.watermarks[n] ?? 0)) {
        for (const span of spans)
          for (const slot of touchedSlots(length, span, input.before, input.after)) changed.add(slot);
      }
    });
    const tooOld =
      state.upper === undefined || process.threshold === undefined
        ? Number.NEGATIVE_INFINITY
        : state.upper - process.threshold;
    const all = [...changed].sort((a, b) => a - b);
    const work = all.filter((slot) => slot >= tooOld && slot < upper);
    const lowest = leastOf([work[0], state.upper !== undefined && state.upper < upper ? state.upper : undefined]);
    const skipped = all.filter((slot) => slot < tooOld);
    if (lowest === undefined) return { write: [], skipped };
    if (process.load === 'range' || process.kind === 'running')
      return { write: slotsBetween(length, lowest, upper), skipped };
    const write = new Set([
      ...work,
      ...slotsBetween(length, state.upper ?? lowest, upper),
      ...slotsBetween(length, lowest, state.lower ?? lowest),
    ]);
    return { write: [...write].sort((a, b) => a - b), skipped };
  }

  async #overwrite(process: ProcessSpec, write: readonly number[], next: ProcessState): Promise<void> {
    const table = this.#table(targetTableOf(process));
    const length = lengthOf(process.grain);
    const slots = new Set(write);
    const before = table.rows.filter((row) => row.ts === write[0]! - length);
    const rows = await truth(this.#sql, {
      process,
      rows: this.#inputRows(process),
      labels: this.#labels,
      lengthMinutes: length,
      slots: write,
      before,
    });
    const kept = table.rows.filter((row) => !slots.has(row.ts));
    this.#states.set(process.name, next);
    if (kept.length === table.rows.length && rows.length === 0) return;
    this.#publish(
      table,
      [...kept, ...rows],
      write.map((slot) => ({ start: slot, end: slot + length })),
      next,
    );
  }

  async #runCopy(process: ProcessSpec, next: ProcessState): Promise<void> {
    const table = this.#table(targetTableOf(process));
    const done = new Set(table.rows.map((row) => row.id));
    const fresh = this.#inputRows(process).filter((row) => !done.has(row.id));
    const rows = await truth(this.#sql, {
      process,
      rows: fresh,
      labels: this.#labels,
      lengthMinutes: 60,
      slots: [],
      before: [],
    });
    this.#states.set(process.name, next);
    if (rows.length === 0) return;
    const hours = new Set(rows.map((row) => floorTo(60, row.ts)));
    this.#publish(
      table,
      [...table.rows, ...rows],
      [...hours].map((hour) => ({ start: hour, end: hour + 60 })),
      next,
    );
  }

  #publish(table: TableState, rows: readonly TargetRow[], written: readonly Span[], state: ProcessState): void {
    table.rows = rows;
    table.log.push(written);
    table.heads.push({ rows, state, written });
  }
}

interface TableState {
  /** Absent for targets. */
  readonly source?: SourceSpec;
  rows: readonly TargetRow[];
  /** What each commit changed, compactions left out. */
  readonly log: (readonly Span[])[];
  /** A target's snapshots, oldest first, each with what the process's state was when it was published. */
  readonly heads: {
    readonly rows: readonly TargetRow[];
    readonly state: ProcessState;
    readonly written: readonly Span[];
  }[];
  /** End of the latest value ever seen. */
  seen?: number;
}

export interface ProcessState {
  /** Position in each input's log up to which its changes are in the target. */
  readonly watermarks: readonly number[];
  readonly upper?: number;
  readonly lower?: number;
  readonly signal?: number;
  readonly skipped: ReadonlySet<number>;
  /** Whether intervals were ever skipped, so that the past matters. */
  readonly frozen: boolean;
}

const NEVER_RUN: ProcessState = { watermarks: [], skipped: new Set(), frozen: false };

/** How long the span of one value is, in minutes. */
function widthOf(source: SourceSpec): number {
  return source.time === 'date_hour' ? 60 : source.time === 'date' ? 1440 : 0;
}

const minus = (a: number | undefined, b: number): number | undefined => (a === undefined ? undefined : a - b);

/** Undefined when there is none. */
function leastOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function greatestOf(values: readonly (number | undefined)[]): number | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}

const signalOf = (complete: number | undefined, upper: number | undefined): { signal?: number } => {
  const signal = complete === undefined ? undefined : leastOf([complete, upper]);
  return signal === undefined ? {} : { signal };
};

const definedLower = (lower: number | undefined): { lower?: number } => (lower === undefined ? {} : { lower });
