import { formatIdentifier } from '../../catalog/catalog.ts';
import type { CommitLoopOptions } from '../../commit/commit-loop.ts';
import { commitMetadata } from '../../commit/commit-metadata.ts';
import { NoSuchRefError, ValidationError } from '../../errors.ts';
import type { Table } from '../../table.ts';

/**
 * Forgets a branch or tag. Its snapshots stay until they are expired.
 *
 * @throws {NoSuchRefError} @throws {ValidationError} it is main
 * @throws as {@link commitMetadata}
 */
export function removeRef(table: Table, name: string, options: CommitLoopOptions = {}): Promise<Table> {
  return commitMetadata(
    table,
    async (base) => {
      if (name === 'main') throw mainStays(base);
      requireRef(base, name);
      return { updates: [{ action: 'remove-snapshot-ref', refName: name }] };
    },
    options,
  );
}

/** @throws {NoSuchRefError} */
export function requireRef({ identifier, metadata }: Table, name: string) {
  const ref = Object.hasOwn(metadata.refs, name) ? metadata.refs[name] : undefined;
  if (ref !== undefined) return ref;
  throw new NoSuchRefError(
    `Ref does not exist: ${name}. Table ${formatIdentifier(identifier)} has ${Object.keys(metadata.refs).join(', ') || 'none'}; ` +
      'nothing was changed. Check the name.',
  );
}

function mainStays({ identifier }: Table): ValidationError {
  return new ValidationError(
    `Cannot remove main branch of table ${formatIdentifier(identifier)}. Nothing was changed. Roll main back, or drop the table.`,
  );
}
