import type { ProcessName, SessionId } from '../../process/process.ts';
import type { AuditRow } from '../rows.ts';
import { countCell, msCell, orNull } from './cells.ts';
import {
  doubleColumn,
  type OwnRow,
  type OwnTableShape,
  requiredInstant,
  requiredInt,
  requiredLong,
  requiredText,
  textColumn,
  textsColumn,
} from './own-columns.ts';
import { RowReader } from './row-reader.ts';

export const AUDITS_SHAPE: OwnTableShape = {
  comment: 'What every audit of every attempt of a session found.',
  boundedColumns: ['process', 'session', 'recorded_at'],
  columns: [
    requiredText('process', 'Name of the process'),
    requiredText('session', 'Id of the session'),
    requiredInt('attempt', 'Attempt that was audited'),
    requiredText('audit', 'Kind of the audit, like unique'),
    requiredText('name', 'Its name within the process'),
    requiredText('severity', 'blocking or warning'),
    requiredText('status', 'passed, failed, warned, accepted or error'),
    requiredText('message', 'What was found, with the numbers'),
    requiredLong('failing_rows', 'Rows that violate it'),
    textsColumn('sample', 'Up to 20 of them, each as JSON'),
    requiredText('definition_hash', 'Hash of kind and parameters: rows with the same one can be compared'),
    requiredLong('duration_ms', 'How long it took'),
    requiredInstant('recorded_at', 'When it was recorded'),
    textColumn('accepted_by', 'Who accepted the failure'),
    textColumn('reason', 'Why'),
    doubleColumn('observed', 'The one number that was judged'),
    textColumn('expected', 'What it was held against'),
    textColumn('observed_by', 'Several numbers that were judged, by interval or table, as JSON'),
    textColumn('definition', 'Parameters of the audit as JSON'),
  ],
};

export function auditRow(row: AuditRow): OwnRow {
  return {
    process: row.process,
    session: row.session,
    attempt: row.attempt,
    audit: row.audit,
    name: row.name,
    severity: row.severity,
    status: row.status,
    message: row.message,
    failing_rows: countCell(row.failingRows),
    sample: row.sample.map((values) => JSON.stringify(values)),
    definition_hash: row.definitionHash,
    duration_ms: countCell(row.durationMs),
    recorded_at: msCell(row.recordedAtMs),
    accepted_by: orNull(row.acceptedBy),
    reason: orNull(row.reason),
    observed: orNull(row.observed),
    expected: orNull(row.expected),
    observed_by: row.observedBy === undefined ? null : JSON.stringify(row.observedBy),
    definition: orNull(row.definition),
  };
}

/** Oldest first; audits recorded together in the order of their names. */
export function auditRowsOf(table: string, rows: readonly OwnRow[]): AuditRow[] {
  return rows
    .map((row) => auditOf(new RowReader(table, row)))
    .sort((a, b) => a.recordedAtMs - b.recordedAtMs || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

function auditOf(row: RowReader): AuditRow {
  const acceptedBy = row.optionalText('accepted_by');
  const reason = row.optionalText('reason');
  const observed = row.optionalNumber('observed');
  const expected = row.optionalText('expected');
  const observedBy = row.optionalText('observed_by');
  const definition = row.optionalText('definition');
  return {
    process: row.text('process') as ProcessName,
    session: row.text('session') as SessionId,
    attempt: row.number('attempt'),
    audit: row.text('audit'),
    name: row.text('name'),
    severity: row.oneOf('severity', ['blocking', 'warning']),
    status: row.oneOf('status', ['passed', 'failed', 'warned', 'accepted', 'error']),
    message: row.text('message'),
    failingRows: row.number('failing_rows'),
    sample: row.texts('sample').map((json) => JSON.parse(json) as Record<string, string | null>),
    ...(observed !== undefined && { observed }),
    ...(expected !== undefined && { expected }),
    ...(observedBy !== undefined && { observedBy: JSON.parse(observedBy) as Record<string, number> }),
    ...(definition !== undefined && { definition }),
    definitionHash: row.text('definition_hash'),
    durationMs: row.number('duration_ms'),
    recordedAtMs: row.ms('recorded_at'),
    ...(acceptedBy === undefined ? {} : { acceptedBy }),
    ...(reason === undefined ? {} : { reason }),
  };
}
