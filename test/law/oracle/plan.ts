import type { ProcessSpec } from '../history.ts';
import { ceilTo, floorTo, greatestOf, leastOf, lengthOf, slotsBetween, touchedSlots } from './hours.ts';
import type { ModelChange, ModelSnapshot, ModelTable } from './model-table.ts';
import type { Completeness, ProcessState } from './process-state.ts';

/** One input of a process, as it is when a session is planned. */
export interface Input {
  readonly table: ModelTable;
  /** Of a target of ours: what its record says; undefined while there is none. */
  readonly signal: Completeness | undefined;
  readonly before: number;
  readonly after: number;
}

/** What a session does. */
export interface ModelPlan {
  /** Starts of the intervals that it writes. */
  readonly write: readonly number[];
  readonly next: ProcessState;
  /** What it reads up to. */
  readonly pins: readonly (ModelSnapshot | undefined)[];
  /** The target is made anew: by a recompute, or by a stateless session whose sources took rows back. */
  readonly isAnew?: boolean;
  readonly isRecompute?: boolean;
}

interface Facts {
  readonly changed: ReadonlySet<number>;
  readonly dropped: readonly ReadonlySet<number>[];
  readonly seen: readonly (number | undefined)[];
  readonly complete: readonly (Completeness | undefined)[];
}

function factsOf(process: ProcessSpec, state: ProcessState, inputs: readonly Input[]): Facts {
  const length = lengthOf(process.grain);
  const changed = new Set<number>();
  const pins = pinsOf(state, inputs);
  const changes = inputs.map(({ table }, n) => table.since(state.marks[n], pins[n]));
  const dropped = inputs.map((_, n) => droppedSlots(length, state.dropped[n], changes[n]!));
  inputs.forEach(({ table, before, after }, n) => {
    // What was dropped of an interval that has rows left is gone like any other row.
    const gone = changes[n]!.drops.flatMap(({ rows }) => rows).filter(
      ({ ts }) => !dropped[n]!.has(floorTo(length, ts)),
    );
    for (const span of [...changes[n]!.changed, ...gone.map((row) => table.spanOf(row))])
      for (const slot of touchedSlots(length, span, before, after)) changed.add(slot);
  });
  const seen = inputs.map((_, n) => greatestOf([state.seen[n], ...changes[n]!.brought.map(({ end }) => end)]));
  return { changed, dropped, seen, complete: inputs.map((input, n) => completeOf(input, seen[n], pins[n])) };
}

/** Intervals of which a drop left no row. */
function droppedSlots(
  length: number,
  known: ReadonlySet<number> | undefined,
  { drops }: ModelChange,
): ReadonlySet<number> {
  const slots = drops.flatMap(({ rows, left }) => {
    const still = new Set(left.map(({ ts }) => floorTo(length, ts)));
    return rows.map(({ ts }) => floorTo(length, ts)).filter((slot) => !still.has(slot));
  });
  return new Set([...(known ?? []), ...slots]);
}

/** What of the loaded intervals can never be computed again; state that flows through such an interval ends there. */
function closedSlots(
  process: ProcessSpec,
  { dropped }: Facts,
  { upper, fresh }: ProcessState,
): (slot: number) => boolean {
  if (upper === undefined) return () => false;
  const length = lengthOf(process.grain);
  const closed = new Set(
    process.inputs.flatMap(({ before, after }, n) =>
      [...dropped[n]!].flatMap((slot) => touchedSlots(length, { start: slot, end: slot + length }, before, after)),
    ),
  );
  for (const slot of fresh) closed.delete(slot);
  const last = greatestOf([...closed].filter((slot) => slot < upper));
  if (process.kind === 'running') return (slot) => last !== undefined && slot <= last;
  return (slot) => slot < upper && closed.has(slot);
}

