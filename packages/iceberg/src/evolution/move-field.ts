import { closestName } from '../expressions/closest-name.ts';
import type { NestedField } from '../spec/types.ts';
import type { FieldPosition } from './schema-change.ts';
import { refuse, type SchemaDraft } from './schema-draft.ts';

/**
 * The fields of one struct with one of them put in its place; where it is, when there is no position.
 *
 * @throws {InvalidArgumentError} the sibling is not in the struct, or is the field itself
 */
export function placed(
  draft: SchemaDraft,
  fields: readonly NestedField[],
  field: NestedField,
  position: FieldPosition | undefined,
  what: string,
): readonly NestedField[] {
  if (position === undefined) return fields;
  const others = fields.filter(({ id }) => id !== field.id);
  const at = position === 'first' ? 0 : siblingIndex(draft, others, position, what);
  return [...others.slice(0, at), field, ...others.slice(at)];
}

function siblingIndex(
  draft: SchemaDraft,
  others: readonly NestedField[],
  position: Exclude<FieldPosition, 'first'>,
  what: string,
): number {
  const sibling = 'before' in position ? position.before : position.after;
  const index = others.findIndex(({ name }) => name === sibling);
  if (index >= 0) return 'before' in position ? index : index + 1;
  const names = others.map(({ name }) => name);
  const meant = closestName(sibling, names);
  const hint = meant === undefined ? `Its siblings are ${names.join(', ') || 'none'}` : `Did you mean "${meant}"`;
  throw refuse(draft, `${what}: it has no sibling "${sibling}"`, `${hint}${meant === undefined ? '.' : '?'}`);
}
