import type { Schema } from '../spec/types.ts';
import type { BoundPredicate } from './bound-predicate.ts';

declare const later: <T>() => T;
/** The part of a data file's description that pruning looks at; `DataFile` is one. */
export interface FileMetrics {
  readonly recordCount: number;
  readonly valueCounts?: ReadonlyMap<number, number>;
  readonly nullValueCounts?: ReadonlyMap<number, number>;
  readonly nanValueCounts?: ReadonlyMap<number, number>;
  readonly lowerBounds?: ReadonlyMap<number, Uint8Array>;
  readonly upperBounds?: ReadonlyMap<number, Uint8Array>;
}
/** Whether the file may hold a matching row, by its column metrics. */
export function fileMayMatch(bound: BoundPredicate, schema: Schema, file: FileMetrics): boolean {
  void bound;
  void schema;
  void file;
  return later();
}
/** Whether every row of the file matches, by its column metrics. */
export function fileMustMatch(bound: BoundPredicate, schema: Schema, file: FileMetrics): boolean {
  void bound;
  void schema;
  void file;
  return later();
}
