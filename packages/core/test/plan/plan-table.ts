/** Plans as tables: facts in, and what of the plan is to come out, in hours. */
import { expect, it } from 'vitest';
import { planSession } from '../../src/plan/plan-session.ts';
import type { SessionPlan } from '../../src/session/session-plan.ts';
import { type Facts, type Hours, hourOf, hoursOf, planInput } from './plan-fixture.ts';

interface Expected {
  readonly write?: readonly Hours[];
  readonly calls?: readonly Hours[];
  readonly upper?: number | undefined;
  readonly lower?: number | undefined;
  readonly pending?: readonly Hours[];
  readonly skipped?: readonly Hours[];
  /** Start hour to the numbers of the sources waited for. */
  readonly waiting?: Readonly<Record<number, readonly number[]>>;
  readonly signal?: number;
  readonly outcome?: SessionPlan['outcome'];
}

export type Case = readonly [title: string, facts: Facts, expected: Expected];

function waitingOf(plan: SessionPlan): Record<number, readonly number[]> {
  const waiting = plan.intervals.filter((i) => i.state === 'waiting');
  return Object.fromEntries(
    waiting.map((i) => [hourOf(i.start), i.waitingFor!.map((table) => Number(table.slice(5)))]),
  );
}

function check([, facts, expected]: Case): void {
  const plan = planSession(planInput(facts));
  const found = {
    write: hoursOf(plan.write),
    calls: hoursOf(plan.calls),
    upper: hourOf(plan.upper),
    lower: hourOf(plan.lower),
    pending: hoursOf(plan.pending),
    skipped: hoursOf(plan.skipped),
    waiting: waitingOf(plan),
    signal: hourOf(plan.signal?.until),
    outcome: plan.outcome,
  };
  expect(found).toMatchObject({ outcome: (expected.write ?? []).length > 0 ? 'work' : found.outcome, ...expected });
}

/** One test for each case. */
export const table = (cases: readonly Case[]): void => {
  it.each(cases)('%s', (...one) => check(one as unknown as Case));
};

/** Loaded from hour 0 to hour 6. */
export const before = { upper: 6, lower: 0, signal: 6 };
