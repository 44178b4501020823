import { type TimeColumn, timeColumnNames } from '@psyberg/core';
import {
  type DataFile,
  encodeSingleValue,
  type NestedField,
  type PrimitiveType,
  type Schema,
  truncateLowerBound,
  truncateUpperBound,
  type Value,
} from '@psyberg/iceberg';
import { parseBoundText } from './bound-text.ts';

/** What DuckDB says of one column of a file it wrote, by name: `min`, `max`, `null_count`, `num_values`, `column_size_bytes`. */
export type ColumnStatistics = ReadonlyMap<string, string>;

export type FileMetrics = Pick<
  DataFile,
  'columnSizes' | 'valueCounts' | 'nullValueCounts' | 'lowerBounds' | 'upperBounds'
>;

/** `none`, `counts`, or counts and bounds of which strings keep this many code points. */
type MetricsMode = { readonly kind: 'none' | 'counts' } | { readonly kind: 'bounds'; readonly width: number };

const DEFAULT_MODE = 'truncate(16)';
const INFERRED_COLUMNS_MAX = 100;

/** A column that metrics are kept of: a leaf that is not inside a list or map. */
export interface MetricsColumn {
  /** As DuckDB's statistics call it: each part quoted. */
  readonly key: string;
  readonly id: number;
  readonly type: PrimitiveType;
  readonly mode: MetricsMode;
}

/**
 * Columns whose metrics are kept, and how. Time columns and the table's first hundred columns keep bounds unless a property says
 * otherwise; time columns always do, as everything that plans by time lives on them.
 *
 * @see Iceberg docs, "Configuration", the properties `write.metadata.metrics.*`
 */
export function metricsColumns(
  schema: Schema,
  properties: Readonly<Record<string, string>>,
  time: TimeColumn | undefined,
): readonly MetricsColumn[] {
  const timeNames = new Set(time === undefined ? [] : timeColumnNames(time));
  const explicit = properties['write.metadata.metrics.default'];
  const limit = Number(properties['write.metadata.metrics.max-inferred-column-defaults'] ?? INFERRED_COLUMNS_MAX);
  return leavesOf(schema.fields, '', '').map(({ key, path, field }, position) => {
    const inferred = position < limit ? DEFAULT_MODE : 'none';
    const text = properties[`write.metadata.metrics.column.${path}`] ?? explicit ?? inferred;
    const mode = timeNames.has(path) ? parseMode('full') : parseMode(text);
    return { key, id: field.id, type: field.type as PrimitiveType, mode };
  });
}

/** A file's metrics as a manifest wants them. NaN counts are left out: DuckDB knows them of the last row group only. */
export function fileMetrics(
  statistics: ReadonlyMap<string, ColumnStatistics>,
  columns: readonly MetricsColumn[],
): FileMetrics {
  const columnSizes = new Map<number, number>();
  const valueCounts = new Map<number, number>();
  const nullValueCounts = new Map<number, number>();
  const lowerBounds = new Map<number, Uint8Array>();
  const upperBounds = new Map<number, Uint8Array>();
  for (const { key, id, type, mode } of columns) {
    const column = statistics.get(key);
    if (column === undefined || mode.kind === 'none') continue;
    setNumber(columnSizes, id, column.get('column_size_bytes'));
    setNumber(valueCounts, id, column.get('num_values'));
    setNumber(nullValueCounts, id, column.get('null_count'));
    if (mode.kind !== 'bounds') continue;
    const lower = boundOf(column.get('min'), type);
    const upper = boundOf(column.get('max'), type);
    if (lower === undefined || upper === undefined) continue;
    lowerBounds.set(id, encodeSingleValue(type, signedZero(truncateLowerBound(type, lower, mode.width), -0)));
    const shortened = truncateUpperBound(type, upper, mode.width);
    if (shortened !== undefined) upperBounds.set(id, encodeSingleValue(type, signedZero(shortened, 0)));
  }
  return { columnSizes, valueCounts, nullValueCounts, lowerBounds, upperBounds };
}

const boundOf = (text: string | undefined, type: PrimitiveType): Value | undefined =>
  text === undefined ? undefined : parseBoundText(text, type);

/** DuckDB does not tell the zeros of floating point apart, so each bound takes the one that holds both. */
const signedZero = (value: Value, zero: number): Value => (typeof value === 'number' && value === 0 ? zero : value);

function setNumber(target: Map<number, number>, id: number, text: string | undefined): void {
  if (text !== undefined && /^\d+$/.test(text)) target.set(id, Number(text));
}

function parseMode(text: string): MetricsMode {
  if (text === 'none' || text === 'counts') return { kind: text };
  if (text === 'full') return { kind: 'bounds', width: Number.MAX_SAFE_INTEGER };
  const width = Number(/^truncate\((\d+)\)$/.exec(text)?.[1]);
  return { kind: 'bounds', width: width > 0 ? width : 16 };
}

function leavesOf(
  fields: readonly NestedField[],
  key: string,
  path: string,
): { readonly key: string; readonly path: string; readonly field: NestedField }[] {
  return fields.flatMap((field) => {
    const own = `${key}"${field.name.replaceAll('"', '""')}"`;
    if (field.type.kind === 'list' || field.type.kind === 'map') return [];
    if (field.type.kind === 'struct') return leavesOf(field.type.fields, `${own}.`, `${path}${field.name}.`);
    return [{ key: own, path: `${path}${field.name}`, field }];
  });
}
