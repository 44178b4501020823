import type { PartitionSpec } from './partition-spec.ts';
import type { NestedField, Schema, Type } from './types.ts';

declare const later: <T>() => T;
/** The field with this id at any depth; list elements and map keys and values are named `element`, `key`, `value`. */
export function findField(schema: Schema, id: number): NestedField | undefined {
  void schema;
  void id;
  return later();
}
/** By dotted path (`location.lat`); a top-level column whose own name has dots wins. */
export function fieldByName(schema: Schema, name: string): NestedField | undefined {
  void schema;
  void name;
  return later();
}
/** All fields, depth first, parents before children. */
export function allFields(schema: Schema): NestedField[] {
  void schema;
  return later();
}
/** 0 for an empty schema. */
export function highestFieldId(schema: Schema): number {
  void schema;
  return later();
}
export interface FreshSchema {
  readonly schema: Schema;
  /** Old id to new id. */
  readonly idMap: ReadonlyMap<number, number>;
  readonly lastColumnId: number;
}
/** New ids in Java's order: all fields of a struct first, then what is inside them. */
export function assignFreshIds(schema: Schema, startId = 1): FreshSchema {
  void schema;
  void startId;
  return later();
}
/** Same columns and identifier fields; the schema's own id is not looked at. */
export function sameSchema(a: Schema, b: Schema): boolean {
  void a;
  void b;
  return later();
}
/** Same fields in the same order; the spec's own id is not looked at. */
export function sameSpec(a: PartitionSpec, b: PartitionSpec): boolean {
  void a;
  void b;
  return later();
}
/** True also when nothing changes. @see Iceberg spec, "Schema Evolution" (v2) */
export function isPromotionAllowed(from: Type, to: Type): boolean {
  void from;
  void to;
  return later();
}
