import type { Table } from '@psyberg/iceberg';
import type { Process } from '../process/process.ts';
import type { Project } from '../project.ts';
import { processesWithState } from '../state/keys.ts';
import { heldState } from '../state/record-walk.ts';
import type { Signal, StateRecord } from '../state/state-record.ts';
import { recordLookup } from './record-lookup.ts';
import { sameTable } from './same-table.ts';

/** The signal of the table as a whole once `record` is published: the least over all processes that write it; none while one has never run. */
export async function outputSignalOf(
  project: Project,
  table: Table,
  process: Process,
  record: StateRecord,
): Promise<Signal | undefined> {
  let least = record.signal;
  const { branch } = process.target;
  const configured = [...project.processes.values()].filter(
    (p) => sameTable(p.target.table, table.identifier) && p.target.branch === branch,
  );
  const writers = new Set([...configured.map((p) => p.name), ...processesWithState(table.metadata.properties, branch)]);
  for (const writer of writers) {
    if (writer === process.name || least === undefined) continue;
    const other = (await heldState(table, branch, writer, recordLookup(project, writer))).record?.signal;
    if (other === undefined || other.column !== least.column) return undefined;
    const basis = other.basis === 'seen' ? 'seen' : least.basis;
    least = { until: other.until < least.until ? other.until : least.until, basis, column: least.column };
  }
  return least;
}
