import { currentSchema, planFiles, type ScannedFile, type Table } from '@psyberg/iceberg';
import { timePredicate } from '../changes/time-predicate.ts';
import { type ChangesSource, changesSourcesOf, type Process } from '../process/process.ts';
import type { PlannedSource, SessionPlan } from '../session/session-plan.ts';
import { plus } from '../time/instant.ts';

/**
 * A backfill reads what has not changed, so how much that is cannot be told by the change: its sources then say how many files, rows and
 * bytes may hold rows of the span. Reads metadata only. `sources`: those of the plan that exist, in its order.
 */
export async function withReads(process: Process, plan: SessionPlan, sources: readonly Table[]): Promise<SessionPlan> {
  const changes = changesSourcesOf(process);
  const sized: PlannedSource[] = [];
  for (const [i, planned] of plan.sources.entries()) {
    const files = await filesOf(
      plan,
      planned,
      changes[i]!,
      sources.find((t) => t.metadata.tableUuid === planned.uuid),
    );
    sized.push({
      ...planned,
      files: files.length,
      rows: files.reduce((n, { file }) => n + file.recordCount, 0),
      bytes: files.reduce((n, { file }) => n + file.fileSizeBytes, 0),
    });
  }
  return { ...plan, sources: sized };
}

async function filesOf(
  { range }: SessionPlan,
  { to }: PlannedSource,
  { time, reads }: ChangesSource,
  table: Table | undefined,
): Promise<readonly ScannedFile[]> {
  if (range === undefined || to === undefined || time === undefined || table === undefined) return [];
  const wide = { start: plus(range.start, -reads.beforeUs), end: plus(range.end, reads.afterUs) };
  return planFiles(table, {
    snapshotId: to.snapshotId,
    filter: timePredicate(currentSchema(table.metadata), time, wide),
  });
}
