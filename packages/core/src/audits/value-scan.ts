import { quoteName } from './audit-sql.ts';
import { withArticle } from './counting.ts';
import type { RowParameters } from './row-parameters.ts';
import { rowScan, type Scan, type ScanSubject, valuesSample } from './scan.ts';

/** How many failing values a message quotes. */
const QUOTED_VALUES = 3;

/** Rows whose value of one column is not accepted; the sample lists such values with how often each occurs. */
export interface ValueCheck extends RowParameters {
  readonly column: string;
  /** SQL that is true for a value that is not accepted; NULL is no violation. */
  readonly violation: string;
  /** What every value is: `is one of "a", "b"`. */
  readonly holds: string;
  /** What a failing value is: `that is not one of "a", "b"`. */
  readonly flaw: string;
}

export function valueScan({ engine, table }: ScanSubject, check: ValueCheck): Scan {
  const { column, violation, holds, flaw, ...rows } = check;
  return rowScan({
    ...rows,
    violation,
    holds: `every ${column} of ${table} ${holds}`,
    fails: (count) => `of ${table} ${count === 1 ? 'has' : 'have'} ${withArticle(column)} ${flaw}`,
    sample: valuesSample(quoteName(engine, column), quoteName(engine, 'occurrences'), rows.where, violation),
    describe: ({ message }, sample) =>
      `${message}, such as ${sample
        .slice(0, QUOTED_VALUES)
        .map((row) => String(row[column]))
        .join(', ')}`,
  });
}
