import type { PrimitiveType } from '../spec/types.ts';

/**
 * What a record in an Avro file is to hold, by Iceberg field id. One shape gives the Avro schema, the encoder and the decoder,
 * so that they cannot disagree.
 *
 * Values: as `Value` says for primitives; `count` is a long held as a number; records are positional arrays in the order of
 * `fields`; lists are arrays; maps are `Map`s.
 */
export type Shape = PrimitiveType | CountShape | AsWrittenShape | RecordShape | ListShape | MapShape;

/** A long that counts or measures something: a number, with a RangeError beyond 2^53 - 1. */
export interface CountShape {
  readonly kind: 'count';
}

/** Read only: whatever primitive the file has, in the form `Value` gives it. */
export interface AsWrittenShape {
  readonly kind: 'as-written';
}

export interface RecordShape {
  readonly kind: 'record';
  readonly name: string;
  readonly fields: readonly ShapeField[];
}

export interface ShapeField {
  readonly id: number;
  readonly name: string;
  /** Not a union with null when written. */
  readonly required: boolean;
  /** Set when format v1 did not have the field or had it optional: reading goes on without it. */
  readonly mayBeAbsent?: true;
  /** Not decoded; its place in the record stays undefined. */
  readonly skipped?: true;
  readonly shape: Shape;
}

export interface ListShape {
  readonly kind: 'list';
  readonly elementId: number;
  readonly element: Shape;
}

export interface MapShape {
  readonly kind: 'map';
  readonly keyId: number;
  readonly key: Shape;
  readonly valueId: number;
  readonly value: Shape;
  /** Read only: entries of other keys are passed over. */
  readonly keys?: ReadonlySet<unknown>;
}

/** The record with all fields that `wanted` does not name skipped when reading; positions stay. */
export function skipUnwanted(record: RecordShape, wanted: ReadonlySet<number>): RecordShape {
  return {
    ...record,
    fields: record.fields.map((field) => (wanted.has(field.id) ? field : { ...field, skipped: true })),
  };
}
