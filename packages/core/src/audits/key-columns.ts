import type { ParameterReader } from './parameter-reader.ts';

/** Pairs of columns that hold the same key in two tables. */
export type KeyColumns = readonly { readonly left: string; readonly right: string }[];

/** `columns`: names where both tables call them alike, or an object from the one's names to the other's. */
export function readKeyColumns(reader: ParameterReader, maps: string): KeyColumns {
  const mapping = reader.optionalMapping('columns', maps);
  if (mapping !== undefined) return Object.entries(mapping).map(([left, right]) => ({ left, right }));
  return reader.columns('columns').map((column) => ({ left: column, right: column }));
}
