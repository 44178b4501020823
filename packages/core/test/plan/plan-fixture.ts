/** Facts to plan from, short to write: hours are numbers from midnight of 14 September 2023. */
import { type ScannedFile, toSequenceNumber, toSnapshotId } from '@psyberg/iceberg';
import type { FileChange } from '../../src/changes/file-change.ts';
import type { SourceObservation } from '../../src/changes/source-observation.ts';
import type { PlanInput } from '../../src/plan/plan-input.ts';
import type { ChangesSource, Process, ProcessName, SessionId, Target } from '../../src/process/process.ts';
import type { Basis, StateRecord } from '../../src/state/state-record.ts';
import { grainLengthUs } from '../../src/time/grain.ts';
import { HOUR_US, type Instant, parseInstant, toInstant } from '../../src/time/instant.ts';
import { type Interval, type IntervalSet, intervalSet } from '../../src/time/interval-set.ts';

/** From, to; half-open. */
export type Hours = readonly [number, number];

const MIDNIGHT = parseInstant('2023-09-14')!;
export const hour = (h: number): Instant => toInstant(MIDNIGHT + (BigInt(Math.round(h * 3600)) * HOUR_US) / 3600n);
const spanOf = ([from, to]: Hours): Interval => ({ start: hour(from), end: hour(to) });
export const setOf = (...spans: readonly Hours[]): IntervalSet => intervalSet(spans.map(spanOf));
const toHours = (instant: Instant): number => Number(instant - MIDNIGHT) / Number(HOUR_US);
/** The inverse of `setOf`, for expectations. */
export const hoursOf = (set: IntervalSet): Hours[] => set.map(({ start, end }) => [toHours(start), toHours(end)]);
export const hourOf = (instant: Instant | undefined): number | undefined =>
  instant === undefined ? undefined : toHours(instant);

export interface SourceFacts {
  /** Spans of added files. */
  readonly added?: readonly Hours[];
  readonly removed?: readonly Hours[];
  /** To be replaced by a stateless process. */
  readonly overwritten?: readonly Hours[];
  readonly exempt?: readonly Hours[];
  /** Complete until; `seen` unless `basis` says otherwise. Absent: nothing is known. */
  readonly complete?: number;
  readonly basis?: Basis;
  /** Default: `complete`. */
  readonly seen?: number;
  /** Hours of reach. */
  readonly before?: number;
  readonly after?: number;
  readonly from?: number;
  /** The pin; default 2. The record's is 1. */
  readonly pin?: number;
}

export interface RecordFacts {
  readonly upper?: number;
  readonly lower?: number;
  readonly pending?: readonly Hours[];
  readonly skipped?: readonly Hours[];
  readonly signal?: number;
  readonly basis?: Basis;
  /** A stateless session in parts: what is done. */
  readonly done?: readonly Hours[];
  readonly transform?: string;
}

export interface Facts {
  readonly sources: readonly SourceFacts[];
  readonly record?: RecordFacts;
  readonly process?: Partial<Process>;
  readonly target?: Partial<Target>;
  readonly maxIntervals?: number;
}

const FINGERPRINTS = { transform: 't', audits: 'a', config: 'c' };
const nameOf = (n: number): string => `raw.s${n}`;

export function planInput({ sources, record, process = {}, target = {}, maxIntervals }: Facts): PlanInput {
  const all = sources.map(sourceOf);
  const definition: Process = {
    name: 'p' as ProcessName,
    mode: 'stateful',
    sources: all,
    target: {
      table: { namespace: ['dw'], name: 'p' },
      branch: 'main',
      time: { kind: 'column', column: 'ts' },
      grain: 'hour',
      partition: [],
      sort: [],
      properties: {},
      onSchemaChange: 'error',
      ...target,
    },
    transform: { kind: 'external' },
    load: 'range',
    isolate: false,
    volatile: [],
    limits: { maxIntervals: 10_000 },
    audits: [],
    ...process,
  };
  return {
    process: definition,
    session: 's2' as SessionId,
    kind: 'normal',
    target: {},
    ...(record && { record: recordOf(record, sources, definition) }),
    observations: sources.map((facts, n) => observationOf(definition, all[n]!, facts, n)),
    lookups: [],
    fingerprints: FINGERPRINTS,
    ...(maxIntervals !== undefined && { maxIntervals }),
    nowMs: 0,
  };
}

