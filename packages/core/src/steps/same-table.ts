import { formatIdentifier, type TableIdentifier } from '@psyberg/iceberg';

export const sameTable = (a: TableIdentifier, b: TableIdentifier): boolean =>
  formatIdentifier(a) === formatIdentifier(b);
