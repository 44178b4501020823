import { columnBandKind } from '../column-band.ts';

/** The sum of a number over the rows written lies between `min` and `max`. */
export const sumInBand = columnBandKind({
  kind: 'sum_in_band',
  use: 'number',
  aggregate: (value) => `sum(CAST(${value} AS DOUBLE))`,
  what: ({ column }) => `the sum of ${column}`,
});
