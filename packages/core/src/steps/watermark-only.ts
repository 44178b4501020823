/**
 * The published flags without a target: init plans on the watermark table, the user's own job writes and publishes, and commit moves
 * the watermark rows, if they are still the ones that init read.
 */
import { FencedError, UsageError } from '../errors.ts';
import type { Process } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { SessionEvent } from '../session/rows.ts';
import { recordOfPlan } from '../session/session-record.ts';
import type { HeldState } from '../state/record-walk.ts';
import { watermarkRows } from './commit.ts';

/** What the watermark table says of a process: its newest session, with the bounds that its plan had. */
export async function heldByWatermarks(project: Project, process: Process): Promise<HeldState> {
  const rows = await project.tables.watermarks(process.name);
  const session = rows.at(-1)?.session;
  const event = session === undefined ? undefined : await project.tables.latest({ process: process.name, session });
  if (session === undefined || event === undefined) return { metBelowHeadMs: 0 };
  const sources = rows.filter((row) => row.session === session).map((row) => row.source);
  return { record: { ...recordOfPlan(process, event.plan, event.attempt), sources }, metBelowHeadMs: 0 };
}

/** @throws {FencedError} the watermark was moved by another session since init */
export async function moveWatermarks(project: Project, process: Process, event: SessionEvent): Promise<void> {
  const held = await heldByWatermarks(project, process);
  if (held.record?.session === event.session) return;
  const record = recordOfPlan(process, event.plan, event.attempt);
  // The newest row holds, also where the clock was set back since the one before.
  const newest = (await project.tables.watermarks(process.name)).at(-1);
  const nowMs = Math.max(project.clock(), (newest?.committedAtMs ?? 0) + 1);
  const rows = watermarkRows(record, held.record, nowMs);
  if (await project.tables.moveWatermarks(rows, event.plan.previous)) return;
  throw new FencedError(
    `The watermark of ${process.name} is that of session ${held.record?.session ?? 'none'} now; session ${event.session} was planned on ` +
      `${event.plan.previous ?? 'none'}. The watermark was not moved. Whatever this session published overlaps with the other; compare both.`,
    { next: [`psyberg sessions ${process.name}`] },
  );
}

/** @throws {UsageError} audits and publication need a table to look at */
export function requireTarget(process: Process, step: string): void {
  if (process.watermarkOnly !== true) return;
  throw new UsageError(
    `${step} needs a table: give --target_table. Without it your own job publishes, and commit moves the watermark. Nothing was changed.`,
    { next: [`psyberg commit --process ${process.name} --session ID`] },
  );
}
