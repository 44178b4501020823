import { toSequenceNumber, toSnapshotId } from '@psyberg/iceberg';
import type { ProcessName, SessionId } from '../../process/process.ts';
import type { SourceState } from '../../state/state-record.ts';
import { toInstant } from '../../time/instant.ts';
import type { WatermarkRow } from '../rows.ts';
import { countCell, instantCell, msCell, orNull } from './cells.ts';
import {
  instantColumn,
  longColumn,
  type OwnRow,
  type OwnTableShape,
  requiredInstant,
  requiredLong,
  requiredText,
} from './own-columns.ts';
import { RowReader } from './row-reader.ts';

export const WATERMARKS_SHAPE: OwnTableShape = {
  comment: 'High watermark of every process and source after every committed session; the newest row holds.',
  boundedColumns: ['process', 'session', 'committed_at'],
  columns: [
    requiredText('process', 'Name of the process'),
    requiredText('session', 'Session that moved the high watermark here'),
    requiredText('source_table', 'Table read'),
    requiredText('source_branch', 'Its branch'),
    requiredText('source_uuid', 'Its table uuid'),
    longColumn('snapshot_id', 'Last source snapshot whose changes are in the target'),
    longColumn('sequence_number', 'Its sequence number'),
    longColumn('previous_snapshot_id', 'The high watermark before'),
    instantColumn('seen_until', 'End of the latest value seen in the source'),
    requiredLong('file_count', 'Live data files of the source at the high watermark'),
    requiredText('file_hash', 'Order-free hash of their paths'),
    requiredInstant('committed_at', 'When the session was committed'),
  ],
};

export function watermarkRow(row: WatermarkRow): OwnRow {
  const { source } = row;
  return {
    process: row.process,
    session: row.session,
    source_table: source.table,
    source_branch: source.branch,
    source_uuid: source.uuid,
    snapshot_id: orNull(source.snapshotId),
    sequence_number: orNull(source.sequenceNumber),
    previous_snapshot_id: orNull(row.previousSnapshotId),
    seen_until: instantCell(source.seenUntil),
    file_count: countCell(source.fileCount),
    file_hash: source.fileHash,
    committed_at: msCell(row.committedAtMs),
  };
}

/** Oldest first. */
export function watermarkRowsOf(table: string, rows: readonly OwnRow[]): WatermarkRow[] {
  return rows.map((row) => watermarkOf(new RowReader(table, row))).sort((a, b) => a.committedAtMs - b.committedAtMs);
}

function watermarkOf(row: RowReader): WatermarkRow {
  const previous = row.optionalLong('previous_snapshot_id');
  return {
    process: row.text('process') as ProcessName,
    session: row.text('session') as SessionId,
    source: sourceStateOf(row),
    committedAtMs: row.ms('committed_at'),
    ...(previous === undefined ? {} : { previousSnapshotId: toSnapshotId(previous) }),
  };
}

function sourceStateOf(row: RowReader): SourceState {
  const snapshot = row.optionalLong('snapshot_id');
  const sequence = row.optionalLong('sequence_number');
  const seen = row.optionalLong('seen_until');
  return {
    table: row.text('source_table'),
    branch: row.text('source_branch'),
    uuid: row.text('source_uuid'),
    fileCount: row.number('file_count'),
    fileHash: row.text('file_hash'),
    ...(snapshot === undefined ? {} : { snapshotId: toSnapshotId(snapshot) }),
    ...(sequence === undefined ? {} : { sequenceNumber: toSequenceNumber(sequence) }),
    ...(seen === undefined ? {} : { seenUntil: toInstant(seen) }),
  };
}
