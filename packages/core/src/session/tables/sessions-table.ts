import { toSnapshotId } from '@psyberg/iceberg';
import type { ProcessName, SessionId } from '../../process/process.ts';
import { instantFromMs, toInstant } from '../../time/instant.ts';
import { hull, type Interval } from '../../time/interval-set.ts';
import { planFromJson, planToJson } from '../plan-json.ts';
import type { SessionEvent } from '../rows.ts';
import type { PlannedSource, SessionState } from '../session-plan.ts';
import { countCell, dateHour, instantCell, intervalsCell, msCell, orNull } from './cells.ts';
import {
  instantColumn,
  intColumn,
  intervalsColumn,
  longColumn,
  type OwnRow,
  type OwnTableShape,
  requiredInstant,
  requiredInt,
  requiredText,
  textColumn,
  textsColumn,
} from './own-columns.ts';
import { RowReader } from './row-reader.ts';

/** In the order in which a session passes through them; decides between events of one millisecond. */
const SESSION_STATES: readonly SessionState[] = [
  'planned',
  'empty',
  'written',
  'audited',
  'held',
  'published',
  'committed',
  'superseded',
  'discarded',
];

export const SESSIONS_SHAPE: OwnTableShape = {
  comment: 'What happened to the sessions of every process: one row per source and event, newest event last.',
  boundedColumns: ['process', 'session', 'recorded_at', 'source_ordinal'],
  columns: [
    requiredText('process', 'Name of the process'),
    requiredText('session', 'Id of the session; with the process its identity'),
    requiredInt('attempt', 'Which try to write, from 1; all read the same snapshots'),
    requiredText('kind', 'normal, backfill, adopt, skip or recompute'),
    requiredText('mode', 'stateless, stateful or sequential'),
    requiredText('state', 'State that the session entered with this event'),
    requiredInstant('recorded_at', 'When the event was recorded'),
    requiredText('wap_id', 'wap.id of the attempt'),
    requiredText('target_table', 'Table written'),
    requiredText('target_branch', 'Its branch'),
    requiredInt(
      'source_ordinal',
      'Place of the source among the sources of the process, from 0; rows of a session without sources have 0',
    ),
    textColumn('source_table', 'Table read'),
    textColumn('source_as', 'Name by which the transform calls it'),
    textColumn('source_branch', 'Its branch'),
    textColumn('source_uuid', 'Its table uuid'),
    longColumn('from_snapshot_id', 'High watermark before the session, exclusive'),
    longColumn('from_sequence_number', 'Its sequence number'),
    instantColumn('from_committed_at', 'Its commit time'),
    longColumn('to_snapshot_id', 'Snapshot that the session is pinned to, inclusive'),
    longColumn('to_sequence_number', 'Its sequence number'),
    instantColumn('to_committed_at', 'Its commit time'),
    textsColumn('processing_uris', 'Each changed input partition as JSON'),
    longColumn('changed_rows', 'Rows in the changed files'),
    longColumn('changed_files', 'Files added, and removed by overwrites'),
    longColumn('changed_bytes', 'Bytes of the changed files'),
    intColumn('from_date', 'Date of the first changed hour on the time axis, like 20230914'),
    intColumn('from_hour', 'First changed hour, UTC'),
    intColumn('to_date', 'Date of the last changed hour'),
    intColumn('to_hour', 'Last changed hour, inclusive'),
    intColumn('landing_from_date', 'Date when the first change landed'),
    intColumn('landing_from_hour', 'Hour when the first change landed, UTC'),
    intColumn('landing_to_date', 'Date when the last change landed'),
    intColumn('landing_to_hour', 'Hour when the last change landed, inclusive'),
    intervalsColumn('changed_intervals', 'Exactly the spans of the source that changed, half-open'),
    instantColumn('complete_until', 'How far the source is complete, exclusive'),
    textColumn('complete_basis', 'declared or seen'),
    instantColumn('range_start', 'Start of the first interval that the session writes'),
    instantColumn('range_end', 'End of the last one, exclusive'),
    intervalsColumn('written_intervals', 'Exactly the spans of the target that the session writes, half-open'),
    instantColumn('upper', 'Exclusive bound that the process reaches with this session'),
    instantColumn('lower', 'Start of the first interval that the process ever computed'),
    longColumn('rows_written', 'Rows written to the target'),
    longColumn('snapshot_id', 'Snapshot of the target that readers see since publication'),
    longColumn('staged_snapshot_id', 'Staged snapshot of the attempt'),
    longColumn('attempt_head', 'Head of the branch when the attempt began'),
    instantColumn('signal_until', 'How far the target is complete after the session, exclusive'),
    textColumn('signal_basis', 'declared or seen'),
    textColumn('message', 'Why: held, superseded, nothing to do'),
    textColumn('plan', 'The whole plan as JSON, on the row of the first source'),
  ],
};

