import { fieldByName, formatType, type Schema, type Type } from '@psyberg/iceberg';
import { nearestName } from '../engine/suggest.ts';
import { UsageError } from '../errors.ts';

/** What an audit does with a column, and so which types it may have. */
export type ColumnUse = 'any' | 'number' | 'text' | 'time' | 'ordered' | 'comparable';

/** A column that an audit cannot do without. */
export interface ColumnNeed {
  readonly column: string;
  readonly use: ColumnUse;
}

const NUMBERS = ['int', 'long', 'float', 'double', 'decimal'];
const TIMES = ['date', 'timestamp', 'timestamptz', 'timestamp_ns', 'timestamptz_ns'];
const NESTED = ['list', 'map', 'struct'];

const FITS: Readonly<Record<ColumnUse, (type: Type) => boolean>> = {
  any: () => true,
  number: ({ kind }) => NUMBERS.includes(kind),
  text: ({ kind }) => kind === 'string',
  time: ({ kind }) => TIMES.includes(kind),
  ordered: ({ kind }) => NUMBERS.includes(kind) || TIMES.includes(kind),
  comparable: ({ kind }) => !NESTED.includes(kind),
};

const NEEDED: Readonly<Record<ColumnUse, string>> = {
  any: 'a column',
  number: 'a number',
  text: 'a string',
  time: 'a timestamp or a date',
  ordered: 'a number, a timestamp or a date',
  comparable: 'a column of a plain type',
};

export const needs = (use: ColumnUse, ...columns: readonly (string | undefined)[]): readonly ColumnNeed[] =>
  columns.filter((column) => column !== undefined).map((column) => ({ column, use }));

/** What does not fit, one sentence each; empty when all is well. Pure. */
export function columnProblems(
  kind: string,
  table: string,
  schema: Schema,
  wanted: readonly ColumnNeed[],
): readonly string[] {
  return wanted.flatMap(({ column, use }): readonly string[] => {
    const field = fieldByName(schema, column);
    if (field === undefined) return [unknownColumn(table, schema, column)];
    if (FITS[use](field.type)) return [];
    return [`${column} of ${table} is of type ${formatType(field.type)}; ${kind} needs ${NEEDED[use]}.`];
  });
}

/** With the nearest name there is. */
export function unknownColumn(table: string, schema: Schema, column: string): string {
  const names = schema.fields.map((field) => field.name);
  const near = nearestName(column, names);
  const hint = near === undefined ? `Its columns are ${names.join(', ')}.` : `Did you mean "${near}"?`;
  return `${table} has no column "${column}". ${hint}`;
}

/** @throws {UsageError} a column is not there or of a type that the audit can do nothing with */
export function requireColumnNeeds(kind: string, table: string, schema: Schema, wanted: readonly ColumnNeed[]): void {
  const [problem] = columnProblems(kind, table, schema, wanted);
  if (problem !== undefined) throw new UsageError(problem);
}
