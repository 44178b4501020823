import { InvalidArgumentError } from '../errors.ts';
import { closestName } from '../expressions/closest-name.ts';
import type { TableMetadata } from '../metadata/table-metadata.ts';
import type { NestedField, Schema } from '../spec/types.ts';
import { type FieldPlace, fieldPlaces } from './field-tree.ts';

/** A schema between two steps of its evolution. */
export interface SchemaDraft {
  readonly metadata: TableMetadata;
  /** The schema that files were written with before the table has it; ids of added fields are taken from it. */
  readonly planned: Schema | undefined;
  fields: readonly NestedField[];
  identifierFieldIds: readonly number[];
  lastColumnId: number;
}

/** @throws {InvalidArgumentError} there is none; says which name may have been meant */
export function requirePlace(draft: SchemaDraft, path: string, what: string): FieldPlace {
  const places = fieldPlaces(draft.fields);
  const place = places.find((candidate) => candidate.path === path);
  if (place !== undefined) return place;
  const paths = places.map((candidate) => candidate.path);
  // A path through a list or map is often written without the "element" or "value" in it.
  const short = (text: string): string => text.replace(/\.(element|value)(?=\.|$)/g, '');
  const meant = paths.find((candidate) => short(candidate) === path) ?? closestName(path, paths);
  const hint = meant === undefined ? `It has ${paths.join(', ')}` : `Did you mean "${meant}"? Case counts`;
  throw refuse(draft, `${what}: there is no column "${path}"`, `${hint}.`);
}

/** @throws {InvalidArgumentError} an element, key or value, which have no name or order, or part of a map's key */
export function requireStructField(draft: SchemaDraft, path: string, what: string): FieldPlace {
  const place = requirePlace(draft, path, what);
  refuseKeys(draft, place, what);
  if (place.holder === 'struct') return place;
  throw refuse(
    draft,
    `${what}: "${path}" is what a ${place.holder} is made of`,
    `Change "${place.parent}" as a whole, or the fields inside "${path}".`,
  );
}

/** @throws {InvalidArgumentError} part of a map's key */
export function refuseKeys(draft: SchemaDraft, place: FieldPlace, what: string): void {
  if (!place.isInKey) return;
  throw refuse(
    draft,
    `${what}: "${place.path}" belongs to the key of a map, and keys never change`,
    'Add another column beside the map.',
  );
}

/** The error for a change that the table's present state forbids. */
export function refuse({ metadata }: SchemaDraft, why: string, next: string): InvalidArgumentError {
  return new InvalidArgumentError(`${why} (table ${metadata.location}). Nothing was changed. ${next}`);
}
