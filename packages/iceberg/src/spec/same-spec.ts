import type { PartitionField, PartitionSpec } from './partition-spec.ts';
import { formatTransform } from './transform-text.ts';

/** Same fields, ids included, in the same order; the spec's own id is not looked at. */
export function sameSpec(a: PartitionSpec, b: PartitionSpec): boolean {
  return (
    a.fields.length === b.fields.length && a.fields.every((field, position) => sameField(field, b.fields[position]!))
  );
}

function sameField(a: PartitionField, b: PartitionField): boolean {
  return (
    a.sourceId === b.sourceId &&
    a.fieldId === b.fieldId &&
    a.name === b.name &&
    formatTransform(a.transform) === formatTransform(b.transform)
  );
}
