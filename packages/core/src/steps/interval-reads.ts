import type { ScannedFile, Table } from '@psyberg/iceberg';
import { filesWithin } from '../changes/files-within.ts';
import { type ChangesSource, changesSourcesOf, type Process } from '../process/process.ts';
import type { PlannedSource, SessionPlan } from '../session/session-plan.ts';
import { plus } from '../time/instant.ts';
import { hull, type Interval } from '../time/interval-set.ts';

/**
 * A backfill reads what has not changed, so how much that is cannot be told by the change: its sources then say how many files, rows and
 * bytes may hold rows of the span. Reads metadata only. `sources`: those of the plan that exist, in its order.
 */
export async function withReads(process: Process, plan: SessionPlan, sources: readonly Table[]): Promise<SessionPlan> {
  const changes = changesSourcesOf(process);
  const sized: PlannedSource[] = [];
  for (const [i, planned] of plan.sources.entries()) {
    const files = await filesOf(plan.range, planned, changes[i]!, sources);
    sized.push({
      ...planned,
      files: files.length,
      rows: files.reduce((n, { file }) => n + file.recordCount, 0),
      bytes: files.reduce((n, { file }) => n + file.fileSizeBytes, 0),
    });
  }
  return { ...plan, sources: sized };
}

/**
 * Bytes that a session reads to replace intervals whose rows a source changed (`onOverwrite: recompute`): whatever its sources hold there,
 * besides what was added. Reads metadata only.
 */
export async function bytesToReplace(process: Process, plan: SessionPlan, sources: readonly Table[]): Promise<number> {
  const whole = hull(plan.replace ?? []);
  let bytes = 0;
  for (const [i, source] of changesSourcesOf(process).entries()) {
    const files = await filesOf(whole, plan.sources[i]!, source, sources);
    bytes += files.reduce((n, { file }) => n + file.fileSizeBytes, 0);
  }
  return bytes;
}

async function filesOf(
  span: Interval | undefined,
  { to, uuid }: PlannedSource,
  { time, reads }: ChangesSource,
  sources: readonly Table[],
): Promise<readonly ScannedFile[]> {
  const table = sources.find((t) => t.metadata.tableUuid === uuid);
  if (span === undefined || to === undefined || time === undefined || table === undefined) return [];
  const wide = { start: plus(span.start, -reads.beforeUs), end: plus(span.end, reads.afterUs) };
  return filesWithin(table, to.snapshotId, time, wide);
}
