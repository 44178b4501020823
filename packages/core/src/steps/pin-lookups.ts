import { formatIdentifier, headOf, type Table } from '@psyberg/iceberg';
import { lookupSourcesOf, type Process } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { PlannedLookup } from '../session/session-plan.ts';
import { noSuchSource } from './no-such-source.ts';
import { openIfExists } from './open-if-exists.ts';

/** The head of each lookup, which the session reads whole. @throws {UsageError} there is no such table */
export async function pinLookups(
  project: Project,
  process: Process,
): Promise<{ readonly lookups: readonly PlannedLookup[]; readonly tables: readonly Table[] }> {
  const lookups: PlannedLookup[] = [];
  const tables: Table[] = [];
  for (const source of lookupSourcesOf(process)) {
    const table = await openIfExists(project, source.table);
    const name = formatIdentifier(source.table);
    if (table === undefined) throw await noSuchSource(project, process, source.table, 'Lookup');
    const head = headOf(table.metadata, source.branch);
    tables.push(table);
    lookups.push({
      table: name,
      as: source.as,
      branch: source.branch,
      uuid: table.metadata.tableUuid,
      ...(head && { snapshotId: head.snapshotId }),
    });
  }
  return { lookups, tables };
}