/** One row per source, one for an event without sources; the plan is on the first. */
export function sessionEventRows(event: SessionEvent): OwnRow[] {
  const shared = sharedCells(event);
  const plan = planToJson(event.plan);
  if (event.plan.sources.length === 0) return [{ ...shared, source_ordinal: 0, plan }];
  return event.plan.sources.map((source, i) => ({
    ...shared,
    source_ordinal: i,
    ...sourceCells(source),
    plan: i === 0 ? plan : null,
  }));
}

/** What is needed to make events again; the typed columns beside the plan are for other readers. */
export const EVENT_COLUMNS: readonly string[] = [
  'process',
  'session',
  'attempt',
  'kind',
  'mode',
  'state',
  'recorded_at',
  'wap_id',
  'rows_written',
  'snapshot_id',
  'staged_snapshot_id',
  'attempt_head',
  'message',
  'plan',
];

/** Of the rows read those that are an event each (they carry the plan), oldest event first. */
export function eventRows(rows: readonly OwnRow[]): readonly OwnRow[] {
  return rows.filter((row) => typeof row.plan === 'string').sort(compareEventRows);
}

/** What tells the state of a session and no more: a small part of what an event has. */
export const STATE_COLUMNS: readonly string[] = [
  'process',
  'session',
  'attempt',
  'state',
  'recorded_at',
  'source_ordinal',
];

/** Of rows with {@link STATE_COLUMNS} the newest of each session, oldest first. */
export const newestStateRows = (rows: readonly OwnRow[]): readonly OwnRow[] =>
  newestOf(rows.filter((row) => row.source_ordinal === 0).sort(compareEventRows));

/** The newest row of each session, in order; plans are not parsed for this, so that a long history costs little. */
export const newestEventRows = (rows: readonly OwnRow[]): readonly OwnRow[] => newestOf(eventRows(rows));

function newestOf(ordered: readonly OwnRow[]): readonly OwnRow[] {
  const newest = new Map<string, OwnRow>();
  for (const row of ordered) {
    const key = JSON.stringify([row.process, row.session]);
    newest.delete(key);
    newest.set(key, row);
  }
  return [...newest.values()];
}

export const eventsOf = (table: string, rows: readonly OwnRow[]): readonly SessionEvent[] =>
  rows.map((row) => eventOf(new RowReader(table, row)));

/** By the time recorded, then by attempt, then by the order of the steps. */
function compareEventRows(a: OwnRow, b: OwnRow): number {
  const [timeA, timeB] = [a.recorded_at as bigint, b.recorded_at as bigint];
  if (timeA !== timeB) return timeA < timeB ? -1 : 1;
  return (a.attempt as number) - (b.attempt as number) || stepOf(a) - stepOf(b);
}

const stepOf = ({ state }: OwnRow): number => SESSION_STATES.indexOf(state as SessionState);

