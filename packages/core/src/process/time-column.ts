/**
 * How a table's rows are placed on the time axis.
 *
 * - `column`: a timestamp (with or without zone, which then means UTC; micro or nano) or a date. A date is the whole day.
 * - `epoch`: an integer since the epoch in `unit`.
 * - `date-hour`: an integer like 20230914 and an integer hour; together the whole hour.
 */
export type TimeColumn =
  | { readonly kind: 'column'; readonly column: string }
  | { readonly kind: 'epoch'; readonly column: string; readonly unit: 's' | 'ms' | 'us' }
  | { readonly kind: 'date-hour'; readonly dateColumn: string; readonly hourColumn: string };

/** The columns it is made of. */
export function timeColumnNames(time: TimeColumn): readonly string[] {
  return time.kind === 'date-hour' ? [time.dateColumn, time.hourColumn] : [time.column];
}

/** As a person would write it: `event_ts`, `created_ms (ms)`, `landing_date + landing_hour`. */
export function formatTimeColumn(time: TimeColumn): string {
  switch (time.kind) {
    case 'column':
      return time.column;
    case 'epoch':
      return `${time.column} (${time.unit})`;
    case 'date-hour':
      return `${time.dateColumn} + ${time.hourColumn}`;
  }
}
