import fc from 'fast-check';
import type { ProcessName, SessionId } from '../../src/process/process.ts';
import type { AuditRow, SessionEvent } from '../../src/session/rows.ts';
import type { TableNames } from '../../src/session/table-names.ts';
import { wapIdOf } from '../../src/session/wap-id.ts';
import { anyCount, anyMs, anyPlan, anySnapshotId, anyText } from './arbitraries.ts';

export const NAMES: TableNames = {
  sessions: 'psyberg.sessions',
  watermarks: 'psyberg.watermarks',
  audits: 'psyberg.audits',
};

export const NOTHING = { events: [], watermarks: [], audits: [] };

export const anyEvent: fc.Arbitrary<SessionEvent> = fc
  .record(
    {
      plan: anyPlan,
      attempt: fc.integer({ min: 1, max: 3 }),
      state: fc.constantFrom('planned' as const, 'written' as const, 'held' as const, 'committed' as const),
      recordedAtMs: anyMs,
      stagedSnapshotId: anySnapshotId,
      attemptHead: anySnapshotId,
      snapshotId: anySnapshotId,
      rowsWritten: anyCount,
      message: anyText,
    },
    { requiredKeys: ['plan', 'attempt', 'state', 'recordedAtMs'] },
  )
  .map(({ plan, ...rest }) => {
    const { process, session, kind, mode } = plan;
    return { process, session, kind, mode, plan, wapId: wapIdOf({ process, session, attempt: rest.attempt }), ...rest };
  });

const [sample] = fc.sample(anyEvent, { numRuns: 1, seed: 7 });

export function event(
  process: string,
  session: string,
  state: SessionEvent['state'],
  recordedAtMs: number,
): SessionEvent {
  const id = { process: process as ProcessName, session: session as SessionId };
  const { stagedSnapshotId, attemptHead, snapshotId, rowsWritten, message, ...required } = sample!;
  return {
    ...required,
    ...id,
    attempt: 1,
    state,
    recordedAtMs,
    wapId: wapIdOf({ ...id, attempt: 1 }),
    plan: { ...sample!.plan, ...id },
  };
}

export const audit = (process: string, session: string, name: string, attempt = 1): AuditRow => ({
  process: process as ProcessName,
  session: session as SessionId,
  attempt,
  audit: 'unique',
  name,
  severity: 'blocking',
  status: 'failed',
  message: '1 value of id occurs more than once',
  failingRows: 2,
  sample: [{ id: '7', plan: null }],
  definitionHash: 'h',
  durationMs: 4,
  recordedAtMs: 1000,
});
