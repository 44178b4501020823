import { InvalidArgumentError } from '../errors.ts';
import type { PartitionField, PartitionSpec } from './partition-spec.ts';
import { resultType } from './result-type.ts';
import { findField } from './schema.ts';
import { isPrimitive } from './type-kinds.ts';
import type { PrimitiveType, Schema, StructType } from './types.ts';

/**
 * The struct of a spec's partition values: optional fields in spec order, with the ids of the partition fields.
 *
 * @throws {InvalidArgumentError} a source column is not in the schema or not of a fitting type
 * @see Iceberg spec, "Partitioning"
 */
export function partitionType(spec: PartitionSpec, schema: Schema): StructType {
  return {
    kind: 'struct',
    fields: spec.fields.map((field) => ({
      id: field.fieldId,
      name: field.name,
      required: false,
      type: resultType(field.transform, sourceTypeOf(field, schema)),
    })),
  };
}

/** The type of the column that a partition field is made from. @throws {InvalidArgumentError} */
export function sourceTypeOf(field: PartitionField, schema: Schema): PrimitiveType {
  const source = findField(schema, field.sourceId);
  if (source !== undefined && isPrimitive(source.type)) return source.type;
  throw new InvalidArgumentError(
    `Partition field ${field.name} is made from column id ${field.sourceId}, which schema ${schema.schemaId} ` +
      `${source === undefined ? 'does not have' : 'has as a nested type'}. Nothing was written. Use the schema the spec was made for.`,
  );
}
