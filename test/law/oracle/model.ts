import type { Act, HistoryEvent, LabelRow, ProcessSpec, SourceRow, SourceSpec, TargetRow } from '../history.ts';
import { targetTableOf } from '../history.ts';
import { allows } from './allows.ts';
import { floorTo, lengthOf, slotsBetween } from './hours.ts';
import { House } from './house.ts';
import { type ModelRow, type ModelSnapshot, without } from './model-table.ts';
import { type ModelPlan, planBackfill, planCopy, planOverwrite, skipChange } from './plan.ts';
import { NEVER_RUN, type ProcessState } from './process-state.ts';
import type { Sql } from './sql.ts';
import { type InputRow, truth } from './truth.ts';

/** What came of a run that died, raced another, or was disturbed. */
export interface Outcome {
  /** Processes that went through to their end. */
  readonly finished: ReadonlySet<string>;
  /** Of the others: how many commits, of rows or of a record alone, they had published. */
  readonly published: ReadonlyMap<string, number>;
  /** What other hands did meanwhile. */
  readonly acts: readonly Act[];
  /** What is worth counting besides. */
  readonly notes: readonly string[];
}

interface RunOptions {
  readonly processes: readonly string[] | undefined;
  readonly maxIntervals: number | undefined;
  readonly outcome: Outcome | undefined;
  /** The process between whose planning and publishing other hands act. */
  readonly disturbed: string | undefined;
}

/**
 * What the tables of a history must hold, kept as rows in memory.
 *
 * The model knows the law and the few rules that say which intervals a session computes, because thresholds and lookups make
 * the rows of an interval depend on when it was last computed. Where neither is in play, `recompute` tells the same from the
 * rows of the sources alone, and the two must agree.
 */
export class Model {
  readonly #sql: Sql;
  readonly #house: House;
  #labels: LabelRow[] = [];
  /** Commits with rows to sources. */
  #landings = 0;

  constructor(
    sql: Sql,
    sources: readonly SourceSpec[],
    processes: readonly ProcessSpec[],
    labels: readonly LabelRow[] = [],
  ) {
    this.#sql = sql;
    this.#house = new House(sources, processes);
    this.#labels = [...labels];
  }

