import { equal, openSqlCatalog, openTable, parseIdentifier, planFiles } from '@psyberg/iceberg';

/** Paths of the data files that may hold Dutch signups: what a query engine has to read. */
export async function dutchSignups(uri: string, warehouse: string): Promise<string[]> {
  const catalog = await openSqlCatalog({ uri, warehouse });
  const table = await openTable(catalog, parseIdentifier('raw.signups'));
  const files = await planFiles(table, { filter: equal('country', 'NL') });
  await catalog.close();
  return files.map(({ file }) => file.path);
}
