import type { TableMetadata } from '../metadata/table-metadata.ts';
import type { MetadataChange } from '../metadata/updates.ts';
import { type SortField, type SortOrder, sameOrder, UNSORTED_ORDER } from '../spec/sort-order.ts';
import type { SortBy } from './spec-change.ts';
import { transformSource } from './transform-source.ts';

/**
 * The part of a table commit that replaces the sort order which writers are asked to follow; pure. Files stay as they are.
 *
 * @param columns none: unsorted
 * @returns undefined when the order is the default already
 * @throws {InvalidArgumentError} no such column, or a transform that does not take it
 * @see Iceberg spec, "Sorting"
 */
export function sortUpdates(metadata: TableMetadata, columns: readonly SortBy[]): MetadataChange | undefined {
  const { sortOrders, defaultSortOrderId } = metadata;
  const sortOrder: SortOrder = {
    orderId:
      columns.length === 0 ? UNSORTED_ORDER.orderId : Math.max(0, ...sortOrders.map(({ orderId }) => orderId)) + 1,
    fields: columns.map((column) => sortField(metadata, column)),
  };
  const present = sortOrders.find(({ orderId }) => orderId === defaultSortOrderId) ?? UNSORTED_ORDER;
  if (sameOrder(present, sortOrder)) return undefined;
  return {
    updates: [
      { action: 'add-sort-order', sortOrder },
      { action: 'set-default-sort-order', sortOrderId: -1 },
    ],
    requirements: [
      { type: 'assert-default-sort-order-id', defaultSortOrderId },
      { type: 'assert-current-schema-id', currentSchemaId: metadata.currentSchemaId },
    ],
  };
}

function sortField(metadata: TableMetadata, by: SortBy): SortField {
  const { column, transform = 'identity', direction = 'asc' } = by;
  const source = transformSource(metadata, column, transform, `The table cannot be sorted by "${column}"`);
  return { ...source, direction, nullOrder: by.nullOrder ?? (direction === 'asc' ? 'nulls-first' : 'nulls-last') };
}
