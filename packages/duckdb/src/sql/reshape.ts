import type { NestedField, PrimitiveType, StructType, Type } from '@psyberg/iceberg';
import { quoteName, quoteText } from './quote.ts';
import type { Shape, ShapeField } from './shape.ts';

/** What differs between reading a file (matched by id, missing is null) and taking a result (matched by name, missing is wrong). */
export interface ReshapeRules {
  find(fields: readonly ShapeField[], wanted: NestedField): ShapeField | undefined;
  /** SQL for a field that is not there. */
  missing(wanted: NestedField, path: string): string;
  /** Told of each field inside a struct that the wanted type does not have. */
  surplus?(field: ShapeField, path: string): void;
  /** SQL that brings a leaf into its type; `expression` itself when nothing is to be done. */
  leaf(expression: string, from: string, to: PrimitiveType, path: string): string;
  /** SQL where one side is nested and the other is not, or both differently. */
  mismatch(expression: string, from: Shape, to: Type, path: string): string;
}

/**
 * SQL that brings `expression`, of the form `from`, into the Iceberg type `to`; `expression` itself when nothing is to be done.
 *
 * Structs are taken apart and put together field by field, lists and maps element by element. A null stays null at every depth.
 */
export function reshape(
  expression: string,
  from: Shape,
  to: Type,
  path: string,
  rules: ReshapeRules,
  depth = 0,
): string {
  if (to.kind === 'struct' && from.kind === 'struct') return reshapeStruct(expression, from, to, path, rules, depth);
  if (to.kind === 'list' && from.kind === 'list') {
    const item = `e${depth}`;
    const inner = reshape(item, from.element.shape, to.element, `${path}.element`, rules, depth + 1);
    return inner === item ? expression : `list_transform(${expression}, lambda ${item}: ${inner})`;
  }
  if (to.kind === 'map' && from.kind === 'map') {
    const item = `e${depth}`;
    const key = reshape(`${item}.key`, from.key.shape, to.key, `${path}.key`, rules, depth + 1);
    const value = reshape(`${item}.value`, from.value.shape, to.value, `${path}.value`, rules, depth + 1);
    if (key === `${item}.key` && value === `${item}.value`) return expression;
    return `map_from_entries(list_transform(map_entries(${expression}), lambda ${item}: struct_pack(key := ${key}, value := ${value})))`;
  }
  if (from.kind === 'leaf' && to.kind !== 'struct' && to.kind !== 'list' && to.kind !== 'map') {
    return rules.leaf(expression, from.type, to, path);
  }
  return rules.mismatch(expression, from, to, path);
}

function reshapeStruct(
  expression: string,
  from: Extract<Shape, { kind: 'struct' }>,
  to: StructType,
  path: string,
  rules: ReshapeRules,
  depth: number,
): string {
  let same = from.fields.length === to.fields.length;
  const taken = new Set<ShapeField>();
  const members = to.fields.map((wanted, position) => {
    const memberPath = `${path}.${wanted.name}`;
    const found = rules.find(from.fields, wanted);
    if (found === undefined) {
      same = false;
      return `${quoteName(wanted.name)} := ${rules.missing(wanted, memberPath)}`;
    }
    taken.add(found);
    const plain = `struct_extract(${expression}, ${quoteText(found.name)})`;
    const member = reshape(plain, found.shape, wanted.type, memberPath, rules, depth);
    same &&= member === plain && found.name === wanted.name && from.fields[position] === found;
    return `${quoteName(wanted.name)} := ${member}`;
  });
  for (const field of from.fields) if (!taken.has(field)) rules.surplus?.(field, `${path}.${field.name}`);
  return same ? expression : `CASE WHEN ${expression} IS NULL THEN NULL ELSE struct_pack(${members.join(', ')}) END`;
}
