import type { AuditKind } from '../audit-kind.ts';
import { pass } from '../audit-outcome.ts';
import { quoteName } from '../audit-sql.ts';
import { BAND_PARAMETERS, type Band, judgeBand, readBand } from '../band.ts';
import { needs } from '../column-needs.ts';
import { conditionsOf } from '../failing-rows.ts';
import { readWhere } from '../row-parameters.ts';

interface NullShare extends Band {
  readonly column: string;
  readonly where?: string;
}

/** The share of rows with a NULL in a column, from 0 to 1, lies between `min` and `max`. */
export const nullShare: AuditKind<NullShare> = {
  kind: 'null_share',
  parameters: ['column', ...BAND_PARAMETERS, 'where'],
  read(reader) {
    const band = readBand(reader, 0);
    for (const name of BAND_PARAMETERS) {
      if ((band[name] ?? 0) > 1) reader.problem([name], `should be a share from 0 to 1, and is ${band[name]}`);
    }
    return { column: reader.text('column'), ...band, ...readWhere(reader) };
  },
  columns: ({ column }) => needs('any', column),
  scan: ({ engine, table }, { column, where, ...band }) => {
    const isNull = `${quoteName(engine, column)} IS NULL`;
    const what = `the share of NULL in ${column} of ${table}`;
    return {
      aggregates: [
        `count(CASE WHEN ${conditionsOf(where, isNull)} THEN 1 END)`,
        where === undefined ? 'count(*)' : `count(CASE WHEN ${conditionsOf(where)} THEN 1 END)`,
      ],
      judge([nulls, rows]) {
        if (!rows) return pass(`${what} is unknown: there is no row`);
        const outcome = judgeBand(band, what, (nulls ?? 0) / rows);
        return outcome.passed ? outcome : { ...outcome, failingRows: nulls ?? 0 };
      },
    };
  },
};
