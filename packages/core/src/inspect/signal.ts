import { formatIdentifier, type Table } from '@psyberg/iceberg';
import type { Project } from '../project.ts';
import type { SignalReport } from '../reports.ts';
import { tableVtts } from '../signals/table-vtts.ts';
import { processesWithState } from '../state/keys.ts';
import { heldState } from '../state/record-walk.ts';
import type { Signal } from '../state/state-record.ts';
import { recordLookup } from '../steps/record-lookup.ts';
import { openNamedTable, timeColumnOf, writersOf } from './named-table.ts';

/** How far a table is complete, with its basis, and what says so. Reads metadata only. @throws {UsageError} there is no such table */
export async function signal(project: Project, { table }: { readonly table: string }): Promise<SignalReport> {
  return signalOf(project, await openNamedTable(project, table));
}

/** The same for a table that is open already. */
export async function signalOf(project: Project, table: Table): Promise<SignalReport> {
  const name = formatIdentifier(table.identifier);
  const known = processesWithState(table.metadata.properties, 'main');
  const writers = [...new Set([...writersOf(project, name), ...known])];
  let least: Signal | undefined;
  for (const writer of writers) {
    const { record } = await heldState(table, 'main', writer, recordLookup(project, writer));
    if (record?.signal === undefined) return { table: name, from: `${writer}, which has never said how far it is` };
    least = lesser(least, record.signal);
  }
  if (least !== undefined) return { table: name, signal: least, from: writers.join(', ') };
  const declared = await tableVtts(table, 'main', timeColumnOf(project, table, undefined));
  return declared === undefined
    ? { table: name, from: 'nothing: the table carries no valid-through timestamp' }
    : { table: name, signal: declared, from: "the table's own metadata" };
}

/** Of several writers the least counts, and the word of one that only knows what was seen makes the whole no more than that. */
function lesser(a: Signal | undefined, b: Signal): Signal {
  if (a === undefined) return b;
  const least = b.until < a.until ? b : a;
  return { ...least, basis: a.basis === 'seen' || b.basis === 'seen' ? 'seen' : 'declared' };
}
