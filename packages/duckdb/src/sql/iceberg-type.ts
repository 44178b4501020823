import { UnsupportedTypeError } from '@psyberg/core';
import type { NestedField, Type } from '@psyberg/iceberg';
import { formatShape, type Shape, type ShapeField } from './shape.ts';

const LEAVES: Readonly<Record<string, Type>> = {
  BOOLEAN: { kind: 'boolean' },
  TINYINT: { kind: 'int' },
  SMALLINT: { kind: 'int' },
  INTEGER: { kind: 'int' },
  UTINYINT: { kind: 'int' },
  USMALLINT: { kind: 'int' },
  UINTEGER: { kind: 'long' },
  BIGINT: { kind: 'long' },
  UBIGINT: { kind: 'long' },
  // What sum() of integers gives; a value beyond long is an error when it is written.
  HUGEINT: { kind: 'long' },
  UHUGEINT: { kind: 'long' },
  FLOAT: { kind: 'float' },
  DOUBLE: { kind: 'double' },
  DATE: { kind: 'date' },
  TIME: { kind: 'time' },
  TIMESTAMP: { kind: 'timestamp' },
  TIMESTAMP_S: { kind: 'timestamp' },
  TIMESTAMP_MS: { kind: 'timestamp' },
  'TIMESTAMP WITH TIME ZONE': { kind: 'timestamptz' },
  VARCHAR: { kind: 'string' },
  JSON: { kind: 'string' },
  UUID: { kind: 'uuid' },
  BLOB: { kind: 'binary' },
};

const REMEDIES: Readonly<Record<string, string>> = {
  TIMESTAMP_NS: 'cast it to TIMESTAMP (microseconds)',
  INTERVAL: 'store its length, e.g. epoch(x) seconds',
  'TIME WITH TIME ZONE': 'cast it to TIME',
  BIT: 'cast it to VARCHAR or BLOB',
  BIGNUM: 'cast it to BIGINT, DECIMAL(38,0) or VARCHAR',
  UNION: 'give each member a column of its own',
};

/**
 * The Iceberg type that a result column gets in a new table. Nested fields carry running numbers from `nextId`, not field ids.
 *
 * @throws {UnsupportedTypeError} Iceberg has no such type
 */
export function icebergType(shape: Shape, path: string, nextId: () => number): Type {
  const field = (child: ShapeField): NestedField => {
    const id = nextId();
    return { id, name: child.name, required: false, type: icebergType(child.shape, `${path}.${child.name}`, nextId) };
  };
  switch (shape.kind) {
    case 'struct':
      return { kind: 'struct', fields: shape.fields.map(field) };
    case 'list': {
      const element = field(shape.element);
      return { kind: 'list', elementId: element.id, element: element.type, elementRequired: false };
    }
    case 'map': {
      const key = field(shape.key);
      const value = field(shape.value);
      return { kind: 'map', keyId: key.id, key: key.type, valueId: value.id, value: value.type, valueRequired: false };
    }
    case 'leaf':
      return leafType(shape.type, path);
  }
}

function leafType(text: string, path: string): Type {
  const decimal = /^DECIMAL\((\d+),\s*(\d+)\)$/.exec(text);
  if (decimal) return { kind: 'decimal', precision: Number(decimal[1]), scale: Number(decimal[2]) };
  const type = LEAVES[text];
  if (type !== undefined) return type;
  throw new UnsupportedTypeError(
    `Column ${path} of the result is ${formatShape({ kind: 'leaf', type: text })}, for which an Iceberg table has no type. Nothing was written. ` +
      `In the SQL, ${REMEDIES[text] ?? 'cast it to a type that Iceberg has'}.`,
  );
}
