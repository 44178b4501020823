import type { RecordShape, ShapeField } from '../avro/shape.ts';

/** @see Iceberg spec, "Manifest Lists", `field_summary` */
const FIELD_SUMMARY: RecordShape = {
  kind: 'record',
  name: 'r508',
  fields: [
    { id: 509, name: 'contains_null', required: true, shape: { kind: 'boolean' } },
    { id: 518, name: 'contains_nan', required: false, shape: { kind: 'boolean' } },
    { id: 510, name: 'lower_bound', required: false, shape: { kind: 'binary' } },
    { id: 511, name: 'upper_bound', required: false, shape: { kind: 'binary' } },
  ],
};

/**
 * A row of a manifest list in Java's order of format v2. What v1 lacks or has optional may be absent when read; 504 to 506 had
 * other names before Java 1.5, which reading by id does not notice.
 *
 * @see Iceberg spec, "Manifest Lists" (v2)
 */
export const MANIFEST_LIST_SHAPE: RecordShape = {
  kind: 'record',
  name: 'manifest_file',
  fields: [
    { id: 500, name: 'manifest_path', required: true, shape: { kind: 'string' } },
    { id: 501, name: 'manifest_length', required: true, shape: { kind: 'count' } },
    { id: 502, name: 'partition_spec_id', required: true, shape: { kind: 'int' } },
    v2(517, 'content', { kind: 'int' }),
    v2(515, 'sequence_number', { kind: 'long' }),
    v2(516, 'min_sequence_number', { kind: 'long' }),
    { id: 503, name: 'added_snapshot_id', required: true, shape: { kind: 'long' } },
    v2(504, 'added_files_count', { kind: 'int' }),
    v2(505, 'existing_files_count', { kind: 'int' }),
    v2(506, 'deleted_files_count', { kind: 'int' }),
    v2(512, 'added_rows_count', { kind: 'count' }),
    v2(513, 'existing_rows_count', { kind: 'count' }),
    v2(514, 'deleted_rows_count', { kind: 'count' }),
    { id: 507, name: 'partitions', required: false, shape: { kind: 'list', elementId: 508, element: FIELD_SUMMARY } },
    { id: 519, name: 'key_metadata', required: false, shape: { kind: 'binary' } },
  ],
};

function v2(id: number, name: string, shape: ShapeField['shape']): ShapeField {
  return { id, name, required: true, mayBeAbsent: true, shape };
}
