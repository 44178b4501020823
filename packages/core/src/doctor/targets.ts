/** What may go wrong with a target: staged work that expires, a record that lies far below the head, intervals left open. */
import { formatIdentifier, isAncestorOf, type Snapshot, type Table } from '@psyberg/iceberg';
import type { Process } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { DoctorFinding } from '../reports.ts';
import type { SessionEvent } from '../session/rows.ts';
import { parseWapId } from '../session/wap-id.ts';
import { WAP_ID_KEY } from '../state/keys.ts';
import type { HeldState } from '../state/record-walk.ts';
import { RECENT_SESSIONS } from '../steps/repair.ts';
import { formatDurationLong } from '../time/duration.ts';
import { countIntervals, type IntervalSet } from '../time/interval-set.ts';
import { describeExpiry, expiresInMs } from './expiry.ts';
import { finding } from './finding.ts';
import { SOON_MS } from './sources.ts';

const DAY_MS = 86_400_000;
/** With fewer old metadata files than this, a burst of commits and an expiry could cut the way to a record. */
const METADATA_VERSIONS_MIN = 20;

/** Reads our session table beside the target's metadata, which is open already. */
export async function targetFindings(
  project: Project,
  process: Process,
  table: Table,
  held: HeldState,
): Promise<readonly DoctorFinding[]> {
  const events = await project.tables.sessions(process.name, { newest: RECENT_SESSIONS });
  return [
    ...events.filter(({ state }) => state === 'held').flatMap((event) => heldFindings(project, process, table, event)),
    ...recordFindings(process, held),
    ...openFindings(process, held),
    ...metadataLogFindings(process, table),
  ];
}

function heldFindings(
  project: Project,
  process: Process,
  { metadata }: Table,
  { session, attempt, recordedAtMs }: SessionEvent,
): readonly DoctorFinding[] {
  const nowMs = project.clock();
  const isIts = ({ summary }: Snapshot): boolean => {
    const named = parseWapId(summary[WAP_ID_KEY] ?? '');
    return named?.process === process.name && named.session === session && named.attempt === attempt;
  };
  const staged = metadata.snapshots.find((snapshot) => isIts(snapshot) && !isPublished(metadata, snapshot));
  const next = [`psyberg explain ${process.name} ${session}`, `psyberg discard ${process.name} ${session}`];
  if (staged === undefined) {
    const message = `Session ${session} of ${process.name} is held, and its staged rows are gone: expired, or removed by somebody. A new run plans anew.`;
    return [finding('warning', 'staged', process.name, message, [`psyberg run ${process.name}`])];
  }
  const since = formatDurationLong(BigInt(Math.max(0, nowMs - recordedAtMs)) * 1000n);
  const leftMs = expiresInMs(metadata, staged.snapshotId, nowMs);
  const soon = leftMs !== undefined && leftMs <= SOON_MS;
  const expiry = !soon
    ? ''
    : leftMs <= 0
      ? ` Any expiry of the table may take them now (${describeExpiry(metadata)}).`
      : ` Expiry of the table may take them in ${formatDurationLong(BigInt(leftMs) * 1000n)} (${describeExpiry(metadata)}).`;
  const message = `Session ${session} of ${process.name} is held since ${since}: an audit failed, and its rows are staged.${expiry} Publish it, discard it, or mend the input and run again.`;
  return [finding('warning', 'staged', process.name, message, next)];
}

const isPublished = (metadata: Table['metadata'], { snapshotId }: Snapshot): boolean =>
  Object.values(metadata.refs).some((ref) => isAncestorOf(metadata, snapshotId, ref.snapshotId));

function recordFindings(process: Process, { record, metBelowHeadMs }: HeldState): readonly DoctorFinding[] {
  if (record === undefined || metBelowHeadMs <= DAY_MS) return [];
  const far = Number.isFinite(metBelowHeadMs)
    ? `${formatDurationLong(BigInt(Math.round(metBelowHeadMs)) * 1000n)} below the head of ${formatIdentifier(process.target.table)}`
    : 'at a snapshot that has expired';
  const message = `What ${process.name} knows of its past (session ${record.session}) lies ${far}: others commit there, and ${process.name} does not. Its next run writes it at the head again; until then an expiry could cut the way to it.`;
  return [finding('warning', 'record', process.name, message, [`psyberg run ${process.name}`])];
}

function openFindings(process: Process, { record }: HeldState): readonly DoctorFinding[] {
  if (record === undefined) return [];
  const count = (intervals: IntervalSet): string => {
    const n = countIntervals(process.target.grain, intervals);
    return `${n} interval${n === 1 ? '' : 's'}`;
  };
  const pending = `${count(record.pending)} of ${process.name} still to be computed; the next run goes on with them.`;
  const skipped = `${count(record.skipped)} of ${process.name} skipped on purpose: rows that came later than the process looks back, that somebody skipped, or whose interval a source had dropped by its retention. They are not what a full recompute would give.`;
  return [
    ...(record.pending.length > 0
      ? [finding('info', 'intervals', process.name, pending, [`psyberg run ${process.name}`])]
      : []),
    ...(record.skipped.length > 0
      ? [finding('warning', 'intervals', process.name, skipped, [`psyberg verify ${process.name}`])]
      : []),
  ];
}

function metadataLogFindings(process: Process, { metadata }: Table): readonly DoctorFinding[] {
  const { properties } = metadata;
  const kept = Number(properties['write.metadata.previous-versions-max'] ?? 100);
  const deletes = properties['write.metadata.delete-after-commit.enabled']?.toLowerCase() === 'true';
  if (!deletes || !(kept < METADATA_VERSIONS_MIN)) return [];
  const name = formatIdentifier(process.target.table);
  const message = `${name} keeps only ${kept} older metadata files (write.metadata.previous-versions-max, with delete-after-commit). They show the way to a record where snapshots have expired. Keep ${METADATA_VERSIONS_MIN} or more.`;
  return [finding('warning', 'metadata-log', name, message)];
}
