import type { AuditKind } from '../audit-kind.ts';
import { quoteName } from '../audit-sql.ts';
import { needs } from '../column-needs.ts';
import { listText } from '../counting.ts';
import { ROW_PARAMETERS, type RowParameters, readRowParameters } from '../row-parameters.ts';
import { rowScan } from '../scan.ts';

interface MutuallyExclusive extends RowParameters {
  readonly columns: readonly string[];
  /** A row with none of them is a violation too. */
  readonly required: boolean;
}

/** No row has values in more than one of these columns; with `required`, every row has a value in exactly one. */
export const mutuallyExclusive: AuditKind<MutuallyExclusive> = {
  kind: 'mutually_exclusive',
  parameters: ['columns', 'required', ...ROW_PARAMETERS],
  read(reader) {
    const columns = reader.columns('columns');
    if (columns.length === 1) reader.problem(['columns'], 'needs two columns or more');
    return { columns, required: reader.optionalBoolean('required') ?? false, ...readRowParameters(reader) };
  },
  columns: ({ columns }) => needs('any', ...columns),
  scan: ({ engine, table }, { columns, required, ...rows }) => {
    const given = columns.map((column) => `CASE WHEN ${quoteName(engine, column)} IS NULL THEN 0 ELSE 1 END`);
    const names = listText(columns);
    return rowScan({
      ...rows,
      violation: `${given.join(' + ')} ${required ? '<> 1' : '> 1'}`,
      holds: `${required ? 'exactly' : 'at most'} one of ${names} is set in every row of ${table}`,
      fails: (count) =>
        `of ${table} ${count === 1 ? 'has' : 'have'} ${required ? 'none or several' : 'more than one'} of ${names}`,
    });
  },
};
