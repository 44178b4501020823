import { IcebergError } from '../errors.ts';
import type { BoundTerm } from '../expressions/bound-predicate.ts';
import type { FileMetrics } from '../expressions/evaluate-metrics.ts';
import type { FileIO } from '../io/file-io.ts';
import { compareValues } from '../spec/compare-values.ts';
import { decodeSingleValue } from '../spec/single-values.ts';
import { isPrimitive, samePrimitive } from '../spec/type-kinds.ts';
import type { PrimitiveType, Type, Value } from '../spec/types.ts';

/** Columns of manifests remembered per `FileIO` before the longest unused manifest's are let go; some ten megabytes. */
const MAX_LEARNT_COLUMNS = 50_000;

/** What holds for one column in all live files of a manifest together. Absent: not known, or not the same for all. */
export interface LearntColumn {
  readonly type: Type;
  readonly lower?: Uint8Array;
  readonly upper?: Uint8Array;
  readonly nulls?: 'none' | 'only';
  readonly nans?: 'none' | 'only';
}

/**
 * What was learnt of manifests while they were searched. A manifest list tells ranges of partitions alone; of a table that is
 * partitioned by something else than what is asked for, each manifest has to be opened, but only once: manifests never change.
 */
export class LearntColumns {
  readonly #byManifest = new Map<string, Map<number, LearntColumn>>();
  readonly #maxColumns: number;
  #size = 0;

  constructor(maxColumns = MAX_LEARNT_COLUMNS) {
    this.#maxColumns = maxColumns;
  }

  /** What is known of all these columns, as the metrics of one file that has all rows; undefined when of one nothing is. */
  metricsOf(manifestKey: string, terms: readonly BoundTerm[]): FileMetrics | undefined {
    const known = this.#byManifest.get(manifestKey);
    if (known === undefined) return undefined;
    const columns: [number, LearntColumn][] = [];
    for (const { fieldId, type } of terms) {
      const column = known.get(fieldId);
      if (column === undefined || !sameType(column.type, type)) return undefined;
      columns.push([fieldId, column]);
    }
    this.#byManifest.delete(manifestKey);
    this.#byManifest.set(manifestKey, known);
    return metricsOf(columns);
  }

  /** @param files the manifest's live ones, all of them */
  learn(manifestKey: string, terms: readonly BoundTerm[], files: readonly FileMetrics[]): void {
    const known = this.#byManifest.get(manifestKey) ?? new Map<number, LearntColumn>();
    this.#forget(manifestKey);
    for (const { fieldId, type } of terms) known.set(fieldId, learntColumn(fieldId, type, files));
    if (known.size > this.#maxColumns) return;
    this.#byManifest.set(manifestKey, known);
    this.#size += known.size;
    for (const oldest of this.#byManifest.keys()) {
      if (this.#size <= this.#maxColumns) break;
      this.#forget(oldest);
    }
  }

  #forget(manifestKey: string): void {
    this.#size -= this.#byManifest.get(manifestKey)?.size ?? 0;
    this.#byManifest.delete(manifestKey);
  }
}

const learnt = new WeakMap<FileIO, LearntColumns>();

/** What is remembered as long as `io` lives. */
export function learntColumnsOf(io: FileIO): LearntColumns {
  const known = learnt.get(io);
  if (known !== undefined) return known;
  const columns = new LearntColumns();
  learnt.set(io, columns);
  return columns;
}

/** Counts are those of a file with one row, as only "none" and "all" matter. */
function metricsOf(columns: readonly (readonly [number, LearntColumn])[]): FileMetrics {
  const pick = <T>(of: (column: LearntColumn) => T | undefined): Map<number, T> =>
    new Map(
      columns.flatMap(([id, column]) => {
        const value = of(column);
        return value === undefined ? [] : [[id, value] as const];
      }),
    );
  const count = { none: 0, only: 1 } as const;
  return {
    recordCount: 1,
    valueCounts: pick(({ nulls, nans }) => (nulls === 'only' || nans === 'only' ? 1 : undefined)),
    nullValueCounts: pick(({ nulls }) => nulls && count[nulls]),
    nanValueCounts: pick(({ nans }) => nans && count[nans]),
    lowerBounds: pick(({ lower }) => lower),
    upperBounds: pick(({ upper }) => upper),
  };
}

function learntColumn(id: number, type: Type, all: readonly FileMetrics[]): LearntColumn {
  const files = all.filter(({ recordCount }) => recordCount !== 0);
  const isAll = (counts: 'nullValueCounts' | 'nanValueCounts') => (file: FileMetrics) =>
    file.valueCounts?.get(id) !== undefined && file[counts]?.get(id) === file.valueCounts.get(id);
  const share = (counts: 'nullValueCounts' | 'nanValueCounts'): 'none' | 'only' | undefined => {
    if (files.every((file) => file[counts]?.get(id) === 0)) return 'none';
    return files.every(isAll(counts)) ? 'only' : undefined;
  };
  const [nulls, nans] = [share('nullValueCounts'), share('nanValueCounts')];
  const valued = files.filter((file) => !isAll('nullValueCounts')(file));
  const lower = isPrimitive(type) ? outermost(type, valued, id, 'lowerBounds', -1) : undefined;
  const upper = isPrimitive(type) ? outermost(type, valued, id, 'upperBounds', 1) : undefined;
  return { type, ...(nulls && { nulls }), ...(nans && { nans }), ...(lower && { lower }), ...(upper && { upper }) };
}

/** The least or greatest bound; undefined when one is not known, or tells nothing. */
function outermost(
  type: PrimitiveType,
  files: readonly FileMetrics[],
  id: number,
  bounds: 'lowerBounds' | 'upperBounds',
  side: -1 | 1,
): Uint8Array | undefined {
  let found: { readonly bytes: Uint8Array; readonly value: Value } | undefined;
  for (const file of files) {
    const bytes = file[bounds]?.get(id);
    const value = bytes === undefined ? undefined : decoded(type, bytes);
    if (bytes === undefined || value === undefined || Number.isNaN(value)) return undefined;
    if (found === undefined || compareValues(type, value, found.value) * side > 0) found = { bytes, value };
  }
  // A copy, because bounds are slices that would keep the whole block of entries alive.
  return found && Uint8Array.from(found.bytes);
}

/** A bound that cannot be read is for whoever has to judge its file to complain of. */
function decoded(type: PrimitiveType, bytes: Uint8Array): Value | undefined {
  try {
    return decodeSingleValue(type, bytes);
  } catch (error) {
    if (error instanceof IcebergError) return undefined;
    throw error;
  }
}

function sameType(a: Type, b: Type): boolean {
  return isPrimitive(a) && isPrimitive(b) ? samePrimitive(a, b) : a.kind === b.kind;
}
