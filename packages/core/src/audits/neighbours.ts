/** SQL that sets each row beside the one before it. */

export const partitionBy = (columns: readonly string[]): string =>
  columns.length === 0 ? '' : `PARTITION BY ${columns.join(', ')} `;

/** Each row's `columns`, and `value` of the row before it in the order given, as `previous`; NULL for the first. */
export const withPrevious = (
  columns: readonly string[],
  value: string,
  partition: string,
  order: string,
  rows: string,
): string =>
  `SELECT ${[...new Set(columns)].join(', ')}, lag(${value}) OVER (${partition}ORDER BY ${order}) AS previous FROM (${rows}\n) psyberg_rows`;

/** ` within each account_id`, or nothing. */
export const groupText = (by: readonly string[]): string => (by.length === 0 ? '' : ` within each ${by.join(', ')}`);
