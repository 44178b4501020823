import { NeedsDecisionError } from '../errors.ts';
import type { Mode, ProcessName, SessionId } from '../process/process.ts';
import {
  instant,
  intervals,
  type JsonCodec,
  JsonShapeError,
  list,
  number,
  object,
  oneOf,
  optional,
  sequenceNumber,
  snapshotId,
  text,
} from './json-codec.ts';
import type {
  Basis,
  Fingerprints,
  LookupState,
  SessionKind,
  Signal,
  SourceState,
  StateRecord,
} from './state-record.ts';

export const modeCodec: JsonCodec<Mode> = oneOf('stateless', 'stateful', 'sequential');
export const sessionKindCodec: JsonCodec<SessionKind> = oneOf('normal', 'backfill', 'adopt', 'skip', 'recompute');
export const basisCodec: JsonCodec<Basis> = oneOf('declared', 'seen');

export const signalCodec: JsonCodec<Signal> = object<Signal>({
  until: instant,
  basis: basisCodec,
  column: text(),
});

export const sourceStateCodec: JsonCodec<SourceState> = object<SourceState>({
  table: text(),
  branch: text(),
  uuid: text(),
  snapshotId: optional(snapshotId),
  readFrom: optional(snapshotId),
  sequenceNumber: optional(sequenceNumber),
  seenUntil: optional(instant),
  dropped: optional(intervals),
  fileCount: number,
  fileHash: text(),
});

const lookupStateCodec: JsonCodec<LookupState> = object<LookupState>({
  table: text(),
  branch: text(),
  uuid: text(),
  snapshotId: optional(snapshotId),
});

export const fingerprintsCodec: JsonCodec<Fingerprints> = object<Fingerprints>({
  transform: text(),
  audits: text(),
  config: text(),
});

const recordCodec: JsonCodec<StateRecord> = object<StateRecord>({
  version: oneOf(1),
  process: text<ProcessName>(),
  session: text<SessionId>(),
  attempt: number,
  kind: sessionKindCodec,
  mode: modeCodec,
  previous: optional(text<SessionId>()),
  base: optional(text<SessionId>()),
  signal: optional(signalCodec),
  sources: list(sourceStateCodec),
  lookups: list(lookupStateCodec),
  upper: optional(instant),
  lower: optional(instant),
  time: optional(text()),
  written: intervals,
  replaced: optional(intervals),
  pending: intervals,
  fresh: optional(intervals),
  skipped: intervals,
  exempt: optional(intervals),
  reason: optional(text()),
  fingerprints: fingerprintsCodec,
  part: optional(
    object<NonNullable<StateRecord['part']>>({
      pins: list(sourceStateCodec),
      done: intervals,
    }),
  ),
  recordedAtMs: number,
});

/** One line of JSON for a summary entry or a table property: ids as text, instants as ISO, intervals as `start/end`. */
export function stateRecordToJson(record: StateRecord): string {
  return JSON.stringify(recordCodec.toJson(record));
}

/**
 * The inverse of {@link stateRecordToJson}; members that this version does not know are ignored.
 *
 * @throws {NeedsDecisionError} the text is not a state record of a version that is known here
 */
export function stateRecordFromJson(json: string): StateRecord {
  const remedy =
    'Nothing was changed. If a newer Psyberg wrote it, update this one; if the text was damaged, remove the snapshot entry ' +
    'or table property, and adopt or recompute the process.';
  return parseWith(recordCodec, json, 'A state record', remedy);
}

/** Parses text of ours; failures become an error that says which text, what is wrong with it, and what to do. */
export function parseWith<T>(codec: JsonCodec<T>, json: string, what: string, remedy: string): T {
  try {
    return codec.fromJson(JSON.parse(json), '');
  } catch (error) {
    if (!(error instanceof SyntaxError) && !(error instanceof JsonShapeError)) throw error;
    const begin = json.length > 80 ? `${json.slice(0, 80)}…` : json;
    throw new NeedsDecisionError(`${what} cannot be read: ${error.message}. It begins with ${begin} ${remedy}`, {
      cause: error,
    });
  }
}
