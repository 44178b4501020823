import { formatIdentifier, type TableIdentifier } from '@psyberg/iceberg';
import { nearestName } from '../engine/suggest.ts';
import { UsageError } from '../errors.ts';
import type { Process } from '../process/process.ts';
import type { Project } from '../project.ts';

/** A source or lookup that nobody makes; with the name that was probably meant, among the tables of the same namespace. */
export async function noSuchSource(
  project: Project,
  process: Process,
  table: TableIdentifier,
  what: string,
): Promise<UsageError> {
  const name = formatIdentifier(table);
  const beside = (await project.catalog.namespaceExists(table.namespace))
    ? await project.catalog.listTables(table.namespace)
    : [];
  const near = nearestName(name, beside.map(formatIdentifier));
  return new UsageError(
    `${what} ${name} of ${process.name} does not exist in catalog ${project.catalog.name}` +
      `${near === undefined ? '.' : `; did you mean ${near}?`} Nothing was begun.`,
    { next: ['psyberg check'] },
  );
}
