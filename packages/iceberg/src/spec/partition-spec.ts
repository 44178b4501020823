/** @see Iceberg spec, "Partition Transforms" */
export type Transform =
  | { readonly kind: 'identity' }
  | { readonly kind: 'bucket'; readonly count: number }
  | { readonly kind: 'truncate'; readonly width: number }
  | { readonly kind: 'year' }
  | { readonly kind: 'month' }
  | { readonly kind: 'day' }
  | { readonly kind: 'hour' }
  | { readonly kind: 'void' }
  /** Kept when read, ignored when filtering; data is never written under a spec that has one. */
  | { readonly kind: 'unknown'; readonly text: string };

export interface PartitionField {
  readonly sourceId: number;
  readonly fieldId: number;
  readonly name: string;
  readonly transform: Transform;
}

/** @see Iceberg spec, "Partitioning" */
export interface PartitionSpec {
  readonly specId: number;
  readonly fields: readonly PartitionField[];
}

/** Whether all files of the spec lie in one partition. */
export const isUnpartitioned = ({ fields }: PartitionSpec): boolean =>
  fields.every(({ transform }) => transform.kind === 'void');

export const UNPARTITIONED_SPEC: PartitionSpec = { specId: 0, fields: [] };