  /** Whether the event is one that Psyberg goes on from without a person; others are passed over. */
  allows(event: HistoryEvent): boolean {
    return allows(this.#house, event);
  }

  async apply(event: HistoryEvent, outcome?: Outcome): Promise<void> {
    switch (event.do) {
      case 'append':
        return this.#change(event.table, [], [], event.rows);
      case 'overwrite':
        this.#house.becomesVague(event.table);
        return this.#change(event.table, event.without, event.again ?? [], event.rows);
      case 'label':
        this.#labels = [...this.#labels, ...event.rows];
        return;
      case 'compact':
        if (!this.#house.hasAllSteps(event.table)) this.#house.becomesVague(event.table);
        return this.#repeatHead(event.table);
      case 'merge manifests':
        return this.#repeatHead(event.table);
      case 'expire':
        return this.#house.expire(event.table);
      case 'declare':
        this.#house.table(event.table).declared = event.until;
        return;
      case 'evolve partition':
      case 'evolve schema':
        return;
      case 'foreign append':
        return this.#foreignAppend(event.table, event.rows);
      case 'roll back':
        return this.#rollBack(event.table, event.snapshots);
      case 'crash':
      case 'race':
      case 'run':
        return this.#run({
          processes: event.processes,
          maxIntervals: 'maxIntervals' in event ? event.maxIntervals : undefined,
          outcome,
          disturbed: 'meanwhile' in event ? event.meanwhile?.process : undefined,
        });
      case 'recompute':
        return this.#makeAll(this.#house.process(event.process));
      case 'add source': {
        const process = this.#house.withSource(event);
        this.#house.configure(process);
        return this.#makeAll(process);
      }
      case 'drop old':
        return this.#dropOld(event.table, event.before);
      case 'skip': {
        const process = this.#house.process(event.process);
        const n = process.inputs.findIndex(({ table }) => table === event.table);
        this.#house.say(process, skipChange(process, this.stateOf(process), this.#house.inputsOf(process), n));
        return;
      }
      case 'backfill': {
        const process = this.#house.process(event.process);
        await this.#runProcess(process, undefined, Number.POSITIVE_INFINITY, []);
        const plan = planBackfill(process, this.stateOf(process), event.from, event.to);
        await this.#carryOut(process, plan, this.#labels);
        return;
      }
      case 'steps':
        return this.#run({
          processes: [event.process],
          maxIntervals: undefined,
          outcome,
          disturbed: event.process,
        });
    }
  }

  rowsOf(process: ProcessSpec): readonly TargetRow[] {
    return this.#house.table(targetTableOf(process)).rows;
  }

  /** Whether each row of the process must have just the label that it has here. */
  knowsLabels({ name }: ProcessSpec): boolean {
    return !this.#house.unsureLabels.has(name);
  }

  stateOf(process: ProcessSpec): ProcessState {
    return this.#house.stateOf(process);
  }

  /**
   * The law itself: all of [L, U) from the rows that the sources had at the high watermarks. Undefined where lookups, thresholds or
   * the hands of others make the past matter, where something is pending, or where a source does not hold those rows any more.
   */
  async recompute({ name }: ProcessSpec): Promise<readonly TargetRow[] | undefined> {
    const process = this.#house.process(name);
    const state = this.stateOf(process);
    if (process.labelled || process.threshold !== undefined || state.frozen) return undefined;
    // It keeps what its sources take back.
    if (process.onOverwrite === 'added-only') return undefined;
    if (state.pending.length > 0 || state.part !== undefined) return undefined;
    if (state.marks.length === 0) return [];
    const inputs = process.inputs.map((input) => this.#house.table(input.table));
    if (state.marks.some((mark, n) => mark !== inputs[n]!.head)) return undefined;
    const length = lengthOf(process.grain);
    const slots =
      state.lower === undefined || state.upper === undefined ? [] : slotsBetween(length, state.lower, state.upper);
    const rows = this.#rowsAt(process, state.marks);
    return truth(this.#sql, { process, rows, labels: [], lengthMinutes: length, slots, before: [] });
  }

  async #makeAll(process: ProcessSpec): Promise<void> {
    this.#house.becomesVague(targetTableOf(process));
    await this.#carryOut(process, this.#house.planAnew(process)!, this.#labels);
  }

  /** Not a change to those who have read it. */
  #dropOld(name: string, before: number): void {
    const table = this.#house.table(name);
    const dropped = table.rows.filter(({ ts }) => ts < before);
    const rows = table.rows.filter(({ ts }) => ts >= before);
    if (dropped.length > 0) table.push({ rows, changed: [], brought: [], kind: 'overwrite', dropped });
  }

  #change(name: string, gone: readonly number[], again: readonly number[], rows: readonly SourceRow[]): void {
    const table = this.#house.table(name);
    this.#landings += 1;
    const taken = table.rows.filter((row) => gone.includes(row.id!));
    const doubled = table.rows.filter((row) => again.includes(row.id!));
    // What has no time belongs to no interval.
    const fresh = rows.flatMap(({ id, at: ts, key, value }) =>
      ts === null ? [] : [{ id, ts, key, value, landing: this.#landings }],
    );
    const brought = [...doubled, ...fresh];
    const spans = brought.map((row) => table.spanOf(row));
    table.push({
      rows: [...without(table.rows, taken), ...brought],
      changed: [...taken.map((row) => table.spanOf(row)), ...spans],
      brought: spans,
      ...(taken.length + doubled.length > 0 ? { kind: 'overwrite', isVague: true } : { kind: 'append' }),
    });
  }

  /** Somebody else's rows stay until a session overwrites their interval. */
  #foreignAppend(name: string, rows: readonly TargetRow[]): void {
    const table = this.#house.table(name);
    const spans = rows.map((row) => table.spanOf(row));
    const process = this.#house.writerOf(name)!;
    this.#house.setState(process, { ...this.stateOf(process), frozen: true });
    table.push({
      rows: [...table.rows, ...rows],
      changed: spans,
      brought: spans,
      kind: 'append',
      isForeign: true,
    });
  }

  /** The same rows in other files: for a target one more snapshot to go back to, for readers nothing. */
  #repeatHead(name: string): void {
    const table = this.#house.table(name);
    if (table.head !== undefined) table.push({ rows: table.rows, changed: [], brought: [], kind: 'replace' });
  }

  #rollBack(name: string, snapshots: number): void {
    const table = this.#house.table(name);
    if (table.rollBack(snapshots) === 0) return;
    this.#house.becomesVague(name);
    if (table.source !== undefined) return;
    const process = this.#house.writerOf(name)!;
    this.#house.setState(process, this.#house.heldNow(name) ?? NEVER_RUN);
    this.#house.wentBack.add(process.name);
  }

  #rowsAt(process: ProcessSpec, pins: readonly (ModelSnapshot | undefined)[]): InputRow[] {
    return process.inputs.flatMap((_, n) => asInput(n, pins[n]?.rows ?? []));
  }

  async #run(options: RunOptions): Promise<void> {
    const { outcome, disturbed } = options;
    for (const process of this.#house.processes) {
      if (options.processes?.includes(process.name) === false) continue;
      const acts = disturbed === process.name ? (outcome?.acts ?? []) : [];
      const isWhole = outcome === undefined || outcome.finished.has(process.name);
      // Parts of what replaces intervals are more snapshots than here, and come to the same in the end.
      const isTakenWhole = isWhole && process.onOverwrite === 'recompute' && options.maxIntervals !== undefined;
      if (isTakenWhole) this.#house.table(targetTableOf(process)).isUnsure = true;
      const commits = isWhole ? Number.POSITIVE_INFINITY : (outcome.published.get(process.name) ?? 0);
      await this.#runProcess(process, isTakenWhole ? undefined : options.maxIntervals, commits, acts);
      this.#house.ranOut(process, isWhole);
    }
  }

  /** @param commits after so many commits to its target the process came to its end */
  async #runProcess(
    process: ProcessSpec,
    maxIntervals: number | undefined,
    commits: number,
    acts: readonly Act[],
  ): Promise<void> {
    let left = commits;
    let isFirst = true;
    do {
      const state = this.stateOf(process);
      const plan = (process.kind === 'copy' ? planCopy : planOverwrite)(
        process,
        state,
        this.#house.inputsOf(process),
        maxIntervals,
      );
      const labels = this.#labels;
      const mayWriteMore = process.inputs.some(
        ({ table }, n) => !this.#house.table(table).isPlainSince(state.marks[n]) || this.#house.table(table).isUnsure,
      );
      if (isFirst) for (const act of acts) await this.apply(act);
      isFirst = false;
      if (plan === undefined || left <= 0) return;
      const came = await this.#carryOut(process, plan, labels);
      if (came !== 'nothing') left -= 1;
      // Other files with the same rows may have made it write what was there, in parts also besides what changed.
      if ((came !== 'rows' || maxIntervals !== undefined) && mayWriteMore)
        this.#house.table(targetTableOf(process)).isUnsure = true;
    } while (maxIntervals !== undefined && this.#isInParts(process) && left > 0);
  }

  #isInParts(process: ProcessSpec): boolean {
    const { pending, part } = this.stateOf(process);
    return pending.length > 0 || part !== undefined;
  }

  /** @returns rows changed, so that there is a new snapshot; or a record alone was left; or nothing at all */
  async #carryOut(
    process: ProcessSpec,
    plan: ModelPlan,
    labels: readonly LabelRow[],
  ): Promise<'rows' | 'record' | 'nothing'> {
    const table = this.#house.table(targetTableOf(process));
    const length = lengthOf(process.grain);
    const isCopy = process.kind === 'copy';
    const slots = new Set(plan.write);
    const rows = await truth(this.#sql, {
      process,
      rows: isCopy ? this.#newRows(process, plan) : this.#rowsAt(process, plan.pins),
      labels,
      lengthMinutes: length,
      slots: plan.write,
      before: plan.isAnew ? [] : table.rows.filter((row) => row.ts === plan.write[0]! - length),
    });
    // Without rows there is no target yet, and so no place to remember anything in.
    if (isCopy && table.head === undefined && rows.length === 0) return 'nothing';
    const before = plan.isAnew ? NEVER_RUN : this.#house.stateOf(process);
    const next: ProcessState = {
      ...plan.next,
      frozen: plan.next.frozen || before.frozen,
      ...(before.hasSkipped && { hasSkipped: true }),
    };
    this.#house.say(process, next);
    if (plan.isAnew) return this.#makeAnew(process, rows, plan, next);
    const kept = isCopy ? table.rows : table.rows.filter((row) => !slots.has(floorTo(length, row.ts)));
    if (kept.length === table.rows.length && rows.length === 0) return 'record';
    // An interval that was empty and stays so has not changed, though the session wrote it.
    const rewritten = isCopy ? rows : [...table.rows.filter((row) => !kept.includes(row)), ...rows];
    const written = new Set(rewritten.map((row) => floorTo(length, row.ts)));
    table.push({
      rows: [...kept, ...rows],
      changed: [...written].map((slot) => ({ start: slot, end: slot + length })),
      brought: rows.map((row) => table.spanOf(row)),
      kind: isCopy || kept.length === table.rows.length ? 'append' : 'overwrite',
      state: next,
    });
    return 'rows';
  }

  /** A recompute replaces all there is; other sessions certainly what differs. */
  #makeAnew(process: ProcessSpec, rows: readonly TargetRow[], plan: ModelPlan, next: ProcessState): 'rows' | 'record' {
    const table = this.#house.table(targetTableOf(process));
    const differing = [...without(rows, table.rows), ...without(table.rows, rows)];
    // Files may have been replaced by others with the same rows.
    const changed = plan.isRecompute ? [...rows, ...table.rows] : differing;
    if (changed.length === 0) {
      table.isUnsure = true;
      return 'record';
    }
    table.push({
      rows,
      changed: changed.map((row) => table.spanOf(row)),
      brought: rows.map((row) => table.spanOf(row)),
      kind: 'overwrite',
      ...(plan.isRecompute ? {} : { isVague: true }),
      state: next,
    });
    return 'rows';
  }

  /** Of a stateless session: what its sources have more than when it last read them, in the intervals of this part. */
  #newRows(process: ProcessSpec, plan: ModelPlan): InputRow[] {
    if (plan.isAnew) return this.#rowsAt(process, plan.pins);
    const { marks } = this.stateOf(process);
    const slots = new Set(plan.write);
    return process.inputs.flatMap((input, n) => {
      const table = this.#house.table(input.table);
      const isOfPart = (row: ModelRow) => slots.has(floorTo(lengthOf(process.grain), table.spanOf(row).start));
      return asInput(n, table.newSince(marks[n], plan.pins[n]).filter(isOfPart));
    });
  }
}

const asInput = (input: number, rows: readonly ModelRow[]): InputRow[] =>
  rows.map(({ id, key, value, ts: at }) => ({ input, key, value, at, ...(id === undefined ? {} : { id }) }));
