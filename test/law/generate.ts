import type {
  Grain,
  History,
  HistoryEvent,
  InputSpec,
  ProcessSpec,
  SourceRow,
  SourceSpec,
  TimeForm,
} from './history.ts';
import { targetTableOf } from './history.ts';
import { Random } from './random.ts';

const MINUTES: Readonly<Record<Grain, number>> = { '15m': 15, hour: 60, day: 1440 };

/** How a history's processes hang together. */
interface Shape {
  readonly name: string;
  readonly sources: number;
  /** Time that passes between two arrivals, in minutes. */
  readonly tick: number;
  readonly finest: Grain;
  readonly processes: (random: Random) => readonly ProcessSpec[];
}

/** The history of a seed. The same seed gives the same history as long as this file stays as it is. */
export function generateHistory(seed: number): History {
  const random = new Random(seed);
  const shape = random.pick(SHAPES);
  const processes = shape.processes(random);
  const sources = Array.from({ length: shape.sources }, (_, n) => source(random, n, shape.finest));
  const labelled = processes.some((process) => process.labelled);
  return {
    seed,
    sources,
    ...(labelled ? { labels: [0, 1, 2].map((key) => ({ key, label: `first ${key}` })) } : {}),
    processes,
    events: events(random, shape, sources, processes, labelled),
  };
}

const raw = (n: number): InputSpec => ({ table: `raw.s${n}`, before: 0, after: 0 });
const from = (process: string): InputSpec => ({ table: targetTableOf({ name: process }), before: 0, after: 0 });

const SHAPES: readonly Shape[] = [
  {
    name: 'stateless',
    sources: 2,
    tick: 60,
    finest: 'hour',
    processes: (r) => [copy(r, 'facts', r.chance(0.5) ? [raw(0), raw(1)] : [raw(0)])],
  },
  {
    name: 'stateful',
    sources: 2,
    tick: 60,
    finest: 'hour',
    processes: (r) => [totals(r, 'totals', 'hour', [raw(0), raw(1)])],
  },
  {
    name: 'stateful by quarters',
    sources: 1,
    tick: 30,
    finest: '15m',
    processes: (r) => [totals(r, 'totals', '15m', [raw(0)])],
  },
  {
    name: 'sequential',
    sources: 2,
    tick: 60,
    finest: 'hour',
    processes: (r) => [running(r, 'running', 'hour', r.chance(0.5) ? [raw(0), raw(1)] : [raw(0)])],
  },
  {
    name: 'facts into state',
    sources: 2,
    tick: 60,
    finest: 'hour',
    processes: (r) => [copy(r, 'facts', [raw(0)]), running(r, 'running', 'hour', [from('facts'), raw(1)])],
  },
  {
    name: 'the membership chain',
    sources: 3,
    tick: 60,
    finest: 'hour',
    processes: (r) => [
      copy(r, 'facts', [raw(0)]),
      totals(r, 'totals', 'hour', [raw(1), raw(2)]),
      running(r, 'running', 'hour', [from('facts'), from('totals')]),
    ],
  },
  {
    name: 'quarters into hours into days',
    sources: 1,
    tick: 300,
    finest: '15m',
    processes: (r) => [
      totals(r, 'quarters', '15m', [raw(0)]),
      totals(r, 'hours', 'hour', [from('quarters')]),
      totals(r, 'days', 'day', [from('hours')]),
    ],
  },
  {
    name: 'hours into daily state',
    sources: 2,
    tick: 480,
    finest: 'hour',
    processes: (r) => [totals(r, 'hours', 'hour', [raw(0)]), running(r, 'running', 'day', [from('hours'), raw(1)])],
  },
];

function source(random: Random, n: number, finest: Grain): SourceSpec {
  const instants: readonly TimeForm[] = ['timestamptz', 'timestamptz', 'timestamp', 'epoch_ms'];
  const time = random.pick<TimeForm>(finest === '15m' ? instants : [...instants, 'date_hour']);
  const byTime = time === 'timestamptz' || time === 'timestamp';
  return {
    table: `raw.s${n}`,
    time,
    partition: random.pick(byTime ? ['hour', 'hour', 'day', 'landing', 'none'] : ['landing', 'none']),
  };
}

function copy(random: Random, name: string, inputs: readonly InputSpec[]): ProcessSpec {
  return {
    name,
    kind: 'copy',
    inputs,
    labelled: random.chance(0.3),
    grain: 'hour',
    load: 'range',
    isolate: false,
    partition: random.pick(['hour', 'hour', 'day', 'none']),
  };
}

function totals(random: Random, name: string, grain: Grain, inputs: readonly InputSpec[]): ProcessSpec {
  const length = MINUTES[grain];
  const reaching = random.chance(0.5);
  const threshold = random.chance(0.25) ? { threshold: length * random.between(1, 3) } : {};
  return {
    name,
    kind: 'totals',
    inputs: reaching
      ? inputs.map((input) => ({
          ...input,
          before: 15 * random.between(0, 9),
          after: random.chance(0.4) ? 15 * random.between(0, 5) : 0,
        }))
      : inputs,
    // What a lookup gives an interval depends on exactly when the interval was last computed, which reach leaves open.
    labelled: !reaching && random.chance(0.2),
    grain,
    // A range runs on to the bound and so reaches forward by itself; only what is changed shows whether reach is thought of.
    load: random.chance(reaching ? 0.6 : 0.3) ? 'changed' : 'range',
    isolate: random.chance(0.15),
    ...threshold,
    ...(random.chance(0.15) ? { openInterval: 'wait' as const } : {}),
    partition: random.pick(['hour', 'hour', 'day', 'none']),
  };
}

