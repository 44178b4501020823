import { DAY_US, type DurationUs, floorDiv, HOUR_US, type Instant, MINUTE_US, toInstant } from './instant.ts';

/** The unit of work on a target's time axis. Every grain divides the day and is aligned to the epoch in UTC. */
export type Grain = '15m' | 'hour' | 'day';

const LENGTH: Readonly<Record<Grain, DurationUs>> = { '15m': 15n * MINUTE_US, hour: HOUR_US, day: DAY_US };

export const grainLengthUs = (grain: Grain): DurationUs => LENGTH[grain];

/** Start of the interval that holds `instant`. */
export function floorTo(grain: Grain, instant: Instant): Instant {
  return toInstant(floorDiv(instant, LENGTH[grain]) * LENGTH[grain]);
}

/** The least interval boundary that is not before `instant`. */
export function ceilTo(grain: Grain, instant: Instant): Instant {
  const floor = floorTo(grain, instant);
  return floor === instant ? floor : toInstant(floor + LENGTH[grain]);
}
