import type { DuckDBType } from '@duckdb/node-api';

/**
 * The form of a column as DuckDB has it before it is brought into the form of an Iceberg type: what a Parquet file stores, or what
 * a SELECT returns. Fields of files carry the ids that the file gives them.
 */
export type Shape =
  /** `type` as DuckDB spells it, e.g. `DECIMAL(10,2)`. */
  | { readonly kind: 'leaf'; readonly type: string }
  | { readonly kind: 'struct'; readonly fields: readonly ShapeField[] }
  | { readonly kind: 'list'; readonly element: ShapeField }
  | { readonly kind: 'map'; readonly key: ShapeField; readonly value: ShapeField };

export interface ShapeField {
  readonly name: string;
  readonly id?: number;
  readonly shape: Shape;
}

/** The shape of a result column. Fixed-size arrays count as lists, enums as text. */
export function shapeOfResult(type: DuckDBType): Shape {
  if ('entryTypes' in type) {
    const fields = type.entryTypes.map((entry, i) => ({ name: type.entryNames[i]!, shape: shapeOfResult(entry) }));
    return { kind: 'struct', fields };
  }
  if ('keyType' in type) {
    return {
      kind: 'map',
      key: { name: 'key', shape: shapeOfResult(type.keyType) },
      value: { name: 'value', shape: shapeOfResult(type.valueType) },
    };
  }
  if ('valueType' in type) return { kind: 'list', element: { name: 'element', shape: shapeOfResult(type.valueType) } };
  if ('internalTypeId' in type) return { kind: 'leaf', type: 'VARCHAR' };
  return { kind: 'leaf', type: 'memberTypes' in type ? 'UNION' : type.toString() };
}

/** As DuckDB would write the type; for messages. */
export function formatShape(shape: Shape): string {
  switch (shape.kind) {
    case 'leaf':
      return shape.type;
    case 'struct':
      return `STRUCT(${shape.fields.map((f) => `${f.name} ${formatShape(f.shape)}`).join(', ')})`;
    case 'list':
      return `${formatShape(shape.element.shape)}[]`;
    case 'map':
      return `MAP(${formatShape(shape.key.shape)}, ${formatShape(shape.value.shape)})`;
  }
}
