import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, formatDurationLong, parseDuration } from '../../src/time/duration.ts';
import { DAY_US, HOUR_US, MINUTE_US, SECOND_US } from '../../src/time/instant.ts';

describe('parseDuration', () => {
  it.each([
    ['15m', 15n * MINUTE_US],
    ['48h', 48n * HOUR_US],
    ['1d 12h', 36n * HOUR_US],
    [' 2w  1s ', 14n * DAY_US + SECOND_US],
    ['0h', 0n],
  ])('reads %s', (text, us) => {
    expect(parseDuration(text)).toBe(us);
  });

  it.each(['', ' ', '48', '-1h', '1.5h', '1h30m', '1y', 'h', 'PT1H'])('refuses %s', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

describe('formatDuration', () => {
  it.each([
    [0n, 'PT0S'],
    [3n * HOUR_US, 'PT3H'],
    [2n * DAY_US + HOUR_US, 'P2DT1H'],
    [DAY_US, 'P1D'],
    [15n * MINUTE_US, 'PT15M'],
    [1_500_000n, 'PT1.5S'],
    [1n, 'PT0.000001S'],
    [-HOUR_US, '-PT1H'],
  ])('%s is %s', (us, text) => {
    expect(formatDuration(us)).toBe(text);
  });

  it('loses nothing', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(1n << 62n), max: 1n << 62n }), (us) => {
        const match = /^(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?)?$/.exec(formatDuration(us));
        const [, sign, days, hours, minutes, seconds, fraction] = match!;
        const part = (text: string | undefined) => BigInt(text ?? 0);
        const sum =
          part(days) * DAY_US +
          part(hours) * HOUR_US +
          part(minutes) * MINUTE_US +
          part(seconds) * SECOND_US +
          BigInt((fraction ?? '').padEnd(6, '0'));
        expect(sign === '-' ? -sum : sum).toBe(us);
      }),
    );
  });
});

describe('formatDurationLong', () => {
  it.each([
    [0n, '0 seconds'],
    [1n, 'less than a second'],
    [SECOND_US, '1 second'],
    [4n * HOUR_US, '4 hours'],
    [51n * HOUR_US, '2 days 3 hours'],
    [DAY_US + 2n * HOUR_US + 3n * MINUTE_US, '1 day 2 hours'],
    [DAY_US + 3n * MINUTE_US, '1 day 3 minutes'],
    [-15n * MINUTE_US, '15 minutes'],
  ])('%s is %s', (us, text) => {
    expect(formatDurationLong(us)).toBe(text);
  });
});
