import {
  AlreadyExistsError,
  currentSchema,
  dataFolderOf,
  defaultSpec,
  fieldByName,
  formatIdentifier,
  type NestedField,
  openTable,
  type Schema,
  type SortField,
  type SortOrder,
  type Table,
} from '@psyberg/iceberg';
import { requireAuditColumns } from '../audits/check-columns.ts';
import type { Relation, WriteTarget } from '../engine/engine.ts';
import { nearestName } from '../engine/suggest.ts';
import { UsageError } from '../errors.ts';
import { partitionSpecOf } from '../process/partition-expression.ts';
import type { Process } from '../process/process.ts';
import { timeColumnNames } from '../process/time-column.ts';
import type { Project } from '../project.ts';
import { parametersOf } from './parameters.ts';
import { sqlOf } from './transform-sql.ts';

/**
 * The process's target, created from the transform's result where it does not exist. All columns are optional; a table made in a
 * run that then dies is empty and is found by the next one.
 *
 * @throws {UsageError} the configured time, partition or sort column, or one that an audit needs, is not in the transform's result
 */
export async function ensureTarget(
  project: Project,
  process: Process,
  target: Table | undefined,
  relations: readonly Relation[],
): Promise<Table> {
  if (target !== undefined) return target;
  const schema = await resultSchema(project, process, relations);
  const name = formatIdentifier(process.target.table);
  requireAuditColumns(process.audits, name, schema);
  const { namespace } = process.target.table;
  if (!(await project.catalog.namespaceExists(namespace))) {
    try {
      await project.catalog.createNamespace(namespace);
    } catch (error) {
      if (!(error instanceof AlreadyExistsError)) throw error;
    }
  }
  try {
    await project.catalog.createTable(process.target.table, {
      schema,
      partitionSpec: partitionSpecOf(name, schema, process.target.partition),
      ...(process.target.sort.length > 0 && { sortOrder: sortOrderOf(name, schema, process.target.sort) }),
      properties: { 'write.parquet.compression-codec': 'zstd', ...process.target.properties },
    });
  } catch (error) {
    if (!(error instanceof AlreadyExistsError)) throw error;
  }
  return openTable(project.catalog, process.target.table);
}

async function resultSchema(project: Project, process: Process, relations: readonly Relation[]): Promise<Schema> {
  const engine = await project.engineFor(process)();
  const analysis = await engine.analyze({
    sql: sqlOf(process, engine.name),
    relations,
    parameters: parametersOf(process, 'analysis', undefined, undefined),
    ...(process.mode === 'sequential' && { recursive: 'previous' }),
  });
  const fields = analysis.columns.map(({ name, type }, i): NestedField => ({ id: i + 1, name, required: false, type }));
  const schema: Schema = { schemaId: 0, fields };
  for (const column of process.target.time === undefined ? [] : timeColumnNames(process.target.time)) {
    if (fieldByName(schema, column) !== undefined) continue;
    const near = nearestName(
      column,
      fields.map((f) => f.name),
    );
    throw new UsageError(
      `target.time of ${process.name} is "${column}", which the transform does not return` +
        `${near === undefined ? '.' : `; did you mean "${near}"?`} It returns ${fields.map((f) => f.name).join(', ')}. Nothing was written.`,
    );
  }
  return schema;
}

/** `event_ts`, `amount desc`, `name asc nulls last` */
function sortOrderOf(table: string, schema: Schema, expressions: readonly string[]): SortOrder {
  const fields = expressions.map((text): SortField => {
    const [column = '', ...words] = text.trim().split(/\s+/);
    const field = fieldByName(schema, column);
    const rest = words.join(' ').toLowerCase();
    if (field === undefined || !/^(asc|desc)?\s*(nulls (first|last))?$/.test(rest)) {
      throw new UsageError(
        `target.sort of ${table}: "${text}" is not a column of the table with asc or desc; it has ` +
          `${schema.fields.map((f) => f.name).join(', ')}. Nothing was begun.`,
      );
    }
    const direction = rest.startsWith('desc') ? 'desc' : 'asc';
    const nullOrder = rest.includes('nulls')
      ? rest.includes('last')
        ? 'nulls-last'
        : 'nulls-first'
      : direction === 'asc'
        ? 'nulls-first'
        : 'nulls-last';
    return { transform: { kind: 'identity' }, sourceId: field.id, direction, nullOrder };
  });
  return { orderId: 1, fields };
}

/** The target as engines see it. Its files are sorted as the table asks for, however it came to ask. */
export function writeTargetOf(process: Process, table: Table): WriteTarget {
  const sortOrder = writableOrder(table);
  return {
    table: formatIdentifier(table.identifier),
    schema: currentSchema(table.metadata),
    spec: defaultSpec(table.metadata),
    ...(process.target.time && { time: process.target.time }),
    ...(sortOrder && { sortOrder }),
    dataLocation: dataFolderOf(table.metadata),
    properties: table.metadata.properties,
    tableUuid: table.metadata.tableUuid,
  };
}

/** Undefined for none, and for one by a transform that is not known here: such files stay unsorted and do not claim to be anything else. */
function writableOrder({ metadata }: Table): SortOrder | undefined {
  const order = metadata.sortOrders.find(({ orderId }) => orderId === metadata.defaultSortOrderId);
  const isWritable = order?.fields.every(({ transform }) => transform.kind !== 'unknown');
  return order !== undefined && order.fields.length > 0 && isWritable ? order : undefined;
}
