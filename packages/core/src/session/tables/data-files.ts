import {
  compareValues,
  currentSchema,
  type DataFile,
  dataFolderOf,
  encodeSingleValue,
  formatIdentifier,
  type NestedField,
  newFileUuid,
  type PartitionSpec,
  type PrimitiveType,
  partitionPath,
  specById,
  type Table,
  truncateLowerBound,
  truncateUpperBound,
  type Value,
} from '@psyberg/iceberg';
import { NeedsDecisionError } from '../../errors.ts';
import { everyOne } from './every-one.ts';
import { type Cell, type OwnRow, type OwnTableShape, PARTITION_COLUMN } from './own-columns.ts';
import { writeParquet } from './parquet-rows.ts';

/** As many characters of a text as bounds hold; the habit of Java's metrics modes. */
const BOUND_WIDTH = 16;

/** The columns that an append writes: of the table's current schema those that we know, by name. */
export const ownFields = (table: Table, shape: OwnTableShape): readonly NestedField[] =>
  currentSchema(table.metadata).fields.filter(({ name }) => shape.columns.some((column) => column.name === name));

/** Data files, of which some may still be on their way to storage. */
export interface BegunDataFiles {
  readonly files: readonly DataFile[];
  /** Settles once nothing is being written any more; rejects where a file could not be. */
  readonly written: Promise<void>;
}

/** Begins to write rows as data files of the table, one per process, with these columns. Nothing points at them yet. */
export async function beginDataFiles(
  table: Table,
  shape: OwnTableShape,
  fields: readonly NestedField[],
  rows: readonly OwnRow[],
): Promise<BegunDataFiles> {
  const spec = requireOwnSpec(table);
  const files: DataFile[] = [];
  const contents: Uint8Array[] = [];
  for (const [process, group] of groupByProcess(rows)) {
    const bytes = await writeParquet(fields, group);
    const folder = partitionPath(spec, currentSchema(table.metadata), [process]);
    const path = `${dataFolderOf(table.metadata)}/${folder}/${newFileUuid(table.metadata.tableUuid)}.parquet`;
    contents.push(bytes);
    files.push({
      content: 'data',
      path,
      format: 'parquet',
      specId: spec.specId,
      partition: [process],
      recordCount: group.length,
      fileSizeBytes: bytes.byteLength,
      ...metricsOf(fields, shape, group),
    });
  }
  const written = everyOne(files.map(({ path }, i) => table.io.create(path, contents[i]!)));
  // Whoever waits for it hears of a failure; whoever gave up before that has a reason of its own.
  written.catch(() => undefined);
  return { files, written };
}

/** As {@link beginDataFiles}, and waits for them. */
export async function writeDataFiles(
  table: Table,
  shape: OwnTableShape,
  fields: readonly NestedField[],
  rows: readonly OwnRow[],
): Promise<readonly DataFile[]> {
  const { files, written } = await beginDataFiles(table, shape, fields, rows);
  await written;
  return files;
}

function groupByProcess(rows: readonly OwnRow[]): ReadonlyMap<string, readonly OwnRow[]> {
  const groups = new Map<string, OwnRow[]>();
  for (const row of rows) {
    const process = row[PARTITION_COLUMN] as string;
    const group = groups.get(process);
    if (group === undefined) groups.set(process, [row]);
    else group.push(row);
  }
  return groups;
}

/** Counts of every plain column, bounds of those that readers look files up by. */
function metricsOf(fields: readonly NestedField[], shape: OwnTableShape, rows: readonly OwnRow[]) {
  const valueCounts = new Map<number, number>();
  const nullValueCounts = new Map<number, number>();
  const lowerBounds = new Map<number, Uint8Array>();
  const upperBounds = new Map<number, Uint8Array>();
  for (const { id, name, type } of fields) {
    if (type.kind === 'list' || type.kind === 'map' || type.kind === 'struct') continue;
    const values = rows.map((row) => row[name] ?? null).filter((value) => value !== null);
    valueCounts.set(id, rows.length);
    nullValueCounts.set(id, rows.length - values.length);
    if (values.length === 0 || !shape.boundedColumns.includes(name)) continue;
    const { lower, upper } = boundsOf(type, values);
    lowerBounds.set(id, encodeSingleValue(type, lower));
    if (upper !== undefined) upperBounds.set(id, encodeSingleValue(type, upper));
  }
  return { valueCounts, nullValueCounts, lowerBounds, upperBounds };
}

function boundsOf(
  type: PrimitiveType,
  values: readonly Cell[],
): { readonly lower: Value; readonly upper: Value | undefined } {
  const sorted = (values as Value[]).toSorted((a, b) => compareValues(type, a, b));
  return {
    lower: truncateLowerBound(type, sorted[0]!, BOUND_WIDTH),
    upper: truncateUpperBound(type, sorted.at(-1)!, BOUND_WIDTH),
  };
}

/** @throws {NeedsDecisionError} the table is not partitioned as ours are, so it is somebody else's or was changed */
function requireOwnSpec(table: Table): PartitionSpec {
  const { metadata } = table;
  const spec = specById(metadata, metadata.defaultSpecId);
  const field = spec?.fields[0];
  const source = currentSchema(metadata).fields.find(({ id }) => id === field?.sourceId);
  const isOurs = spec?.fields.length === 1 && field?.transform.kind === 'identity' && source?.name === PARTITION_COLUMN;
  if (spec !== undefined && isOurs) return spec;
  const name = formatIdentifier(table.identifier);
  throw new NeedsDecisionError(
    `${name} is not partitioned by identity of ${PARTITION_COLUMN}, as tables of ours are. Nothing was written to it. Name another ` +
      'table in `tables` of the configuration, or give this one its partitioning back.',
  );
}

/** Files that nothing came to point at; one that cannot be deleted is an orphan for `clean`. */
export async function deleteFiles(table: Table, files: readonly DataFile[]): Promise<void> {
  await Promise.allSettled(files.map((file) => table.io.delete(file.path)));
}
