import { RowMaker } from './generate-rows.ts';
import type { Act, HistoryEvent, ProcessSpec, SchemaChangeKind, SourceRow, SourceSpec } from './history.ts';
import { hasIntervals, targetTableOf } from './history.ts';
import type { Random } from './random.ts';

/** What the events of a history are drawn for. */
export interface Cast {
  /** Time that passes between two arrivals, in minutes. */
  readonly tick: number;
  readonly sources: readonly SourceSpec[];
  readonly processes: readonly ProcessSpec[];
  /** Whether there is a lookup. */
  readonly labelled: boolean;
}

const SCHEMA_CHANGES: readonly SchemaChangeKind[] = [
  ...(['add', 'rename', 'drop', 'reorder', 'promote'] as const),
  ...(['rename value', 'rename time', 'promote key'] as const),
];

export function generateEvents(random: Random, cast: Cast): HistoryEvent[] {
  return new EventMaker(random, cast).make();
}

class EventMaker {
  readonly #random: Random;
  readonly #rows: RowMaker;
  #cast: Cast;
  readonly #events: HistoryEvent[] = [];
  /** Sources whose producer says how far they are complete. */
  readonly #declaring: ReadonlySet<SourceSpec>;
  readonly #labelled = new Set<number>();
  #tick = 0;
  #runs = 0;

  constructor(random: Random, cast: Cast) {
    this.#random = random;
    this.#rows = new RowMaker(random, cast.tick);
    this.#cast = cast;
    this.#declaring = new Set(cast.sources.filter(({ time }) => time !== 'landing' && random.chance(0.15)));
  }

