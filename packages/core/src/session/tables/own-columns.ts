import type { NestedField, PartitionSpec, Schema, Type } from '@psyberg/iceberg';

/** A column of one of our own tables. */
export interface OwnColumn {
  readonly name: string;
  readonly type: Type;
  readonly required: boolean;
  readonly doc: string;
}

/** What a cell holds: values as Iceberg values are held, lists as arrays, structs as objects; null where there is none. */
export type Cell = string | number | bigint | null | readonly Cell[] | { readonly [field: string]: Cell };

/** A row by column name; a column left out is null. */
export type OwnRow = Readonly<Record<string, Cell>>;

/** The shape of one of our own tables. All are partitioned by identity of `process`. */
export interface OwnTableShape {
  readonly columns: readonly OwnColumn[];
  /** Columns whose bounds the manifests carry, so that a reader of one session opens few files. */
  readonly boundedColumns: readonly string[];
  readonly comment: string;
}

const STRING: Type = { kind: 'string' };
const LONG: Type = { kind: 'long' };
const INT: Type = { kind: 'int' };
const DOUBLE: Type = { kind: 'double' };
const INSTANT: Type = { kind: 'timestamptz' };

export const PARTITION_COLUMN = 'process';

/** Nested ids are placeholders: a catalog assigns all ids anew when it makes the table. */
const LIST_OF_TEXT: Type = { kind: 'list', elementId: 1000, element: STRING, elementRequired: true };
const LIST_OF_INTERVALS: Type = {
  kind: 'list',
  elementId: 1000,
  element: {
    kind: 'struct',
    fields: [
      { id: 1001, name: 'starts_at', required: true, type: INSTANT },
      { id: 1002, name: 'ends_before', required: true, type: INSTANT },
    ],
  },
  elementRequired: true,
};

const column =
  (type: Type, required: boolean) =>
  (name: string, doc: string): OwnColumn => ({
    name,
    type,
    required,
    doc,
  });

export const requiredText = column(STRING, true);
export const requiredInt = column(INT, true);
export const requiredLong = column(LONG, true);
export const requiredInstant = column(INSTANT, true);
export const textColumn = column(STRING, false);
export const intColumn = column(INT, false);
export const longColumn = column(LONG, false);
export const doubleColumn = column(DOUBLE, false);
export const instantColumn = column(INSTANT, false);
export const textsColumn = column(LIST_OF_TEXT, false);
export const intervalsColumn = column(LIST_OF_INTERVALS, false);

/** The schema to create a table with; nested placeholders are told apart so that ids are unique. */
export function schemaOf(shape: OwnTableShape): Schema {
  let nestedId = shape.columns.length;
  const fields = shape.columns.map((own, i): NestedField => {
    const type = renumber(own.type, () => {
      nestedId += 1;
      return nestedId;
    });
    return { id: i + 1, name: own.name, required: own.required, type, doc: own.doc };
  });
  return { schemaId: 0, fields };
}

export function partitionSpecOf(schema: Schema): PartitionSpec {
  const process = schema.fields.find((field) => field.name === PARTITION_COLUMN)!;
  return {
    specId: 0,
    fields: [{ sourceId: process.id, fieldId: 1000, name: PARTITION_COLUMN, transform: { kind: 'identity' } }],
  };
}

function renumber(type: Type, next: () => number): Type {
  if (type.kind === 'list') return { ...type, elementId: next(), element: renumber(type.element, next) };
  if (type.kind !== 'struct') return type;
  return { kind: 'struct', fields: type.fields.map((field) => ({ ...field, id: next() })) };
}
