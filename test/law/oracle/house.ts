import type { ProcessSpec, SourceSpec } from '../history.ts';
import { targetTableOf } from '../history.ts';
import { type ModelSnapshot, ModelTable } from './model-table.ts';
import { type Input, type ModelPlan, planCopy, planOverwrite } from './plan.ts';
import { NEVER_RUN, type ProcessState } from './process-state.ts';

/** The tables and processes of a history, and where they stand. */
export class House {
  #processes: readonly ProcessSpec[];
  readonly #tables = new Map<string, ModelTable>();
  readonly #states = new Map<string, ProcessState>();
  /** Processes whose targets were rolled back since they last came to an end. */
  readonly wentBack = new Set<string>();
  /** Processes that have not come to an end since they last began. */
  readonly died = new Set<string>();
  /** Processes whose rows may have the label of one time or of another. */
  readonly unsureLabels = new Set<string>();

  constructor(sources: readonly SourceSpec[], processes: readonly ProcessSpec[]) {
    this.#processes = processes;
    for (const source of sources) this.#tables.set(source.table, new ModelTable(source));
    for (const process of processes) {
      this.#tables.set(targetTableOf(process), new ModelTable());
      this.#states.set(process.name, NEVER_RUN);
    }
  }

  /** As the configuration has them by now. */
  get processes(): readonly ProcessSpec[] {
    return this.#processes;
  }

  /** The process with one more source. */
  withSource({ process: name, table }: { process: string; table: string }): ProcessSpec {
    const process = this.process(name);
    return { ...process, inputs: [...process.inputs, { table, before: 0, after: 0 }] };
  }

  configure(changed: ProcessSpec): void {
    this.#processes = this.#processes.map((process) => (process.name === changed.name ? changed : process));
  }

  stateOf(process: ProcessSpec): ProcessState {
    return this.#states.get(process.name)!;
  }

  setState(process: ProcessSpec, state: ProcessState): void {
    this.#states.set(process.name, state);
  }

  table(name: string): ModelTable {
    return this.#tables.get(name)!;
  }

  process(name: string): ProcessSpec {
    return this.processes.find((process) => process.name === name)!;
  }

  writerOf(table: string): ProcessSpec | undefined {
    return this.processes.find((process) => targetTableOf(process) === table);
  }

  /** What holds of the process that writes a target. */
  heldNow(target: string): ProcessState | undefined {
    return this.table(target).heldAt(this.table(target).head);
  }

  say(process: ProcessSpec, state: ProcessState): void {
    this.#states.set(process.name, state);
    this.table(targetTableOf(process)).say(state);
  }

  readersOf(table: string): readonly ProcessSpec[] {
    return this.#processes.filter(({ inputs }) => inputs.some((input) => input.table === table));
  }

  /** Up to where the processes that read a table have read it. */
  marksOf(table: string, processes = this.processes): ModelSnapshot[] {
    return processes.flatMap((process) =>
      process.inputs.flatMap((input, n) => {
        const state = this.stateOf(process);
        const marks = input.table === table ? [state.marks[n], state.part?.pins[n]] : [];
        return marks.filter((mark) => mark !== undefined);
      }),
    );
  }

  /** Whether each reader of a table can be told step by step what has happened there since it read it. */
  hasAllSteps(table: string): boolean {
    return this.marksOf(table).every((mark) => this.table(table).hasStepsSince(mark));
  }

  /** What surely has a tag. A process whose target went back finds the tags to move when it begins its next run. */
  tagged(table: string): ModelSnapshot[] {
    return this.marksOf(
      table,
      this.processes.filter(({ name, pin }) => pin && !this.wentBack.has(name)),
    );
  }

  /** A run of the process is over, at its end or before. */
  ranOut(process: ProcessSpec, isWhole: boolean): void {
    if (!isWhole) {
      this.died.add(process.name);
      return;
    }
    this.died.delete(process.name);
    this.wentBack.delete(process.name);
  }

  /** All snapshots of the table but the head and those with a tag go. */
  expire(name: string): void {
    const table = this.table(name);
    table.expire(this.tagged(name));
    // Tags of a run that did not come to its end, or of what a target said before it went back, may have kept more.
    if (
      this.readersOf(name).some(
        (reader) => reader.pin && (this.died.has(reader.name) || this.wentBack.has(reader.name)),
      )
    )
      table.isUnsure = true;
  }

  /**
   * Which intervals readers of the table take for changed is not known exactly any more, and with it when an interval was last computed,
   * what label its rows have, and whether that made a snapshot.
   */
  becomesVague(table: string): void {
    for (const process of this.readersOf(table)) {
      const target = targetTableOf(process);
      if (process.labelled && process.kind !== 'copy') {
        this.unsureLabels.add(process.name);
        this.table(target).isUnsure = true;
      }
      this.becomesVague(target);
    }
  }

  seenOf(table: string): (number | undefined)[] {
    return this.processes.flatMap((process) =>
      process.inputs.flatMap((input, n) => (input.table === table ? [this.stateOf(process).seen[n]] : [])),
    );
  }

  inputsOf(process: ProcessSpec): Input[] {
    return process.inputs.map((input) => ({
      table: this.table(input.table),
      signal: this.#states.get(input.table.slice('dw.'.length))?.signal,
      before: input.before,
      after: input.after,
    }));
  }

  /** As a first run at what is there now, in place of all that the target holds. */
  planAnew(process: ProcessSpec): ModelPlan | undefined {
    const planOf = process.kind === 'copy' ? planCopy : planOverwrite;
    const plan = planOf(process, NEVER_RUN, this.inputsOf(process));
    return plan === undefined || plan.write.length === 0 ? undefined : { ...plan, isAnew: true, isRecompute: true };
  }
}