  make(): HistoryEvent[] {
    const { tick, labelled, processes } = this.#cast;
    const ticks = this.#random.between(2, 5);
    for (this.#tick = 0; this.#tick < ticks; this.#tick += 1) {
      for (const source of this.#cast.sources) this.#sourceEvents(source);
      if (labelled && this.#random.chance(0.4)) this.#events.push(...this.#label(), ...this.#moveWhatIsLabelled());
      // A process may pause for several ticks.
      if (this.#tick < ticks - 1 && this.#random.chance(0.4)) continue;
      const event = this.#runEvent();
      this.#events.push(event);
      this.#runs += 1;
      if (event.do === 'crash' && event.maxIntervals !== undefined) this.#goOnDownstream();
      for (const act of this.#targetActs(this.#random.pick(processes))) this.#events.push(act);
    }
    // The last tick always ran something; what is left, or that nothing is left, shows at once more.
    if (this.#events.at(-1)?.do !== 'run' || this.#random.chance(0.3)) this.#events.push({ do: 'run' });
    return tick > 0 ? this.#events : [];
  }

  /** Each key has one label. */
  #label(): Act[] {
    const open = [10, 11, 12].filter((key) => !this.#labelled.has(key));
    if (open.length === 0) return [];
    const key = this.#random.pick(open);
    this.#labelled.add(key);
    return [{ do: 'label', rows: [{ key, label: `later ${key}` }] }];
  }

  /** Nobody is to compute again for it, with the labels of now. */
  #moveWhatIsLabelled(): Act[] {
    const read = this.#cast.sources.filter(({ table }) => this.#readersOf(table).some(({ labelled }) => labelled));
    return read.length > 0 && this.#random.chance(0.4) ? [{ do: 'compact', table: this.#random.pick(read).table }] : [];
  }

  #sourceEvents(source: SourceSpec): void {
    const { table } = source;
    const rows = this.#arrivals(source);
    if (rows.length > 0) this.#events.push({ do: 'append', table, rows });
    if (this.#declaring.has(source)) {
      const until = (this.#tick + 1) * this.#cast.tick - this.#random.between(0, this.#cast.tick);
      this.#events.push({ do: 'declare', table, until });
    }
    if (source.retains) {
      if (this.#tick > 0 && this.#random.chance(0.45)) this.#events.push(this.#dropOld(source));
    } else if (this.#tick > 0 && this.#isExact(table)) {
      const counts = this.#readersOf(table).some(({ onOverwrite }) => onOverwrite !== undefined);
      if (this.#random.chance(counts ? 0.35 : 0.2)) this.#events.push(this.#rows.overwrite(source, this.#tick));
      if (this.#random.chance(0.08))
        this.#events.push({ do: 'roll back', table, snapshots: this.#random.between(1, 2) });
    }
    if (this.#random.chance(0.12)) this.#events.push({ do: 'compact', table });
    if (this.#random.chance(0.06)) this.#events.push({ do: 'merge manifests', table });
    if (this.#random.chance(this.#isPinned(table) ? 0.35 : 0.1)) this.#events.push({ do: 'expire', table });
    if (!source.retains && this.#random.chance(0.06)) {
      const byTime = source.time === 'timestamptz' || source.time === 'timestamp';
      const partition = this.#random.pick<SourceSpec['partition']>(
        byTime ? ['hour', 'day', 'landing', 'none'] : ['landing', 'none'],
      );
      this.#events.push({ do: 'evolve partition', table, partition });
    }
    if (this.#random.chance(0.12)) {
      const change = this.#random.pick(SCHEMA_CHANGES);
      this.#events.push({ do: 'evolve schema', table, change });
    }
  }

  #arrivals(source: SourceSpec): SourceRow[] {
    const showsGaps = this.#readersOf(source.table).some(({ dense, load }) => dense && load === 'changed');
    return this.#rows.arrivals(source, this.#tick, showsGaps);
  }

  #dropOld({ table }: SourceSpec): Act {
    return {
      do: 'drop old',
      table,
      before: 60 * this.#random.between(0, Math.ceil((this.#tick * this.#cast.tick) / 60)),
    };
  }

  #runEvent(): HistoryEvent {
    const { processes } = this.#cast;
    const random = this.#random;
    const kind = random.fraction();
    if (kind < 0.12) return this.#crash();
    if (kind < 0.2) return { do: 'race', at: random.between(1, 60) };
    if (kind < 0.32) {
      // What a session pins of a lookup shows only between its steps.
      const labelled = processes.filter((process) => process.labelled);
      return this.#steps(random.pick(labelled.length > 0 && random.chance(0.7) ? labelled : processes));
    }
    if (kind < 0.42) return { do: 'run', maxIntervals: random.between(1, 3) };
    if (kind < 0.52 && this.#runs > 0) return this.#meanwhile(random.pick(processes));
    if (kind < 0.62 && processes.length > 1) return { do: 'run', processes: [random.pick(processes).name] };
    if (kind < 0.7 && this.#runs > 0) return this.#backfill(random.pick(processes)) ?? { do: 'run' };
    if (kind < 0.78 && this.#runs > 0) {
      const process = random.pick(processes);
      if (this.#isExact(targetTableOf(process))) return { do: 'recompute', process: process.name };
    }
    if (kind < 0.84 && this.#runs > 0) return this.#addSource() ?? { do: 'run' };
    if (kind < 0.9 && this.#runs > 0) return this.#skip(random.pick(processes)) ?? { do: 'run' };
    return { do: 'run' };
  }

  /** Of a process that is told exactly what it makes of it, from its beginning on. */
  #addSource(): HistoryEvent | undefined {
    const { processes, sources } = this.#cast;
    const choices = processes
      .filter((process) => !process.dense && this.#isExact(targetTableOf(process)))
      .flatMap((process) => this.#newSourcesFor(process, sources).map((table) => ({ process, table })));
    if (choices.length === 0) return undefined;
    const { process, table } = this.#random.pick(choices);
    const more = { ...process, inputs: [...process.inputs, { table, before: 0, after: 0 }] };
    this.#cast = { ...this.#cast, processes: processes.map((other) => (other === process ? more : other)) };
    return { do: 'add source', process: process.name, table };
  }

  #newSourcesFor({ kind, inputs, onOverwrite }: ProcessSpec, sources: readonly SourceSpec[]): readonly string[] {
    const isFit = (source: SourceSpec) => onOverwrite !== 'recompute' || hasIntervals(source);
    return sources
      .filter((source) => (kind === 'copy' ? isFit(source) : source.time !== 'date' && source.time !== 'landing'))
      .map(({ table }) => table)
      .filter((table) => inputs.every((input) => input.table !== table));
  }

  /** What replaces intervals would load what it skipped in some of them, and which these are is a matter of files. */
  #skip(process: ProcessSpec): HistoryEvent | undefined {
    if (process.onOverwrite === 'recompute') return undefined;
    const table = this.#random.pick(process.inputs).table;
    if (table.startsWith('raw.')) {
      const source = this.#cast.sources.find((candidate) => candidate.table === table)!;
      const rows = this.#arrivals(source);
      if (rows.length > 0) this.#events.push({ do: 'append', table, rows });
    }
    return { do: 'skip', process: process.name, table };
  }

  /** Before what is pending upstream is done, somebody runs what reads it. */
  #goOnDownstream(): void {
    const readers = this.#cast.processes.filter(({ inputs }) => inputs.some(({ table }) => table.startsWith('dw.')));
    if (readers.length > 0) this.#events.push({ do: 'run', processes: [this.#random.pick(readers).name] });
  }

  /** Of a process whose readers follow however old the span is. */
  #backfill(process: ProcessSpec): HistoryEvent | undefined {
    if (process.kind === 'copy' || !this.#isUnlimited(targetTableOf(process))) return undefined;
    const length = { '15m': 15, hour: 60, day: 1440 }[process.grain];
    const from = length * this.#random.between(0, Math.floor((this.#tick * this.#cast.tick) / length));
    return { do: 'backfill', process: process.name, from, to: from + length * this.#random.between(1, 3) };
  }

  #isUnlimited(table: string): boolean {
    return this.#readersOf(table).every(
      (reader) => reader.threshold === undefined && this.#isUnlimited(targetTableOf(reader)),
    );
  }

  /** What a part of a session that replaces intervals beside new rows leaves for the next one is its own affair; they end alike. */
  #mayDieInParts(): boolean {
    return this.#cast.processes.every(({ onOverwrite }) => onOverwrite !== 'recompute');
  }

  #crash(): HistoryEvent {
    const at = this.#random.between(1, 70);
    const how = this.#random.chance(0.8) ? 'dies' : 'answer lost';
    if (!this.#mayDieInParts() || !this.#random.chance(0.4)) return { do: 'crash', at, how };
    const maxIntervals = this.#random.between(1, 3);
    const upstream = this.#cast.processes.filter((process) => this.#readersOf(targetTableOf(process)).length > 0);
    if (upstream.length === 0 || this.#random.chance(0.3)) return { do: 'crash', at, how, maxIntervals };
    // Between two parts of a process that others read, as like as not.
    const between = this.#random.between(12, 50);
    return { do: 'crash', at: between, how: 'dies', maxIntervals: 1, processes: [this.#random.pick(upstream).name] };
  }

  #meanwhile(process: ProcessSpec): HistoryEvent {
    const swap = this.#random.between(1, 2);
    return { do: 'run', meanwhile: { process: process.name, swap, acts: this.#meddling(process) } };
  }

  #steps(process: ProcessSpec): HistoryEvent {
    const afterInit: Act[] = [];
    if (this.#random.chance(0.5)) {
      const raw = this.#cast.sources.filter(({ table }) => process.inputs.some((input) => input.table === table));
      for (const source of raw) {
        const rows = this.#arrivals(source);
        if (rows.length > 0) afterInit.push({ do: 'append', table: source.table, rows });
      }
    }
    if (process.labelled && this.#random.chance(0.8)) afterInit.push(...this.#label());
    const afterWrite = this.#random.chance(0.6) ? this.#meddling(process) : [];
    return { do: 'steps', process: process.name, afterInit, afterWrite };
  }

  /** What others may do to a target while a session of its process is under way. */
  #meddling(process: ProcessSpec): Act[] {
    const table = targetTableOf(process);
    const random = this.#random;
    const kinds: Act[] = [
      { do: 'compact', table },
      { do: 'merge manifests', table },
      ...(process.onOverwrite !== 'recompute' ? [this.#rows.foreignAppend(process, this.#tick)] : []),
      ...(this.#readersOf(table).every(({ pin }) => pin) ? [{ do: 'expire', table } as const] : []),
      ...(this.#runs > 1 && this.#isExact(table)
        ? [{ do: 'roll back', table, snapshots: random.between(1, 2) } as const]
        : []),
    ];
    return random.chance(0.2) ? [random.pick(kinds), random.pick(kinds)] : [random.pick(kinds)];
  }

  #targetActs(process: ProcessSpec): Act[] {
    const table = targetTableOf(process);
    const random = this.#random;
    const acts: Act[] = [];
    if (random.chance(0.15)) acts.push({ do: 'compact', table });
    if (random.chance(0.08)) acts.push({ do: 'merge manifests', table });
    if (random.chance(0.06) && process.onOverwrite !== 'recompute')
      acts.push(this.#rows.foreignAppend(process, this.#tick));
    if (random.chance(this.#isPinned(table) ? 0.3 : 0.08)) acts.push({ do: 'expire', table });
    const movable = this.#cast.processes.filter((candidate) => this.#isExact(targetTableOf(candidate)));
    if (this.#runs > 1 && movable.length > 0 && random.chance(0.2)) {
      const moved = targetTableOf(random.pick(movable));
      acts.push({ do: 'roll back', table: moved, snapshots: random.between(1, 2) });
    }
    return acts;
  }

  #isPinned(table: string): boolean {
    return this.#readersOf(table).some(({ pin }) => pin);
  }

  #readersOf(table: string): readonly ProcessSpec[] {
    return this.#cast.processes.filter((process) => process.inputs.some((input) => input.table === table));
  }

  /**
   * Whether what readers of a table must come to after a removal or a rollback is said exactly: a stateless reader is asked what it
   * wants. (That which intervals a reader takes for changed is a matter of files too does no harm: an interval that shares a file, and is
   * not too old, comes to the same again, but for its labels.)
   */
  #isExact(table: string): boolean {
    return this.#readersOf(table).every(
      (reader) => (reader.kind !== 'copy' || reader.onOverwrite !== undefined) && this.#isExact(targetTableOf(reader)),
    );
  }
}