function running(random: Random, name: string, grain: Grain, inputs: readonly InputSpec[]): ProcessSpec {
  const threshold = random.chance(0.3) ? { threshold: MINUTES[grain] * random.between(1, 3) } : {};
  return {
    name,
    kind: 'running',
    inputs,
    labelled: threshold.threshold === undefined && random.chance(0.2),
    grain,
    load: 'range',
    isolate: false,
    ...threshold,
    ...(random.chance(0.15) ? { openInterval: 'wait' as const } : {}),
    partition: random.pick(['hour', 'hour', 'day', 'none']),
  };
}

function events(
  random: Random,
  shape: Shape,
  sources: readonly SourceSpec[],
  processes: readonly ProcessSpec[],
  labelled: boolean,
): HistoryEvent[] {
  const result: HistoryEvent[] = [];
  const ticks = random.between(2, 5);
  let id = 1;
  let runs = 0;
  for (let tick = 0; tick < ticks; tick += 1) {
    for (const source of sources) {
      const rows = arrivals(random, shape, source, tick, () => id++);
      if (rows.length > 0) result.push({ do: 'append', table: source.table, rows });
    }
    if (random.chance(0.15)) result.push({ do: 'compact', table: random.pick(sources).table });
    if (random.chance(0.1)) result.push({ do: 'merge manifests', table: random.pick(sources).table });
    if (labelled && random.chance(0.3))
      result.push({ do: 'label', rows: [{ key: 10 + tick, label: `later ${tick}` }] });
    if (tick < ticks - 1 && random.chance(0.4)) continue;
    result.push(
      random.chance(0.12) && processes.length > 1
        ? { do: 'run', processes: [random.pick(processes).name] }
        : { do: 'run' },
    );
    runs += 1;
    if (random.chance(0.15)) result.push({ do: 'compact', table: targetTableOf(random.pick(processes)) });
    if (random.chance(0.1)) result.push({ do: 'merge manifests', table: targetTableOf(random.pick(processes)) });
    const movable = processes.filter((process) => mayRollBack(process, processes));
    if (runs > 1 && movable.length > 0 && random.chance(0.2)) {
      result.push({ do: 'roll back', process: random.pick(movable).name, snapshots: random.between(1, 2) });
    }
  }
  // The last tick always ran something; what is left, or that nothing is left, shows at once more.
  if (result.at(-1)?.do !== 'run' || random.chance(0.3)) result.push({ do: 'run' });
  return result;
}

/**
 * Whether what readers of a target must come to after a rollback is said exactly: a stateless reader is asked what it wants,
 * and what thresholds and lookups leave behind depends on which intervals the reader takes for changed.
 */
function mayRollBack(process: ProcessSpec, processes: readonly ProcessSpec[]): boolean {
  const readers = processes.filter((other) => other.inputs.some((input) => input.table === targetTableOf(process)));
  return readers.every(
    (reader) =>
      reader.kind !== 'copy' && !reader.labelled && reader.threshold === undefined && mayRollBack(reader, processes),
  );
}

function arrivals(random: Random, shape: Shape, source: SourceSpec, tick: number, nextId: () => number): SourceRow[] {
  const rows: SourceRow[] = [];
  const row = (start: number, end: number) =>
    rows.push({
      id: nextId(),
      key: random.pick(KEYS),
      value: random.between(-20, 100),
      at: momentIn(random, source, start, end),
    });
  const now = tick * shape.tick;
  // A source may be quiet, and may still bring what is late.
  if (random.chance(0.8)) for (let n = random.between(1, 4); n > 0; n -= 1) row(now, now + shape.tick);
  if (tick > 0 && random.chance(0.35))
    for (let n = random.between(1, 2); n > 0; n -= 1) row(now - shape.tick * random.between(1, tick), now);
  if (random.chance(0.06)) row(-3 * shape.tick, 0);
  if (random.chance(0.1)) row(now + shape.tick, now + 2 * shape.tick);
  if (random.chance(0.05)) rows.push({ id: nextId(), key: random.pick(KEYS), value: 1, at: null });
  return rows;
}

/** Keys that the lookup knows from the start, keys that it learns, and one that it never knows. */
const KEYS = [0, 0, 1, 2, 10, 11, 12, 99];

/** Never on the border of a quarter: how far a table is complete that ends exactly there is a question of its own. */
function momentIn(random: Random, source: SourceSpec, start: number, end: number): number {
  if (source.time === 'date_hour') return Math.floor(random.between(start, end - 1) / 60) * 60;
  const moment = random.between(start, end - 1);
  return moment % 15 === 0 ? moment + 7 : moment;
}
