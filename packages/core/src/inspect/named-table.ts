import {
  currentSchema,
  fieldByName,
  formatIdentifier,
  NoSuchTableError,
  openTable,
  parseIdentifier,
  specById,
  type Table,
  type TableIdentifier,
} from '@psyberg/iceberg';
import { nearestName } from '../engine/suggest.ts';
import { UsageError } from '../errors.ts';
import { changesSourcesOf, type ProcessName } from '../process/process.ts';
import type { TimeColumn } from '../process/time-column.ts';
import type { Project } from '../project.ts';

/** A table name as somebody typed it. @throws {UsageError} it is none */
export function readTableName(text: string): TableIdentifier {
  try {
    return parseIdentifier(text);
  } catch (error) {
    throw new UsageError(`"${text}" is not a table name; write namespace.table. Nothing was begun.`, { cause: error });
  }
}

/** Opens a table that somebody named. @throws {UsageError} there is none of that name; it says which there are */
export async function openNamedTable(project: Project, text: string): Promise<Table> {
  const identifier = readTableName(text);
  try {
    return await openTable(project.catalog, identifier);
  } catch (error) {
    if (!(error instanceof NoSuchTableError)) throw error;
    throw new UsageError(`There is no table ${await describeMissing(project, identifier)} Nothing was begun.`, {
      cause: error,
    });
  }
}

/** A name that no table has, with what was probably meant and what there is: `raw.oders; did you mean raw.orders? Tables there: ….` */
export async function describeMissing(project: Project, identifier: TableIdentifier): Promise<string> {
  const name = formatIdentifier(identifier);
  const { catalog } = project;
  if (!(await catalog.namespaceExists(identifier.namespace))) {
    const namespaces = (await catalog.listNamespaces()).map((parts) => parts.join('.'));
    const near = nearestName(identifier.namespace.join('.'), namespaces);
    const there = namespaces.length === 0 ? 'It holds no namespace at all.' : `Namespaces: ${namespaces.join(', ')}.`;
    return `${name}, and the catalog has no namespace ${identifier.namespace.join('.')}${near === undefined ? '.' : `; did you mean ${near}?`} ${there}`;
  }
  const known = (await catalog.listTables(identifier.namespace)).map(formatIdentifier);
  const near = nearestName(name, known);
  const there = known.length === 0 ? 'The namespace is empty.' : `Tables there: ${known.join(', ')}.`;
  return `${name}${near === undefined ? '.' : `; did you mean ${near}?`} ${there}`;
}

/** Configured processes that write `main` of a table. */
export const writersOf = (project: Project, table: string): readonly ProcessName[] =>
  [...project.processes.values()]
    .filter(({ target }) => formatIdentifier(target.table) === table && target.branch === 'main')
    .map(({ name }) => name);

/**
 * The column by which a table lies in time: the one asked for, else what a process that reads or writes the table goes by, else the
 * column of its first time partition or its first timestamp. Undefined where it has none.
 *
 * @throws {UsageError} the column asked for does not exist
 */
export function timeColumnOf(project: Project, table: Table, column: string | undefined): TimeColumn | undefined {
  const schema = currentSchema(table.metadata);
  if (column !== undefined) {
    if (fieldByName(schema, column) !== undefined) return { kind: 'column', column };
    throw new UsageError(
      `${formatIdentifier(table.identifier)} has no column "${column}"; it has ${schema.fields.map((f) => f.name).join(', ')}.`,
    );
  }
  const name = formatIdentifier(table.identifier);
  for (const process of project.processes.values()) {
    const source = changesSourcesOf(process).find((s) => formatIdentifier(s.table) === name);
    if (source?.time !== undefined) return source.time;
    if (formatIdentifier(process.target.table) === name && process.target.time !== undefined)
      return process.target.time;
  }
  const spec = specById(table.metadata, table.metadata.defaultSpecId);
  const timed = spec?.fields.find((f) => ['hour', 'day', 'month', 'year'].includes(f.transform.kind));
  const field =
    schema.fields.find((f) => f.id === timed?.sourceId) ??
    schema.fields.find((f) => f.type.kind === 'timestamp' || f.type.kind === 'timestamptz');
  return field === undefined ? undefined : { kind: 'column', column: field.name };
}
