import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NeedsDecisionError } from '../../src/errors.ts';
import { planFromJson, planToJson } from '../../src/session/plan-json.ts';
import { anyPlan } from './arbitraries.ts';

describe('plan JSON', () => {
  it('comes back as it was, every id and instant exact', () => {
    fc.assert(
      fc.property(anyPlan, (plan) => {
        expect(planFromJson(planToJson(plan))).toEqual(plan);
      }),
      { numRuns: 200 },
    );
  });

  it('holds no number that another reader would round', () => {
    fc.assert(
      fc.property(anyPlan, (plan) => {
        const numbers: number[] = [];
        JSON.parse(planToJson(plan), (_key, value) => {
          if (typeof value === 'number') numbers.push(value);
          return value;
        });
        expect(numbers.every(Number.isSafeInteger)).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('names the member that is wrong', () => {
    expect(() => planFromJson('{"process":"p","mode":"stateless","session":7}')).toThrow(NeedsDecisionError);
    expect(() => planFromJson('{"process":"p","mode":"stateless","session":7}')).toThrow(
      /session should be text and is 7/,
    );
  });
});