/** Of a session that appends what is new, and looks at nothing else. */
function factsOfNew(process: ProcessSpec, state: ProcessState, inputs: readonly Input[]): Facts {
  const pins = pinsOf(state, inputs);
  const length = lengthOf(process.grain);
  const spans = inputs.map(({ table }, n) => table.newSince(state.marks[n], pins[n]).map((row) => table.spanOf(row)));
  const changed = spans.flat().flatMap((span) => touchedSlots(length, span, 0, 0));
  const dropped = inputs.map(({ table }, n) =>
    droppedSlots(length, state.dropped[n], table.since(state.marks[n], pins[n])),
  );
  const seen = spans.map((each, n) => greatestOf([state.seen[n], ...each.map(({ end }) => end)]));
  return {
    changed: new Set(changed),
    dropped,
    seen,
    complete: inputs.map((input, n) => completeOf(input, seen[n], pins[n])),
  };
}

/** The heads; a stateless session in parts stays with what its first part read. */
const pinsOf = (state: ProcessState, inputs: readonly Input[]): readonly (ModelSnapshot | undefined)[] =>
  state.part?.pins ?? inputs.map(({ table }) => table.head);

/** As the producer says; of a target of ours what its record says; else what has been seen. */
function completeOf(
  { table, signal }: Input,
  seen: number | undefined,
  pin: ModelSnapshot | undefined,
): Completeness | undefined {
  if (table.source === undefined) return signal;
  const declared = table.declaredAt(pin);
  if (declared !== undefined) return { until: declared, basis: 'declared' };
  return seen === undefined ? undefined : { until: seen, basis: 'seen' };
}

/** Least over the inputs; undefined while nothing is known of one of them. */
function boundOf(process: ProcessSpec, inputs: readonly Input[], { complete }: Facts): number | undefined {
  const each = inputs.map(({ after }, n) => {
    const known = complete[n];
    if (known === undefined) return undefined;
    const open = process.openInterval ?? (known.basis === 'declared' ? 'wait' : 'load');
    return (open === 'wait' ? floorTo : ceilTo)(lengthOf(process.grain), known.until - after);
  });
  return each.includes(undefined) ? undefined : leastOf(each);
}

function signalOf(
  inputs: readonly Input[],
  { complete }: Facts,
  upper: number | undefined,
  pending: readonly number[],
): { signal?: Completeness } {
  if (upper === undefined || complete.includes(undefined)) return {};
  const until = leastOf([upper, pending[0], ...complete.map((known, n) => known!.until - inputs[n]!.after)])!;
  return { signal: { until, basis: complete.some((known) => known!.basis === 'seen') ? 'seen' : 'declared' } };
}

/** Undefined: there is nothing to record yet. */
export function planOverwrite(
  process: ProcessSpec,
  state: ProcessState,
  inputs: readonly Input[],
  maxIntervals = Number.POSITIVE_INFINITY,
): ModelPlan | undefined {
  const facts = factsOf(process, state, inputs);
  const upper = greatestOf([boundOf(process, inputs, facts), state.upper]);
  if (upper === undefined) return undefined;
  const { due, skipped } = dueSlots(process, state, facts, upper);
  // Until something was computed, every run is a first run.
  if (state.upper === undefined && due.length === 0) return undefined;
  const write = due.slice(0, maxIntervals);
  const pending = due.slice(write.length);
  const lower = leastOf([state.lower, due[0]]);
  const signal = signalOf(inputs, facts, upper, pending);
  const pins = pinsOf(state, inputs);
  return {
    write,
    pins,
    next: {
      marks: pins,
      seen: facts.seen,
      upper,
      ...(lower !== undefined && { lower }),
      ...(signal.signal === undefined && state.signal !== undefined ? { signal: state.signal } : signal),
      pending,
      fresh: pending.filter((slot) => state.upper === undefined || slot >= state.upper || state.fresh.includes(slot)),
      skipped: new Set([...state.skipped, ...skipped].filter((slot) => !write.includes(slot))),
      dropped: facts.dropped,
      frozen:
        state.frozen || skipped.some((slot) => !due.includes(slot)) || facts.dropped.some((slots) => slots.size > 0),
    },
  };
}

