import { toSequenceNumber, toSnapshotId } from '@psyberg/iceberg';
import fc from 'fast-check';
import type { ProcessName, SessionId } from '../../src/process/process.ts';
import type { SessionPlan } from '../../src/session/session-plan.ts';
import type { SourceState, StateRecord } from '../../src/state/state-record.ts';
import { type Instant, toInstant } from '../../src/time/instant.ts';
import { intervalSet } from '../../src/time/interval-set.ts';

/** Mostly ordinary years to the microsecond, some far outside of what ISO dates spell. */
const anyInstant = fc.oneof(
  fc.bigInt({ min: -10_000_000_000_000_000n, max: 10_000_000_000_000_000n }).map(toInstant),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(toInstant),
);
export const anySnapshotId = fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }).map(toSnapshotId);
const anySequenceNumber = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(toSequenceNumber);
export const anyText = fc.string({ unit: 'grapheme', maxLength: 12 });
export const anyProcess = fc.stringMatching(/^[a-z][a-z0-9_]{0,9}$/).map((name) => name as ProcessName);
export const anySession = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).map((id) => id as SessionId);
export const anyCount = fc.nat({ max: 2 ** 31 });
export const anyMs = fc.integer({ min: 0, max: 8_000_000_000_000 });
const ordered = (a: Instant, b: Instant) => (a < b ? { start: a, end: b } : { start: b, end: a });
const anyInterval = fc.tuple(anyInstant, anyInstant).map(([a, b]) => ordered(a, b));
const anyIntervals = fc.array(anyInterval, { maxLength: 4 }).map(intervalSet);
const anyBasis = fc.constantFrom('declared' as const, 'seen' as const);
const anyKind = fc.constantFrom(
  'normal' as const,
  'backfill' as const,
  'adopt' as const,
  'skip' as const,
  'recompute' as const,
);
const anyMode = fc.constantFrom('stateless' as const, 'stateful' as const, 'sequential' as const);
const anyHash = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((hash) => hash.toString(16).padStart(16, '0'));
const anySignal = fc.record({ until: anyInstant, basis: anyBasis, column: anyText });
const anyFingerprints = fc.record({ transform: anyText, audits: anyText, config: anyText });

export const anySourceState: fc.Arbitrary<SourceState> = fc.record(
  {
    table: anyText,
    branch: anyText,
    uuid: anyText,
    snapshotId: anySnapshotId,
    sequenceNumber: anySequenceNumber,
    seenUntil: anyInstant,
    fileCount: anyCount,
    fileHash: anyHash,
  },
  { requiredKeys: ['table', 'branch', 'uuid', 'fileCount', 'fileHash'] },
);

const lookup = { table: anyText, branch: anyText, uuid: anyText, snapshotId: anySnapshotId };

export const anyStateRecord: fc.Arbitrary<StateRecord> = fc.record(
  {
    version: fc.constant(1 as const),
    process: anyProcess,
    session: anySession,
    attempt: fc.integer({ min: 1, max: 9 }),
    kind: anyKind,
    mode: anyMode,
    previous: anySession,
    base: anySession,
    signal: anySignal,
    sources: fc.array(anySourceState, { maxLength: 3 }),
    lookups: fc.array(fc.record(lookup, { requiredKeys: ['table', 'branch', 'uuid'] }), { maxLength: 2 }),
    upper: anyInstant,
    lower: anyInstant,
    time: anyText,
    written: anyIntervals,
    pending: anyIntervals,
    skipped: anyIntervals,
    fingerprints: anyFingerprints,
    part: fc.record({ pins: fc.array(anySourceState, { maxLength: 2 }), done: anyIntervals }),
    recordedAtMs: anyMs,
  },
  {
    requiredKeys: [
      'version',
      'process',
      'session',
      'attempt',
      'kind',
      'mode',
      'sources',
      'lookups',
      'written',
      'pending',
      'skipped',
      'fingerprints',
      'recordedAtMs',
    ],
  },
);

const anyPin = fc.record({ snapshotId: anySnapshotId, sequenceNumber: anySequenceNumber, committedAtMs: anyMs });

const anyPlannedSource = fc.record(
  {
    table: anyText,
    as: anyText,
    branch: anyText,
    uuid: anyText,
    from: anyPin,
    to: anyPin,
    files: anyCount,
    rows: anyCount,
    bytes: anyCount,
    processingUris: fc.array(anyText, { maxLength: 3 }),
    changed: anyIntervals,
    completeUntil: anyInstant,
    basis: anyBasis,
    next: anySourceState,
    landedFromMs: anyMs,
    landedToMs: anyMs,
  },
  { requiredKeys: ['table', 'as', 'branch', 'uuid', 'files', 'rows', 'bytes', 'processingUris', 'changed', 'next'] },
);

const anyCause = fc.record(
  {
    table: anyText,
    snapshotId: anySnapshotId,
    process: anyProcess,
    predicted: fc.boolean(),
    files: anyCount,
    rows: anyCount,
  },
  { requiredKeys: ['table', 'files', 'rows'] },
);

const anyPlannedInterval = fc.record(
  {
    start: anyInstant,
    state: fc.constantFrom('new' as const, 'late' as const, 'redone' as const, 'waiting' as const, 'skipped' as const),
    action: fc.constantFrom('append' as const, 'overwrite' as const, 'none' as const),
    lateByUs: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
    waitingFor: fc.array(anyText, { maxLength: 2 }),
    causes: fc.array(anyCause, { maxLength: 2 }),
  },
  { requiredKeys: ['start', 'state', 'action', 'causes'] },
);

export const anyPlan: fc.Arbitrary<SessionPlan> = fc.record(
  {
    process: anyProcess,
    mode: anyMode,
    session: anySession,
    kind: anyKind,
    target: fc.record(
      { table: anyText, branch: anyText, uuid: anyText, head: anySnapshotId },
      { requiredKeys: ['table', 'branch'] },
    ),
    previous: anySession,
    base: anySession,
    outcome: fc.constantFrom('work' as const, 'signal' as const, 'nothing' as const),
    sources: fc.array(anyPlannedSource, { maxLength: 3 }),
    lookups: fc.array(fc.record({ ...lookup, as: anyText }, { requiredKeys: ['table', 'branch', 'uuid', 'as'] }), {
      maxLength: 2,
    }),
    range: anyInterval,
    write: anyIntervals,
    calls: fc.array(anyInterval, { maxLength: 2 }),
    intervals: fc.array(anyPlannedInterval, { maxLength: 3 }),
    upperBefore: anyInstant,
    upper: anyInstant,
    lower: anyInstant,
    pending: anyIntervals,
    skipped: anyIntervals,
    signal: anySignal,
    fingerprints: anyFingerprints,
    notes: fc.array(anyText, { maxLength: 2 }),
    plannedAtMs: anyMs,
  },
  {
    requiredKeys: [
      'process',
      'mode',
      'session',
      'kind',
      'target',
      'outcome',
      'sources',
      'lookups',
      'write',
      'calls',
      'intervals',
      'pending',
      'skipped',
      'fingerprints',
      'notes',
      'plannedAtMs',
    ],
  },
);
