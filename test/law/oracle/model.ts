import type { Act, HistoryEvent, LabelRow, ProcessSpec, SourceRow, SourceSpec, TargetRow } from '../history.ts';
import { targetTableOf } from '../history.ts';
import { floorTo, lengthOf, slotsBetween } from './hours.ts';
import { type ModelRow, type ModelSnapshot, ModelTable, without } from './model-table.ts';
import { type Input, type ModelPlan, planBackfill, planCopy, planOverwrite, skipChange } from './plan.ts';
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

/** Rows of other hands in a target, and what is made of them, have keys from here on. */
const FOREIGN_KEYS = 1000;

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
  readonly #tables = new Map<string, ModelTable>();
  readonly #processes: readonly ProcessSpec[];
  readonly #states = new Map<string, ProcessState>();
  /** Processes whose targets were rolled back since they last came to an end. */
  readonly #wentBack = new Set<string>();
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
    this.#processes = processes;
    this.#labels = [...labels];
    for (const source of sources) this.#tables.set(source.table, new ModelTable(source));
    for (const process of processes) {
      this.#tables.set(targetTableOf(process), new ModelTable());
      this.#states.set(process.name, NEVER_RUN);
    }
  }

  /** Whether the event is one that Psyberg goes on from without a person; others are passed over. */
  allows(event: HistoryEvent): boolean {
    switch (event.do) {
      case 'expire':
        return this.#mayExpire(event.table);
      case 'roll back':
        return (
          this.#hasAllMarks(event.table) &&
          !this.#table(event.table).isUnsure &&
          this.#mayBeVague(event.table) &&
          this.#canGoBack(event)
        );
      case 'compact':
        return this.#hasAllMarks(event.table);
      case 'recompute': {
        const process = this.#process(event.process);
        return this.stateOf(process).marks.length > 0 && this.#planAnew(process) !== undefined;
      }
      case 'skip': {
        const process = this.#process(event.process);
        const { marks, part } = this.stateOf(process);
        const mark = marks[process.inputs.findIndex(({ table }) => table === event.table)];
        // From a source that went back there is no way forward to its head.
        return mark !== undefined && part === undefined && this.#table(event.table).isAhead(mark);
      }
      case 'backfill': {
        const { lower, upper } = this.stateOf(this.#process(event.process));
        return lower !== undefined && upper !== undefined && lower <= event.from && event.from < upper;
      }
      case 'foreign append':
        // Rows in a target without a record are a question to a person.
        return (
          (this.#heldNow(event.table) ?? NEVER_RUN).marks.length > 0 && this.#isPlain(this.#writerOf(event.table)!)
        );
      case 'run':
        return (event.meanwhile?.acts ?? []).every((act) => this.#allowsMeanwhile(act));
      case 'steps':
        return event.afterWrite.every((act) => this.#allowsMeanwhile(act));
      case 'crash':
        // Which intervals are in which part is a matter of files there.
        return event.maxIntervals === undefined || this.#processes.every((process) => this.#isPlain(process));
      case 'declare': {
        const { declared, rows } = this.#table(event.table);
        const seen = [declared, ...this.#seenOf(event.table), ...rows.map((row) => row.ts)];
        return seen.every((known) => known === undefined || known <= event.until);
      }
      case 'overwrite':
        return (
          this.#hasAllMarks(event.table) &&
          this.#mayBeVague(event.table) &&
          [...event.without, ...(event.again ?? [])].every((id) =>
            this.#table(event.table).rows.some((row) => row.id === id),
          )
        );
      default:
        return true;
    }
  }

  async apply(event: HistoryEvent, outcome?: Outcome): Promise<void> {
    switch (event.do) {
      case 'append':
        return this.#change(event.table, [], [], event.rows);
      case 'overwrite':
        return this.#change(event.table, event.without, event.again ?? [], event.rows);
      case 'label':
        this.#labels = [...this.#labels, ...event.rows];
        return;
      case 'compact':
      case 'merge manifests':
        // The same rows in other files: for a target one more snapshot to go back to, for readers nothing.
        return this.#repeatHead(event.table);
      case 'expire':
        return this.#table(event.table).expire(this.#tagged(event.table));
      case 'declare':
        this.#table(event.table).declared = event.until;
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
      case 'recompute': {
        const process = this.#process(event.process);
        await this.#carryOut(process, this.#planAnew(process)!, this.#labels);
        return;
      }
      case 'skip': {
        const process = this.#process(event.process);
        const n = process.inputs.findIndex(({ table }) => table === event.table);
        this.#say(process, skipChange(process, this.stateOf(process), this.#inputsOf(process), n));
        return;
      }
      case 'backfill': {
        const process = this.#process(event.process);
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
    return this.#table(targetTableOf(process)).rows;
  }

  stateOf(process: ProcessSpec): ProcessState {
    return this.#states.get(process.name)!;
  }

  /**
   * The law itself: all of [L, U) from the rows that the sources had at the high watermarks. Undefined where lookups, thresholds or
   * the hands of others make the past matter, where something is pending, or where a source does not hold those rows any more.
   */
  async recompute(process: ProcessSpec): Promise<readonly TargetRow[] | undefined> {
    const state = this.stateOf(process);
    if (process.labelled || process.threshold !== undefined || state.frozen) return undefined;
    // It keeps what its sources take back.
    if (process.onOverwrite === 'added-only') return undefined;
    if (state.pending.length > 0 || state.part !== undefined) return undefined;
    if (state.marks.length === 0) return [];
    const inputs = process.inputs.map((input) => this.#table(input.table));
    if (state.marks.some((mark, n) => mark !== inputs[n]!.head)) return undefined;
    const length = lengthOf(process.grain);
    const slots =
      state.lower === undefined || state.upper === undefined ? [] : slotsBetween(length, state.lower, state.upper);
    const rows = this.#rowsAt(process, state.marks);
    return truth(this.#sql, { process, rows, labels: [], lengthMinutes: length, slots, before: [] });
  }

  #table(name: string): ModelTable {
    return this.#tables.get(name)!;
  }

  /** What holds of the process that writes a target. */
  #heldNow(target: string): ProcessState | undefined {
    return this.#table(target).heldAt(this.#table(target).head);
  }

  #say(process: ProcessSpec, state: ProcessState): void {
    this.#states.set(process.name, state);
    this.#table(targetTableOf(process)).say(state);
  }

  #process(name: string): ProcessSpec {
    return this.#processes.find((process) => process.name === name)!;
  }

  /** As a first run at what is there now, in place of all that the target holds. */
  #planAnew(process: ProcessSpec): ModelPlan | undefined {
    const planOf = process.kind === 'copy' ? planCopy : planOverwrite;
    const plan = planOf(process, NEVER_RUN, this.#inputsOf(process));
    return plan === undefined || plan.write.length === 0 ? undefined : { ...plan, isAnew: true, isRecompute: true };
  }

  /** Up to where the processes that read a table have read it. */
  #readersOf(table: string, processes = this.#processes): ModelSnapshot[] {
    return processes.flatMap((process) =>
      process.inputs.flatMap((input, n) => {
        const state = this.stateOf(process);
        const marks = input.table === table ? [state.marks[n], state.part?.pins[n]] : [];
        return marks.filter((mark) => mark !== undefined);
      }),
    );
  }

  /** Whether what an older record speaks of is still there, or only appends came since. */
  #canGoBack({ table, snapshots }: Extract<Act, { do: 'roll back' }>): boolean {
    return this.#canGoOnFrom(table, this.#table(table).heldAt(this.#table(table).earlier(snapshots)));
  }

  /** What others did before it in the same moment may make it go back less far. */
  #allowsMeanwhile(act: Act): boolean {
    if (act.do === 'foreign append') return this.allows(act);
    if (act.do !== 'roll back') return true;
    return Array.from({ length: act.snapshots }, (_, n) => ({ ...act, snapshots: n + 1 })).every((one) =>
      this.#canGoBack(one),
    );
  }

  #canGoOnFrom(target: string, state: ProcessState | undefined): boolean {
    const inputs = this.#writerOf(target)?.inputs ?? [];
    return inputs.every((input, n) => {
      const table = this.#table(input.table);
      const [mark, pin] = [state?.marks[n], state?.part?.pins[n]];
      const isThere = (one: ModelSnapshot | undefined) => one === undefined || !table.hasForgotten(one);
      return isThere(pin) && (isThere(mark) || this.#mayForget(table, mark!));
    });
  }

  /**
   * Tags of a process that died may keep more, where nobody looks. A process whose target went back finds the tags to move when it
   * begins its next run.
   */
  #tagged(table: string): ModelSnapshot[] {
    return this.#readersOf(
      table,
      this.#processes.filter(({ name, pin }) => pin && !this.#wentBack.has(name)),
    );
  }

  /** What has a tag stays; without the snapshots in between, what lies in the same files counts as changed too. */
  #mayExpire(name: string): boolean {
    const table = this.#table(name);
    const tagged = this.#tagged(name);
    const free = this.#readersOf(name).filter((mark) => !tagged.includes(mark));
    // What a session in parts has still to read is read as it was.
    const half = this.#processes.flatMap((process) => this.stateOf(process).part?.pins ?? []);
    if (free.some((mark) => half.includes(mark) && mark !== table.head)) return false;
    if (!free.every((mark) => this.#mayForget(table, mark))) return false;
    return tagged.every((mark) => this.#mayForget(table, mark)) || this.#mayLoseSteps(name);
  }

  /** Whether readers come to the same from both ends of what happened as from each step of it. */
  #mayLoseSteps(table: string): boolean {
    const readers = this.#processes.filter(({ inputs }) => inputs.some((input) => input.table === table));
    return (
      this.#mayBeVague(table) &&
      readers.every((reader) => !reader.labelled && this.#mayLoseSteps(targetTableOf(reader)))
    );
  }

  /** Only appends since: what is new is told by sequence numbers. A target may overwrite before it is read again. */
  #mayForget(table: ModelTable, mark: ModelSnapshot): boolean {
    return table.source === undefined ? table.head === mark : table.onlyAppendsSince(mark);
  }

  /** While a reader's mark has expired, what is new can be told only as long as nothing but appends comes. */
  #hasAllMarks(name: string): boolean {
    const table = this.#table(name);
    return table.source === undefined || this.#readersOf(name).every((mark) => !table.hasForgotten(mark));
  }

  /** Rows of others stay only in intervals that nobody recomputes, so that it matters which those are. */
  #mayBeVague(table: string): boolean {
    const readers = this.#processes.filter(({ inputs }) => inputs.some((input) => input.table === table));
    return readers.every(
      (reader) =>
        (reader.kind === 'copy' || this.rowsOf(reader).every(({ key }) => key < FOREIGN_KEYS)) &&
        this.#mayBeVague(targetTableOf(reader)),
    );
  }

  /** Whether it is known just which intervals the next session of the process takes for changed. */
  #isPlain(process: ProcessSpec): boolean {
    const { marks } = this.stateOf(process);
    return process.inputs.every(({ table }, n) => {
      const writer = this.#writerOf(table);
      return this.#table(table).isPlainSince(marks[n]) && (writer === undefined || this.#isPlain(writer));
    });
  }

  #writerOf(table: string): ProcessSpec | undefined {
    return this.#processes.find((process) => targetTableOf(process) === table);
  }

  #seenOf(table: string): (number | undefined)[] {
    return this.#processes.flatMap((process) =>
      process.inputs.flatMap((input, n) => (input.table === table ? [this.stateOf(process).seen[n]] : [])),
    );
  }

  #change(name: string, gone: readonly number[], again: readonly number[], rows: readonly SourceRow[]): void {
    const table = this.#table(name);
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
    const table = this.#table(name);
    const spans = rows.map((row) => table.spanOf(row));
    const process = this.#writerOf(name)!;
    this.#states.set(process.name, { ...this.stateOf(process), frozen: true });
    table.push({
      rows: [...table.rows, ...rows],
      changed: spans,
      brought: spans,
      kind: 'append',
      isForeign: true,
    });
  }

  #repeatHead(name: string): void {
    const table = this.#table(name);
    if (table.head !== undefined) table.push({ rows: table.rows, changed: [], brought: [], kind: 'replace' });
  }

  #rollBack(name: string, snapshots: number): void {
    const table = this.#table(name);
    if (table.rollBack(snapshots) === 0 || table.source !== undefined) return;
    const process = this.#writerOf(name)!;
    this.#states.set(process.name, this.#heldNow(name) ?? NEVER_RUN);
    this.#wentBack.add(process.name);
  }

  #inputsOf(process: ProcessSpec): Input[] {
    return process.inputs.map((input) => ({
      table: this.#table(input.table),
      signal: this.#states.get(input.table.slice('dw.'.length))?.signal,
      before: input.before,
      after: input.after,
    }));
  }

  #rowsAt(process: ProcessSpec, pins: readonly (ModelSnapshot | undefined)[]): InputRow[] {
    return process.inputs.flatMap((_, n) => asInput(n, pins[n]?.rows ?? []));
  }

  async #run(options: RunOptions): Promise<void> {
    const { outcome, disturbed } = options;
    for (const process of this.#processes) {
      if (options.processes?.includes(process.name) === false) continue;
      const acts = disturbed === process.name ? (outcome?.acts ?? []) : [];
      const isWhole = outcome === undefined || outcome.finished.has(process.name);
      const commits = isWhole ? Number.POSITIVE_INFINITY : (outcome.published.get(process.name) ?? 0);
      await this.#runProcess(process, options.maxIntervals, commits, acts);
      if (isWhole) this.#wentBack.delete(process.name);
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
        this.#inputsOf(process),
        maxIntervals,
      );
      const labels = this.#labels;
      const mayWriteMore = process.inputs.some(
        ({ table }, n) => !this.#table(table).isPlainSince(state.marks[n]) || this.#table(table).isUnsure,
      );
      if (isFirst) for (const act of acts) await this.apply(act);
      isFirst = false;
      if (plan === undefined || left <= 0) return;
      const came = await this.#carryOut(process, plan, labels);
      if (came !== 'nothing') left -= 1;
      // Other files with the same rows may have made it write what was there.
      if (came !== 'rows' && mayWriteMore) this.#table(targetTableOf(process)).isUnsure = true;
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
    const table = this.#table(targetTableOf(process));
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
    const next = { ...plan.next, frozen: plan.next.frozen || (!plan.isAnew && this.stateOf(process).frozen) };
    this.#say(process, next);
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
    const table = this.#table(targetTableOf(process));
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
    return process.inputs
      .flatMap(({ table }, n) => asInput(n, this.#table(table).newSince(marks[n], plan.pins[n])))
      .filter((row) => slots.has(floorTo(lengthOf(process.grain), row.at)));
  }
}

const asInput = (input: number, rows: readonly ModelRow[]): InputRow[] =>
  rows.map(({ id, key, value, ts: at }) => ({ input, key, value, at, ...(id === undefined ? {} : { id }) }));
