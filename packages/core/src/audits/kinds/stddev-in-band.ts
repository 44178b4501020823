import { columnBandKind } from '../column-band.ts';

/** The standard deviation (of a sample) of a number over the rows written lies between `min` and `max`. */
export const stddevInBand = columnBandKind({
  kind: 'stddev_in_band',
  use: 'number',
  least: 0,
  aggregate: (value) => `stddev_samp(CAST(${value} AS DOUBLE))`,
  what: ({ column }) => `the standard deviation of ${column}`,
});
