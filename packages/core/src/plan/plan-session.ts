import { assertNever } from '../errors.ts';
import type { SessionPlan } from '../session/session-plan.ts';
import { planBackfill } from './backfill.ts';
import type { PlanInput } from './plan-input.ts';
import { planSequential } from './sequential.ts';
import { planStateful } from './stateful.ts';
import { planStateless } from './stateless.ts';

/** Facts to plan, by the process's mode. Pure. */
export function planSession(input: PlanInput): SessionPlan {
  if (input.kind === 'backfill') return planBackfill(input);
  switch (input.process.mode) {
    case 'stateless':
      return planStateless(input);
    case 'stateful':
      return planStateful(input);
    case 'sequential':
      return planSequential(input);
    default:
      return assertNever(input.process.mode);
  }
}
