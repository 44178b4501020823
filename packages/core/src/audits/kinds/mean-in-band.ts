import { columnBandKind } from '../column-band.ts';

/** The mean of a number over the rows written lies between `min` and `max`. */
export const meanInBand = columnBandKind({
  kind: 'mean_in_band',
  use: 'number',
  aggregate: (value) => `avg(CAST(${value} AS DOUBLE))`,
  what: ({ column }) => `the mean of ${column}`,
});
