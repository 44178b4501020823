import { generateEvents } from './generate-events.ts';
import type { Grain, History, InputSpec, ProcessSpec, SourceSpec, TimeForm } from './history.ts';
import { hasIntervals, targetTableOf } from './history.ts';
import { Random } from './random.ts';

const MINUTES: Readonly<Record<Grain, number>> = { '15m': 15, hour: 60, day: 1440 };

/** How a history's processes hang together. */
interface Shape {
  readonly name: string;
  readonly sources: number;
  /** Time that passes between two arrivals, in minutes. */
  readonly tick: number;
  readonly finest: Grain;
  /** Sources that may have a date for their time: nobody computes the hours of a day one by one from them. */
  readonly dates?: readonly number[];
  /** Whether sources may have no time but that of their landing: what only appends reads them. */
  readonly landing?: true;
  readonly processes: (random: Random) => readonly ProcessSpec[];
}

/** The history of a seed. The same seed gives the same history as long as this file stays as it is. */
export function generateHistory(seed: number): History {
  const random = new Random(seed);
  const shape = random.pick(SHAPES);
  const drawn = shape
    .processes(random)
    .map((process) => (random.chance(0.3) ? { ...process, pin: true as const } : process));
  const sources = Array.from({ length: shape.sources }, (_, n) => source(random, n, shape));
  const processes = drawn.map((process) => withOneAxis(withPlainBeginning(process, sources), sources));
  const labelled = processes.some((process) => process.labelled);
  return {
    seed,
    sources,
    ...(labelled ? { labels: [0, 1, 2].map((key) => ({ key, label: `first ${key}` })) } : {}),
    processes,
    events: generateEvents(random, { tick: shape.tick, sources, processes, labelled }),
  };
}

/**
 * What a file of several dates and hours says of its least hour is its first day, which may lead to more intervals than its rows do where
 * nobody looks for every hour. That shows only where each interval has a row.
 */
function withPlainBeginning(process: ProcessSpec, sources: readonly SourceSpec[]): ProcessSpec {
  const pairs = new Set(sources.filter(({ time }) => time === 'date_hour').map(({ table }) => table));
  const read = process.inputs.filter(({ table }) => pairs.has(table));
  if (
    process.load === 'range'
      ? read.length === 0
      : process.grain !== 'day' || (process.threshold === undefined && read.every(({ after }) => after === 0))
  )
    return process;
  const { dense: _, ...plain } = process;
  return plain;
}

function withOneAxis(process: ProcessSpec, sources: readonly SourceSpec[]): ProcessSpec {
  const read = sources.filter(({ table }) => process.inputs.some((input) => input.table === table));
  if (process.onOverwrite !== 'recompute' || read.every(hasIntervals)) return process;
  return { ...process, onOverwrite: 'added-only' };
}

const raw = (n: number): InputSpec => ({ table: `raw.s${n}`, before: 0, after: 0 });
const from = (process: string): InputSpec => ({ table: targetTableOf({ name: process }), before: 0, after: 0 });

const SHAPES: readonly Shape[] = [
  {
    name: 'stateless',
    sources: 2,
    tick: 60,
    finest: 'hour',
    dates: [0, 1],
    landing: true,
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
    dates: [1],
    processes: (r) => [totals(r, 'hours', 'hour', [raw(0)]), running(r, 'running', 'day', [from('hours'), raw(1)])],
  },
  {
    name: 'dates into hours and days',
    sources: 2,
    tick: 600,
    finest: 'hour',
    dates: [0, 1],
    processes: (r) => [totals(r, 'hours', 'hour', [raw(0)]), totals(r, 'days', 'day', [raw(0), raw(1)])],
  },
];

function source(random: Random, n: number, { finest, dates, landing }: Shape): SourceSpec {
  const instants: readonly TimeForm[] = ['timestamptz', 'timestamptz', 'timestamp', 'epoch_ms'];
  const forms = finest === '15m' ? instants : [...instants, 'date_hour' as const];
  const time = random.pick<TimeForm>([
    ...forms,
    ...(dates?.includes(n) ? (['date', 'date'] as const) : []),
    ...(landing ? (['landing', 'landing'] as const) : []),
  ]);
  const byTime = time === 'timestamptz' || time === 'timestamp';
  const table = `raw.s${n}`;
  // Of a file of several hours all count as dropped, also those that never had a row.
  if (byTime && finest === 'hour' && random.chance(0.35)) return { table, time, partition: 'hour', retains: true };
  return {
    table,
    time,
    partition: random.pick(byTime ? ['hour', 'hour', 'day', 'landing', 'none'] : ['landing', 'none']),
  };
}

function copy(random: Random, name: string, inputs: readonly InputSpec[]): ProcessSpec {
  const labelled = random.chance(0.3);
  return {
    name,
    kind: 'copy',
    inputs,
    labelled,
    ...onOverwrite(random, labelled),
    grain: 'hour',
    load: 'range',
    isolate: false,
    partition: random.pick(['hour', 'hour', 'day', 'none']),
  };
}

/** What labels a replaced interval has depends on which others were replaced with it. */
function onOverwrite(random: Random, labelled: boolean): Pick<ProcessSpec, 'onOverwrite'> {
  const kind = random.fraction();
  if (kind < 0.35) return { onOverwrite: 'added-only' };
  return kind < 0.7 && !labelled ? { onOverwrite: 'recompute' } : {};
}

/** Whether it is plain which intervals of the inputs changed: not where an overwrite moves rows of others along in mixed files. */
const isPlain = (inputs: readonly InputSpec[]): boolean =>
  inputs.every(({ table }) => table.startsWith('raw.') || table === 'dw.facts');

function totals(random: Random, name: string, grain: Grain, inputs: readonly InputSpec[]): ProcessSpec {
  const length = MINUTES[grain];
  const reaching = random.chance(0.5);
  // What of a target of ours counts as changed where it holds no rows decides where its readers begin, and nothing else.
  const dense = inputs.every(({ table }) => table.startsWith('raw.')) && random.chance(0.5);
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
    labelled: !reaching && isPlain(inputs) && random.chance(0.5),
    grain,
    ...(dense ? { dense: true as const } : {}),
    // A range runs on to the bound and so reaches forward by itself; only what is changed shows whether reach is thought of.
    load: random.chance(reaching ? 0.6 : 0.3) ? 'changed' : 'range',
    // What fills its whole range with rows cannot be given one interval of it at a time.
    isolate: !dense && random.chance(0.2),
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
    labelled: threshold.threshold === undefined && isPlain(inputs) && random.chance(0.45),
    grain,
    load: 'range',
    isolate: false,
    ...threshold,
    ...(random.chance(0.15) ? { openInterval: 'wait' as const } : {}),
    partition: random.pick(['hour', 'hour', 'day', 'none']),
  };
}
