import type { NullableValue } from '../spec/types.ts';

export type FileContent = 'data' | 'position-deletes' | 'equality-deletes';

/**
 * One data or delete file as a manifest describes it.
 *
 * Metric maps are keyed by field id; a missing key means "unknown", never zero. Bounds are single-value bytes
 * (`decodeSingleValue`) and are bounds, not exact extremes, for strings and binaries.
 *
 * @see Iceberg spec, "Data File Fields"
 */
export interface DataFile {
  readonly content: FileContent;
  /** Full location exactly as stored; files are told apart by this text. */
  readonly path: string;
  /** Lower case, e.g. `parquet`. */
  readonly format: string;
  readonly specId: number;
  /** One value per field of the spec `specId`, in its order; results of the transforms. */
  readonly partition: readonly NullableValue[];
  readonly recordCount: number;
  readonly fileSizeBytes: number;
  readonly columnSizes?: ReadonlyMap<number, number>;
  readonly valueCounts?: ReadonlyMap<number, number>;
  readonly nullValueCounts?: ReadonlyMap<number, number>;
  readonly nanValueCounts?: ReadonlyMap<number, number>;
  readonly lowerBounds?: ReadonlyMap<number, Uint8Array>;
  readonly upperBounds?: ReadonlyMap<number, Uint8Array>;
  readonly keyMetadata?: Uint8Array;
  readonly splitOffsets?: readonly bigint[];
  readonly equalityIds?: readonly number[];
  readonly sortOrderId?: number;
  readonly referencedDataFile?: string;
}
