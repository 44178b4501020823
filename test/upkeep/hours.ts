import { HOUR_US, type Instant, parseInstant, plus } from '@psyberg/core';
import { DAY } from '../exactly-once/house.ts';

/** An hour of the day on which the events of these tests lie. */
export const at = (hour: number): Instant => plus(parseInstant(DAY)!, BigInt(hour) * HOUR_US);