function dueSlots(
  process: ProcessSpec,
  state: ProcessState,
  facts: Facts,
  upper: number,
): { due: readonly number[]; skipped: readonly number[] } {
  const length = lengthOf(process.grain);
  const tooOld =
    state.upper === undefined || process.threshold === undefined
      ? Number.NEGATIVE_INFINITY
      : state.upper - process.threshold;
  const all = [...facts.changed].sort((a, b) => a - b);
  const isClosed = closedSlots(process, facts, state);
  const isOpen = (slot: number) => !isClosed(slot);
  const work = [...all.filter((slot) => slot >= tooOld && slot < upper), ...state.pending].filter(isOpen);
  const lowest = leastOf([...work, state.upper !== undefined && state.upper < upper ? state.upper : undefined]);
  const skipped = all.filter((slot) => slot < tooOld || isClosed(slot));
  if (lowest === undefined) return { due: [], skipped };
  if (process.load === 'range' || process.kind === 'running')
    return { due: slotsBetween(length, lowest, upper).filter(isOpen), skipped };
  const due = new Set([
    ...work,
    ...slotsBetween(length, state.upper ?? lowest, upper),
    ...slotsBetween(length, lowest, state.lower ?? lowest),
  ]);
  return { due: [...due].filter(isOpen).sort((a, b) => a - b), skipped };
}

/** A session that appends; it takes no interval for itself, but a session in parts takes so many at a time. */
export function planCopy(
  process: ProcessSpec,
  state: ProcessState,
  inputs: readonly Input[],
  maxIntervals = Number.POSITIVE_INFINITY,
): ModelPlan {
  const facts = factsOfNew(process, state, inputs);
  const { changed } = process.onOverwrite === 'recompute' ? factsOf(process, state, inputs) : facts;
  const done = new Set(state.part?.done);
  const todo = [...changed].filter((slot) => !done.has(slot)).sort((a, b) => a - b);
  const write = todo.slice(0, maxIntervals);
  const pending = todo.slice(write.length);
  const isLast = pending.length === 0;
  const upper = isLast ? greatestOf([boundOf(process, inputs, facts), state.upper]) : state.upper;
  const signal = signalOf(inputs, facts, upper, pending);
  const pins = pinsOf(state, inputs);
  return {
    write,
    pins,
    isAnew:
      process.onOverwrite === 'recompute' && inputs.some(({ table }, n) => table.tookBack(state.marks[n], pins[n])),
    next: {
      marks: isLast ? pins : state.marks,
      seen: isLast ? facts.seen : state.seen,
      ...(upper !== undefined && { upper }),
      ...(signal.signal === undefined && state.signal !== undefined ? { signal: state.signal } : signal),
      pending: [],
      fresh: [],
      skipped: new Set(),
      dropped: isLast ? facts.dropped : state.dropped,
      ...(isLast ? {} : { part: { pins, done: [...done, ...write] } }),
      frozen: state.frozen,
    },
  };
}

/** What came to one input is passed over: below U it counts as skipped, beyond it the next session computes what is there by then. */
export function skipChange(
  process: ProcessSpec,
  state: ProcessState,
  inputs: readonly Input[],
  n: number,
): ProcessState {
  const { table, before, after } = inputs[n]!;
  const change = table.since(state.marks[n], table.head);
  const touched = change.changed.flatMap((span) => touchedSlots(lengthOf(process.grain), span, before, after));
  const isBelow = (slot: number) =>
    process.kind === 'copy' || (state.upper !== undefined && slot < state.upper && !state.pending.includes(slot));
  const seen = greatestOf([state.seen[n], ...change.brought.map(({ end }) => end)]);
  return {
    ...state,
    marks: state.marks.with(n, table.head),
    seen: state.seen.with(n, seen),
    skipped: new Set([...state.skipped, ...touched.filter(isBelow)]),
    frozen: true,
    hasSkipped: true,
  };
}

/** Computes a span again from what the sources held when they were read last; a sequential process runs on to its bound. */
export function planBackfill(process: ProcessSpec, state: ProcessState, from: number, to: number): ModelPlan {
  const length = lengthOf(process.grain);
  const upper = state.upper!;
  const end = process.kind === 'running' ? upper : Math.min(ceilTo(length, to), upper);
  const write = slotsBetween(length, floorTo(length, from), end);
  const skipped = new Set([...state.skipped].filter((slot) => !write.includes(slot)));
  return { write, pins: state.marks, next: { ...state, skipped } };
}
