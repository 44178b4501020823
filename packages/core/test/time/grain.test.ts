import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ceilTo, floorTo, type Grain, grainLengthUs } from '../../src/time/grain.ts';
import { DAY_US, formatInstant, parseInstant, toInstant } from '../../src/time/instant.ts';

const GRAINS: readonly Grain[] = ['15m', 'hour', 'day'];
const anyInstant = fc.bigInt({ min: -(1n << 62n), max: 1n << 62n }).map(toInstant);

describe('grains', () => {
  it.each(GRAINS)('%s divides the day', (grain) => {
    expect(DAY_US % grainLengthUs(grain)).toBe(0n);
  });

  it.each(GRAINS)('%s: floor and ceiling enclose an instant by less than one interval', (grain) => {
    fc.assert(
      fc.property(anyInstant, (instant) => {
        const [floor, ceiling] = [floorTo(grain, instant), ceilTo(grain, instant)];
        expect(floor <= instant && instant <= ceiling).toBe(true);
        expect(ceiling - floor).toBe(floor === instant ? 0n : grainLengthUs(grain));
        expect([floorTo(grain, floor), ceilTo(grain, ceiling)]).toEqual([floor, ceiling]);
      }),
    );
  });

  it('is aligned in UTC on both sides of 1970 and where the local clock jumps', () => {
    const floorOf = (grain: Grain, text: string) => formatInstant(floorTo(grain, parseInstant(text)!));
    expect(floorOf('hour', '1969-12-31T23:59:59.999999Z')).toBe('1969-12-31T23:00:00Z');
    expect(floorOf('day', '1969-12-31T00:00:00Z')).toBe('1969-12-31T00:00:00Z');
    expect(floorOf('15m', '2023-09-14T02:44:59Z')).toBe('2023-09-14T02:30:00Z');
    expect(floorOf('day', '2024-03-10T07:30:00Z')).toBe('2024-03-10T00:00:00Z');
  });
});
