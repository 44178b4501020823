import type { ProcessName, SessionId } from '../process/process.ts';
import {
  flag,
  instant,
  integerText,
  interval,
  intervals,
  type JsonCodec,
  list,
  number,
  object,
  oneOf,
  optional,
  sequenceNumber,
  snapshotId,
  text,
} from '../state/json-codec.ts';
import {
  basisCodec,
  fingerprintsCodec,
  modeCodec,
  parseWith,
  sessionKindCodec,
  signalCodec,
  sourceStateCodec,
} from '../state/state-record-json.ts';
import type { Cause, PlannedInterval, PlannedLookup, PlannedSource, SessionPlan, SnapshotPin } from './session-plan.ts';

const pinCodec: JsonCodec<SnapshotPin> = object<SnapshotPin>({
  snapshotId,
  sequenceNumber,
  committedAtMs: number,
});

const causeCodec: JsonCodec<Cause> = object<Cause>({
  table: text(),
  snapshotId: optional(snapshotId),
  process: optional(text<ProcessName>()),
  predicted: optional(flag),
  files: number,
  rows: number,
});

const plannedIntervalCodec: JsonCodec<PlannedInterval> = object<PlannedInterval>({
  start: instant,
  state: oneOf('new', 'late', 'redone', 'waiting', 'skipped', 'held', 'unchanged'),
  action: oneOf('append', 'overwrite', 'none'),
  lateByUs: optional(integerText),
  waitingFor: optional(list(text())),
  causes: list(causeCodec),
});

const plannedSourceCodec: JsonCodec<PlannedSource> = object<PlannedSource>({
  table: text(),
  as: text(),
  branch: text(),
  uuid: text(),
  from: optional(pinCodec),
  to: optional(pinCodec),
  files: number,
  rows: number,
  bytes: number,
  processingUris: list(text()),
  changed: intervals,
  completeUntil: optional(instant),
  basis: optional(basisCodec),
  next: sourceStateCodec,
  landedFromMs: optional(number),
  landedToMs: optional(number),
});

const plannedLookupCodec: JsonCodec<PlannedLookup> = object<PlannedLookup>({
  table: text(),
  branch: text(),
  uuid: text(),
  snapshotId: optional(snapshotId),
  as: text(),
});

const planCodec: JsonCodec<SessionPlan> = object<SessionPlan>({
  process: text<ProcessName>(),
  mode: modeCodec,
  session: text<SessionId>(),
  kind: sessionKindCodec,
  target: object<SessionPlan['target']>({
    table: text(),
    branch: text(),
    uuid: optional(text()),
    head: optional(snapshotId),
  }),
  previous: optional(text<SessionId>()),
  base: optional(text<SessionId>()),
  outcome: oneOf('work', 'signal', 'nothing'),
  sources: list(plannedSourceCodec),
  lookups: list(plannedLookupCodec),
  range: optional(interval),
  write: intervals,
  replace: optional(intervals),
  calls: list(interval),
  intervals: list(plannedIntervalCodec),
  upperBefore: optional(instant),
  upper: optional(instant),
  lower: optional(instant),
  pending: intervals,
  fresh: optional(intervals),
  skipped: intervals,
  exempt: optional(intervals),
  signal: optional(signalCodec),
  fingerprints: fingerprintsCodec,
  notes: list(text()),
  plannedAtMs: number,
});

/** The plan as one line of JSON without loss: ids as text, instants as ISO, intervals as `start/end`. */
export function planToJson(plan: SessionPlan): string {
  return JSON.stringify(planCodec.toJson(plan));
}

/**
 * The inverse of {@link planToJson}; members that this version does not know are ignored.
 *
 * @throws {NeedsDecisionError} the text is not a plan
 */
export function planFromJson(json: string): SessionPlan {
  return parseWith(
    planCodec,
    json,
    'A stored session plan',
    'Nothing was changed. If a newer Psyberg wrote it, update this one; else discard the session and plan anew.',
  );
}
