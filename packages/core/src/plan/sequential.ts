import type { SessionPlan } from '../session/session-plan.ts';
import type { PlanInput } from './plan-input.ts';
import { planStateful } from './stateful.ts';

/**
 * Plans a session whose interval h needs the target's own interval h − 1.
 *
 * State flows forward, so a session that starts at a late interval runs through the last interval the target has or can have:
 * exactly the `range` load of a stateful session, one interval per call, in order. Below the catch-up threshold nothing is
 * recomputed; the session then starts from the target's own rows there.
 */
export function planSequential(input: PlanInput): SessionPlan {
  return planStateful(input);
}
