import { quoteName } from './audit-sql.ts';
import type { RowParameters } from './row-parameters.ts';
import { rowScan, type Scan, type ScanSubject, valuesSample } from './scan.ts';

/** How many failing values a message quotes. */
const QUOTED_VALUES = 3;

/** Rows whose value of one column is not accepted; the sample lists such values with how often each occurs. */
export interface ValueCheck extends RowParameters {
  readonly column: string;
  /** SQL that is true for a value that is not accepted; NULL is no violation. */
  readonly violation: string;
  /** What a value should be: `one of "a", "b"`. */
  readonly accepted: string;
}

export function valueScan({ engine, table }: ScanSubject, check: ValueCheck): Scan {
  const { column, violation, accepted, ...rows } = check;
  return rowScan({
    ...rows,
    violation,
    holds: `every ${column} of ${table} is ${accepted}`,
    fails: (count) => `of ${table} ${count === 1 ? 'has' : 'have'} a ${column} that is not ${accepted}`,
    sample: valuesSample(quoteName(engine, column), quoteName(engine, 'occurrences'), rows.where, violation),
    describe: ({ message }, sample) =>
      `${message}, such as ${sample
        .slice(0, QUOTED_VALUES)
        .map((row) => String(row[column]))
        .join(', ')}`,
  });
}
