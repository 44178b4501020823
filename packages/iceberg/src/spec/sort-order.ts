import type { Transform } from './partition-spec.ts';
import { formatTransform } from './transform-text.ts';

export interface SortField {
  readonly transform: Transform;
  readonly sourceId: number;
  readonly direction: 'asc' | 'desc';
  readonly nullOrder: 'nulls-first' | 'nulls-last';
}

/** @see Iceberg spec, "Sorting" */
export interface SortOrder {
  readonly orderId: number;
  readonly fields: readonly SortField[];
}

export const UNSORTED_ORDER: SortOrder = { orderId: 0, fields: [] };

/** Same fields in the same order; the order's own id is not looked at. */
export function sameOrder(a: SortOrder, b: SortOrder): boolean {
  const text = (field: SortField): string =>
    [field.sourceId, formatTransform(field.transform), field.direction, field.nullOrder].join(' ');
  return a.fields.length === b.fields.length && a.fields.every((field, i) => text(field) === text(b.fields[i]!));
}
