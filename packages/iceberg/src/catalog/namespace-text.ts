import { InvalidArgumentError } from '../errors.ts';
import { formatIdentifier, type TableIdentifier } from './catalog.ts';
import type { StoredName } from './catalog-store.ts';

/** Marks a namespace without properties as existing, as Java and PyIceberg write it. */
export const EXISTS_PROPERTY = 'exists';

/**
 * Levels joined by dots, as every SQL catalog stores them.
 *
 * @throws {InvalidArgumentError} no level, an empty one, or one with a dot (it would come back as two)
 */
export function namespaceText(namespace: readonly string[]): string {
  if (namespace.length > 0 && namespace.every((level) => level !== '' && !level.includes('.')))
    return namespace.join('.');
  throw new InvalidArgumentError(
    `"${namespace.join('.')}" is not a namespace: it needs at least one level, and levels are neither empty nor contain dots. ` +
      'Nothing was changed. Choose another name.',
  );
}

export const namespaceLevels = (text: string): readonly string[] => text.split('.');

/** @throws {InvalidArgumentError} */
export function storedName(identifier: TableIdentifier): StoredName {
  const { namespace, name } = identifier;
  if (name !== '' && !name.includes('.') && !name.includes('/')) return { namespace: namespaceText(namespace), name };
  throw new InvalidArgumentError(
    `"${formatIdentifier(identifier)}" cannot be a table: its name is empty or contains a dot or slash. Nothing was changed. Choose another name.`,
  );
}

/** Whether `inner` is `outer` or below it. */
export const isWithinNamespace = (inner: string, outer: string): boolean =>
  inner === outer || inner.startsWith(`${outer}.`);
