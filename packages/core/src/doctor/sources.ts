/** What may go wrong with the sources of a process: history that expires under its watermark, files that do not say when their rows are. */
import {
  ancestorsOf,
  currentSchema,
  formatIdentifier,
  headOf,
  type ScannedFile,
  type Snapshot,
  snapshotById,
  snapshotChanges,
  specById,
  type Table,
} from '@psyberg/iceberg';
import { fileSpan } from '../changes/time-span.ts';
import { type ChangesSource, changesSourcesOf, type Process } from '../process/process.ts';
import { formatTimeColumn, type TimeColumn } from '../process/time-column.ts';
import type { Project } from '../project.ts';
import type { DoctorFinding } from '../reports.ts';
import type { StateRecord } from '../state/state-record.ts';
import { openIfExists } from '../steps/open-if-exists.ts';
import { formatDurationLong } from '../time/duration.ts';
import { describeExpiry, expiresInMs, snapshotsBehind } from './expiry.ts';
import { finding } from './finding.ts';

/** A watermark that expiry reaches within this time is at risk. */
export const SOON_MS = 24 * 3_600_000;
/** How far back files are looked at for their bounds. */
const RECENT_SNAPSHOTS = 5;

/** Reads the metadata of the sources and the manifests of their last few snapshots. */
export async function sourceFindings(
  project: Project,
  process: Process,
  record: StateRecord | undefined,
): Promise<readonly DoctorFinding[]> {
  const findings: DoctorFinding[] = [];
  for (const source of changesSourcesOf(process)) {
    const table = await openIfExists(project, source.table);
    if (table === undefined) continue;
    findings.push(...retentionFindings(project, process, source, table, record));
    if (source.time !== undefined) findings.push(...(await boundsFindings(process, source, source.time, table)));
  }
  return findings;
}

function retentionFindings(
  project: Project,
  process: Process,
  source: ChangesSource,
  { metadata }: Table,
  record: StateRecord | undefined,
): readonly DoctorFinding[] {
  const name = formatIdentifier(source.table);
  const read = record?.sources.find((s) => s.table === name && s.branch === source.branch)?.snapshotId;
  if (read === undefined) return [];
  const next = [`psyberg run ${process.name}`];
  const behind = snapshotsBehind(metadata, source.branch, read);
  if (snapshotById(metadata, read) === undefined) {
    const message = `${process.name} has read ${name} up to snapshot ${read}, which has expired. The next run has to find what is new without it. Let snapshots live longer than the longest pause of the process.`;
    return [finding('warning', 'retention', name, message, next)];
  }
  if (behind === undefined) {
    const message = `${process.name} has read ${name} up to snapshot ${read}, which is no longer in the history of ${source.branch}: the table was rolled back. Look at what the next run would do.`;
    return [finding('warning', 'retention', name, message, [`psyberg plan ${process.name}`])];
  }
  const leftMs = expiresInMs(metadata, read, project.clock());
  if (behind === 0 || leftMs === undefined || leftMs > SOON_MS) return [];
  const when =
    leftMs <= 0 ? 'any expiry may take it now' : `expiry may take it in ${formatDurationLong(BigInt(leftMs) * 1000n)}`;
  const message = `${process.name} is ${behind} snapshot${behind === 1 ? '' : 's'} behind ${name}, and the one that it has read, ${read}, is old: ${when} (${describeExpiry(metadata)}). Run the process before, or let snapshots live longer.`;
  return [finding('warning', 'retention', name, message, next)];
}

async function boundsFindings(
  process: Process,
  source: ChangesSource,
  time: TimeColumn,
  table: Table,
): Promise<readonly DoctorFinding[]> {
  const files: ScannedFile[] = [];
  for (const snapshot of recent(table, source.branch)) {
    if (snapshot.operation !== 'replace') files.push(...(await snapshotChanges(table, snapshot.snapshotId)).added);
  }
  const schema = currentSchema(table.metadata);
  const blind = files.filter(
    ({ file }) => fileSpan(schema, specById(table.metadata, file.specId), time, file).kind === 'unknown',
  );
  if (blind.length === 0) return [];
  const name = formatIdentifier(source.table);
  const column = formatTimeColumn(time);
  const message =
    `${blind.length} of the ${files.length} files that ${name} gained last have no bounds of ${column}, so that ${process.name} has to open each ` +
    `of them to learn which intervals changed. Have their writer keep bounds: write.metadata.metrics.column.${column} = full.`;
  return [finding('warning', 'bounds', name, message)];
}

function recent({ metadata }: Table, branch: string): readonly Snapshot[] {
  const head = headOf(metadata, branch);
  const snapshots: Snapshot[] = [];
  if (head === undefined) return snapshots;
  for (const snapshot of ancestorsOf(metadata, head.snapshotId)) {
    if (snapshots.length === RECENT_SNAPSHOTS) break;
    snapshots.push(snapshot);
  }
  return snapshots;
}
