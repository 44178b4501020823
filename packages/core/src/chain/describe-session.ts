/** What the steps of a session say of themselves, in a few words each. */
import type { Process } from '../process/process.ts';
import type { AuditRow } from '../session/rows.ts';
import type { SessionPlan } from '../session/session-plan.ts';
import type { WrittenWork } from '../steps/work.ts';
import { countIntervals } from '../time/interval-set.ts';

export function describePlan(process: Process, plan: SessionPlan): string {
  if (plan.outcome === 'nothing') return 'nothing to do';
  if (plan.outcome === 'signal') return 'no row changes';
  const late = plan.intervals.filter((i) => i.state === 'late').length;
  const count = countIntervals(process.target.grain, plan.write);
  return `${count} interval${count === 1 ? '' : 's'}${late === 0 ? '' : `, ${late} of them late`}`;
}

export function describeAudits(audits: readonly AuditRow[]): string {
  if (audits.length === 0) return 'none asked for';
  const bad = audits.filter((a) => a.status !== 'passed').length;
  return bad === 0 ? `${audits.length} passed` : `${audits.length - bad} passed, ${bad} not`;
}

export function describePublished(how: 'fast-forward' | 'commit' | 'properties' | 'already'): string {
  switch (how) {
    case 'fast-forward':
      return 'published';
    case 'commit':
      return 'published on top of what others committed meanwhile';
    case 'properties':
      return 'no row changes; watermarks and signal published';
    case 'already':
      return 'already published';
  }
}

export function describeWork(plan: SessionPlan, written: WrittenWork): string {
  const late = plan.intervals.filter((i) => i.state === 'late').length;
  return `${written.rows} rows in ${plan.intervals.filter((i) => i.action !== 'none').length} intervals${late === 0 ? '' : `, ${late} of them late`}`;
}

export function nothingMessage(plan: SessionPlan): string {
  const waiting = plan.intervals.filter((i) => i.state === 'waiting');
  if (waiting.length === 0) return plan.notes.length === 0 ? 'Nothing new.' : `Nothing to do. ${plan.notes.join(' ')}`;
  const tables = [...new Set(waiting.flatMap((i) => i.waitingFor ?? []))];
  return `Nothing to do: ${waiting.length} interval${waiting.length === 1 ? ' waits' : 's wait'} for ${tables.join(', ')}.`;
}
