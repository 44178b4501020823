import type { Transform } from '../spec/partition-spec.ts';
import type { SortField } from '../spec/sort-order.ts';

/**
 * One step of partition spec evolution. Files stay where they are, under the spec they were written with; only new ones follow
 * the new spec. Steps are taken in order.
 *
 * @see Iceberg spec, "Partition Evolution"
 */
export type SpecChange =
  | {
      readonly kind: 'add';
      /** Dotted path of a column that has one value in each row. */
      readonly column: string;
      /** As text: `hour`, `bucket[16]`, `truncate[4]`. */
      readonly transform: Transform | string;
      /** Default: as Java names it, `ts_hour`, `id_bucket_16`; the column's own for identity. */
      readonly name?: string;
    }
  /** By the partition field's name. A table of format version 1 keeps it, with the transform `void`. */
  | { readonly kind: 'remove'; readonly field: string }
  | { readonly kind: 'rename'; readonly field: string; readonly to: string };

/** One column to sort by. */
export interface SortBy {
  /** Dotted path of a column that has one value in each row. */
  readonly column: string;
  /** Default: identity. */
  readonly transform?: Transform | string;
  /** Default: `asc`. */
  readonly direction?: SortField['direction'];
  /** Default: first when ascending, last when descending, as Java has it. */
  readonly nullOrder?: SortField['nullOrder'];
}