function eventOf(row: RowReader): SessionEvent {
  const plan = planFromJson(row.text('plan'));
  const staged = row.optionalLong('staged_snapshot_id');
  const head = row.optionalLong('attempt_head');
  const snapshot = row.optionalLong('snapshot_id');
  const rowsWritten = row.optionalNumber('rows_written');
  const message = row.optionalText('message');
  return {
    process: row.text('process') as ProcessName,
    session: row.text('session') as SessionId,
    attempt: row.number('attempt'),
    kind: row.oneOf('kind', ['normal', 'backfill', 'adopt', 'skip', 'recompute']),
    mode: row.oneOf('mode', ['stateless', 'stateful', 'sequential']),
    state: row.oneOf('state', SESSION_STATES),
    wapId: row.text('wap_id'),
    recordedAtMs: row.ms('recorded_at'),
    plan,
    ...(staged === undefined ? {} : { stagedSnapshotId: toSnapshotId(staged) }),
    ...(head === undefined ? {} : { attemptHead: toSnapshotId(head) }),
    ...(snapshot === undefined ? {} : { snapshotId: toSnapshotId(snapshot) }),
    ...(rowsWritten === undefined ? {} : { rowsWritten }),
    ...(message === undefined ? {} : { message }),
  };
}

function sharedCells(event: SessionEvent): OwnRow {
  const { plan } = event;
  return {
    process: event.process,
    session: event.session,
    attempt: event.attempt,
    kind: event.kind,
    mode: event.mode,
    state: event.state,
    recorded_at: msCell(event.recordedAtMs),
    wap_id: event.wapId,
    target_table: plan.target.table,
    target_branch: plan.target.branch,
    range_start: instantCell(plan.range?.start),
    range_end: instantCell(plan.range?.end),
    written_intervals: intervalsCell(plan.write),
    upper: instantCell(plan.upper),
    lower: instantCell(plan.lower),
    rows_written: countCell(event.rowsWritten),
    snapshot_id: orNull(event.snapshotId),
    staged_snapshot_id: orNull(event.stagedSnapshotId),
    attempt_head: orNull(event.attemptHead),
    signal_until: instantCell(plan.signal?.until),
    signal_basis: orNull(plan.signal?.basis),
    message: orNull(event.message),
  };
}

function sourceCells(source: PlannedSource): OwnRow {
  const changed = lastHourInclusive(hull(source.changed));
  const landed = {
    start: source.landedFromMs === undefined ? undefined : instantFromMs(source.landedFromMs),
    end: source.landedToMs === undefined ? undefined : instantFromMs(source.landedToMs),
  };
  return {
    source_table: source.table,
    source_as: source.as,
    source_branch: source.branch,
    source_uuid: source.uuid,
    from_snapshot_id: orNull(source.from?.snapshotId),
    from_sequence_number: orNull(source.from?.sequenceNumber),
    from_committed_at: msCell(source.from?.committedAtMs),
    to_snapshot_id: orNull(source.to?.snapshotId),
    to_sequence_number: orNull(source.to?.sequenceNumber),
    to_committed_at: msCell(source.to?.committedAtMs),
    processing_uris: source.processingUris,
    changed_rows: countCell(source.rows),
    changed_files: countCell(source.files),
    changed_bytes: countCell(source.bytes),
    ...datesAndHours('', changed?.start, changed?.end),
    ...datesAndHours('landing_', landed.start, landed.end),
    changed_intervals: intervalsCell(source.changed),
    complete_until: instantCell(source.completeUntil),
    complete_basis: orNull(source.basis),
  };
}

/** People write "hours 2 to 6" for [2, 7): the last hour is the one that holds the last microsecond. */
function lastHourInclusive(interval: Interval | undefined): Interval | undefined {
  return interval && { start: interval.start, end: toInstant(interval.end - 1n) };
}

function datesAndHours(
  prefix: string,
  first: Interval['start'] | undefined,
  last: Interval['end'] | undefined,
): OwnRow {
  const from = dateHour(first);
  const to = dateHour(last);
  return {
    [`${prefix}from_date`]: from.date,
    [`${prefix}from_hour`]: from.hour,
    [`${prefix}to_date`]: to.date,
    [`${prefix}to_hour`]: to.hour,
  };
}
