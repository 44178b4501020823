import { columnBandKind } from '../column-band.ts';

/** A column has between `min` and `max` different values in the rows written; NULL is none. */
export const distinctCount = columnBandKind({
  kind: 'distinct_count',
  use: 'comparable',
  least: 0,
  aggregate: (value) => `count(DISTINCT ${value})`,
  what: ({ column }) => `the number of different values of ${column}`,
});
