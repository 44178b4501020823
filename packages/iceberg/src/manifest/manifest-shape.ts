import type { MapShape, RecordShape, Shape, ShapeField } from '../avro/shape.ts';
import type { PartitionField, PartitionSpec } from '../spec/partition-spec.ts';
import { sourceTypeOf } from '../spec/partition-type.ts';
import { resultType } from '../spec/result-type.ts';
import { findField } from '../spec/schema.ts';
import { isPrimitive } from '../spec/type-kinds.ts';
import type { PrimitiveType, Schema } from '../spec/types.ts';

/**
 * A manifest entry in Java's order of format v2, around a partition record. What v1 does not have may be absent when read;
 * 105 to 107 and 111 are never written, and skipped when read.
 *
 * @see Iceberg spec, "Manifest Entry Fields", "Data File Fields" (v2)
 */
export function manifestEntryShape(partition: RecordShape): RecordShape {
  return {
    kind: 'record',
    name: 'manifest_entry',
    fields: [
      { id: 0, name: 'status', required: true, shape: { kind: 'int' } },
      optional(1, 'snapshot_id', { kind: 'long' }),
      optional(3, 'sequence_number', { kind: 'long' }),
      optional(4, 'file_sequence_number', { kind: 'long' }),
      { id: 2, name: 'data_file', required: true, shape: dataFileShape(partition) },
    ],
  };
}

/** Position of `data_file` in an entry. */
export const DATA_FILE_POSITION = 4;

function dataFileShape(partition: RecordShape): RecordShape {
  return {
    kind: 'record',
    name: 'r2',
    fields: [
      { id: 134, name: 'content', required: true, mayBeAbsent: true, shape: { kind: 'int' } },
      { id: 100, name: 'file_path', required: true, shape: { kind: 'string' } },
      { id: 101, name: 'file_format', required: true, shape: { kind: 'string' } },
      { id: 102, name: 'partition', required: true, shape: partition },
      { id: 103, name: 'record_count', required: true, shape: { kind: 'count' } },
      { id: 104, name: 'file_size_in_bytes', required: true, shape: { kind: 'count' } },
      optional(108, 'column_sizes', byField(117, 118, { kind: 'count' })),
      optional(109, 'value_counts', byField(119, 120, { kind: 'count' })),
      optional(110, 'null_value_counts', byField(121, 122, { kind: 'count' })),
      optional(137, 'nan_value_counts', byField(138, 139, { kind: 'count' })),
      optional(125, 'lower_bounds', byField(126, 127, { kind: 'binary' })),
      optional(128, 'upper_bounds', byField(129, 130, { kind: 'binary' })),
      optional(131, 'key_metadata', { kind: 'binary' }),
      optional(132, 'split_offsets', { kind: 'list', elementId: 133, element: { kind: 'long' } }),
      optional(135, 'equality_ids', { kind: 'list', elementId: 136, element: { kind: 'int' } }),
      optional(140, 'sort_order_id', { kind: 'int' }),
      optional(143, 'referenced_data_file', { kind: 'string' }),
    ],
  };
}

/** The partition record to write. @throws {InvalidArgumentError} a source column is missing or does not fit */
export function partitionShapeToWrite(spec: PartitionSpec, schema: Schema): RecordShape {
  return partitionRecord(spec, (field) => resultType(field.transform, sourceTypeOf(field, schema)));
}

/**
 * The partition record to read. A source column that was dropped or is not known is taken as the file has it; of several schemas
 * the newest that has the column counts, since types only widen.
 */
export function partitionShapeToRead(spec: PartitionSpec, schemas: readonly Schema[]): RecordShape {
  const newestFirst = [...schemas].sort((a, b) => b.schemaId - a.schemaId);
  return partitionRecord(spec, (field) => {
    const source = newestFirst.map((schema) => findField(schema, field.sourceId)).find((found) => found !== undefined);
    const readable = source !== undefined && isPrimitive(source.type) && source.type.kind !== 'unsupported';
    return readable ? readShape(field, source.type as PrimitiveType) : { kind: 'as-written' };
  });
}

/** A void field holds nulls whatever its type; what an unknown transform makes is not known. */
function readShape(field: PartitionField, sourceType: PrimitiveType): Shape {
  const kind = field.transform.kind;
  return kind === 'void' || kind === 'unknown' ? { kind: 'as-written' } : resultType(field.transform, sourceType);
}

function partitionRecord(spec: PartitionSpec, shapeOf: (field: PartitionField) => Shape): RecordShape {
  return {
    kind: 'record',
    name: 'r102',
    fields: spec.fields.map((field) => optional(field.fieldId, field.name, shapeOf(field))),
  };
}

function byField(keyId: number, valueId: number, value: Shape): MapShape {
  return { kind: 'map', keyId, key: { kind: 'int' }, valueId, value };
}

function optional(id: number, name: string, shape: Shape): ShapeField {
  return { id, name, required: false, shape };
}