function sourceOf({ before = 0, after = 0, from }: SourceFacts, n: number): ChangesSource {
  return {
    role: 'changes',
    table: { namespace: ['raw'], name: `s${n}` },
    branch: 'main',
    as: `s${n}`,
    time: { kind: 'column', column: 'ts' },
    reads: { beforeUs: BigInt(before) * HOUR_US, afterUs: BigInt(after) * HOUR_US },
    ...(from !== undefined && { from: hour(from) }),
    onOverwrite: 'error',
    allowFuture: false,
    pin: false,
  };
}

function observationOf(process: Process, source: ChangesSource, facts: SourceFacts, n: number): SourceObservation {
  const { added = [], removed = [], overwritten = [], exempt = [], complete, basis = 'seen', pin = 2 } = facts;
  const seen = facts.seen ?? complete;
  const changes = [
    ...added.map((span) => changeOf(process, 'added', span)),
    ...removed.map((span) => changeOf(process, 'removed', span)),
  ];
  return {
    source,
    table: nameOf(n),
    uuid: 'u',
    changes,
    exempt: setOf(...exempt),
    ...(complete !== undefined && { complete: { until: hour(complete), basis } }),
    next: {
      table: nameOf(n),
      branch: 'main',
      uuid: 'u',
      snapshotId: toSnapshotId(BigInt(pin)),
      sequenceNumber: toSequenceNumber(BigInt(pin)),
      ...(seen !== undefined && { seenUntil: hour(seen) }),
      fileCount: 0,
      fileHash: '0'.repeat(16),
    },
    toRead: { files: added.map(() => ({}) as ScannedFile), without: [] },
    overwritten: setOf(...overwritten),
    processingUris: [],
    predicted: false,
    notes: [],
  };
}

function changeOf({ target }: Process, change: FileChange['change'], hours: Hours): FileChange {
  const span = spanOf(hours);
  const single = span.end - span.start <= grainLengthUs(target.grain);
  return {
    change,
    path: `${change} ${hours.join('-')}`,
    snapshotId: toSnapshotId(2n),
    rows: 10,
    bytes: 100,
    span: [span],
    ...(single && { rowsByInterval: [{ start: span.start, rows: 10 }] }),
  };
}

function recordOf(facts: RecordFacts, sources: readonly SourceFacts[], process: Process): StateRecord {
  const { upper, lower, pending = [], skipped = [], signal, basis = 'seen', done, transform = 't' } = facts;
  const states = sources.map(({ seen, complete }, n) => ({
    table: nameOf(n),
    branch: 'main',
    uuid: 'u',
    snapshotId: toSnapshotId(1n),
    ...((seen ?? complete) !== undefined && { seenUntil: hour((seen ?? complete)!) }),
    fileCount: 0,
    fileHash: '0'.repeat(16),
  }));
  return {
    version: 1,
    process: process.name,
    session: 's1' as SessionId,
    attempt: 1,
    kind: 'normal',
    mode: process.mode,
    sources: states,
    lookups: [],
    ...(upper !== undefined && { upper: hour(upper) }),
    ...(lower !== undefined && { lower: hour(lower) }),
    ...(signal !== undefined && { signal: { until: hour(signal), basis, column: 'ts' } }),
    written: [],
    pending: setOf(...pending),
    skipped: setOf(...skipped),
    fingerprints: { ...FINGERPRINTS, transform },
    ...(done && { part: { pins: states, done: setOf(...done) } }),
    recordedAtMs: 0,
  };
}
