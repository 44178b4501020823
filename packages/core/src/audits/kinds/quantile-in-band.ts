import { quantile } from '../audit-sql.ts';
import { type ColumnBand, columnBandKind } from '../column-band.ts';

interface QuantileInBand extends ColumnBand {
  /** Between 0 and 1. */
  readonly quantile: number;
}

/** A quantile of a number over the rows written lies between `min` and `max`; by default the median. */
export const quantileInBand = columnBandKind<QuantileInBand>({
  kind: 'quantile_in_band',
  parameters: ['quantile'],
  use: 'number',
  read(reader) {
    const share = reader.optionalNumber('quantile', 0) ?? 0.5;
    if (share > 1) reader.problem(['quantile'], `should be at most 1, and is ${share}`);
    return { quantile: share };
  },
  aggregate: (value, { engine }, { quantile: share }) => quantile(engine, `CAST(${value} AS DOUBLE)`, share),
  what: ({ column, quantile: share }) => (share === 0.5 ? `the median of ${column}` : `quantile ${share} of ${column}`),
});
