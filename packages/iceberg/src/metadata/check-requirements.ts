import { CommitConflictError } from '../errors.ts';
import type { TableMetadata } from './table-metadata.ts';
import type { TableRequirement } from './updates.ts';

/**
 * Whether all conditions of a table commit hold for the metadata it would replace.
 *
 * @param base undefined: the table does not exist
 * @param table what to call the table in messages; default its location
 * @throws {CommitConflictError} names the first requirement that fails, what it expected and what is there
 */
export function checkRequirements(
  base: TableMetadata | undefined,
  requirements: readonly TableRequirement[],
  table = base?.location ?? 'that does not exist',
): void {
  for (const requirement of requirements) {
    const failure = base === undefined ? failureWithoutTable(requirement) : failureOf(base, requirement);
    if (failure === undefined) continue;
    throw new CommitConflictError(
      `Requirement ${requirement.type} failed for table ${table}: ${failure}. Nothing was committed. ` +
        'Refresh the table, look at what changed, and try again.',
    );
  }
}

function failureWithoutTable(requirement: TableRequirement): string | undefined {
  return requirement.type === 'assert-create' ? undefined : 'there is no such table';
}

function failureOf(base: TableMetadata, requirement: TableRequirement): string | undefined {
  switch (requirement.type) {
    case 'assert-create':
      return 'it exists already';
    case 'assert-table-uuid':
      return differs('table uuid', requirement.uuid.toLowerCase(), base.tableUuid.toLowerCase());
    case 'assert-ref-snapshot-id': {
      const ref = Object.hasOwn(base.refs, requirement.ref) ? base.refs[requirement.ref] : undefined;
      return differs(`ref ${requirement.ref}`, requirement.snapshotId, ref?.snapshotId);
    }
    case 'assert-last-assigned-field-id':
      return differs('last assigned field id', requirement.lastAssignedFieldId, base.lastColumnId);
    case 'assert-current-schema-id':
      return differs('current schema id', requirement.currentSchemaId, base.currentSchemaId);
    case 'assert-last-assigned-partition-id':
      return differs('last assigned partition id', requirement.lastAssignedPartitionId, base.lastPartitionId);
    case 'assert-default-spec-id':
      return differs('default spec id', requirement.defaultSpecId, base.defaultSpecId);
    case 'assert-default-sort-order-id':
      return differs('default sort order id', requirement.defaultSortOrderId, base.defaultSortOrderId);
    default:
      return unknownRequirement(requirement);
  }
}

function differs<T>(what: string, expected: T | undefined, found: T | undefined): string | undefined {
  return expected === found ? undefined : `${what} should be ${expected ?? 'absent'} but is ${found ?? 'absent'}`;
}

/** A condition that cannot be checked does not hold. */
const unknownRequirement = (requirement: never): string =>
  `"${String((requirement as { readonly type: unknown }).type)}" is not known here`;
