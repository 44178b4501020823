import { UnsupportedFeatureError } from '../errors.ts';
import { decimalByteLength } from '../spec/type-kinds.ts';
import type { RecordShape, Shape, ShapeField } from './shape.ts';

/**
 * The Avro schema of a shape, spelled as Java spells it; only `r<id>` and `k<id>_v<id>` names carry over, docs do not.
 *
 * @see Iceberg spec, "Appendix A: Format-specific Requirements", "Avro"
 */
export function avroSchemaOf(record: RecordShape): unknown {
  return schemaOf(record, new Set());
}

/**
 * A name that Avro accepts, made as Java makes it: other characters become `_x` and their code in hex,
 * a digit in front gets `_` before it.
 */
export function avroName(name: string): string {
  let safe = '';
  for (let i = 0; i < name.length; i++) {
    const character = name[i]!;
    if (/[A-Za-z_]/.test(character) || (i > 0 && /\d/.test(character))) safe += character;
    else if (/\d/.test(character)) safe += `_${character}`;
    else safe += `_x${name.charCodeAt(i).toString(16).toUpperCase()}`;
  }
  return safe;
}

function schemaOf(shape: Shape, defined: Set<string>): unknown {
  switch (shape.kind) {
    case 'record':
      return { type: 'record', name: shape.name, fields: shape.fields.map((field) => fieldSchema(field, defined)) };
    case 'list':
      return { type: 'array', items: schemaOf(shape.element, defined), 'element-id': shape.elementId };
    case 'map':
      return {
        type: 'array',
        items: {
          type: 'record',
          name: `k${shape.keyId}_v${shape.valueId}`,
          fields: [
            { name: 'key', type: schemaOf(shape.key, defined), 'field-id': shape.keyId },
            { name: 'value', type: schemaOf(shape.value, defined), 'field-id': shape.valueId },
          ],
        },
        logicalType: 'map',
      };
    case 'boolean':
    case 'int':
    case 'long':
    case 'float':
    case 'double':
    case 'string':
      return shape.kind;
    case 'count':
      return 'long';
    case 'binary':
      return 'bytes';
    case 'date':
      return { type: 'int', logicalType: 'date' };
    case 'time':
      return { type: 'long', logicalType: 'time-micros' };
    case 'timestamp':
    case 'timestamptz':
      return { type: 'long', logicalType: 'timestamp-micros', 'adjust-to-utc': shape.kind === 'timestamptz' };
    case 'timestamp_ns':
    case 'timestamptz_ns':
      return { type: 'long', logicalType: 'timestamp-nanos', 'adjust-to-utc': shape.kind === 'timestamptz_ns' };
    case 'decimal':
      return fixedSchema(`decimal_${shape.precision}_${shape.scale}`, decimalByteLength(shape.precision), defined, {
        logicalType: 'decimal',
        precision: shape.precision,
        scale: shape.scale,
      });
    case 'uuid':
      return fixedSchema('uuid_fixed', 16, defined, { logicalType: 'uuid' });
    case 'fixed':
      return fixedSchema(`fixed_${shape.length}`, shape.length, defined, {});
    case 'as-written':
    case 'unsupported':
      throw new UnsupportedFeatureError(
        `A partition value of type ${shape.kind === 'unsupported' ? shape.text : 'unknown'} cannot be written. ` +
          'No manifest was made. Write with a spec whose transforms and types this library knows.',
      );
  }
}

/** Java writes the original name beside one it had to change. */
function fieldSchema(field: ShapeField, defined: Set<string>): unknown {
  const name = avroName(field.name);
  const type = schemaOf(field.shape, defined);
  return {
    name,
    type: field.required ? type : ['null', type],
    ...(field.required ? {} : { default: null }),
    'field-id': field.id,
    ...(name === field.name ? {} : { 'iceberg-field-name': field.name }),
  };
}

/**
 * Avro allows a name to be defined once. A second use could refer to it, but PyIceberg does not resolve references, so it gets
 * a name of its own; no reader looks at the names of fixed types.
 */
function fixedSchema(name: string, size: number, defined: Set<string>, attributes: object): unknown {
  let unique = name;
  for (let count = 2; defined.has(unique); count++) unique = `${name}_n${count}`;
  defined.add(unique);
  return { type: 'fixed', name: unique, size, ...attributes };
}
