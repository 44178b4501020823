/** Full names (`namespace.table`) of the tables of our own. */
export interface TableNames {
  readonly sessions: string;
  readonly watermarks: string;
  readonly audits: string;
}
