import { randomUUID } from 'node:crypto';

/** A uuid that {@link newFileUuid} may have made, standing by itself in a name. */
const FILE_UUID = /(?<=^|-)[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}(?![\da-f])/;

/**
 * A new uuid for the name of a file that is written for a table. It is of version 8, which leaves its content to whoever makes
 * it, and begins as the table's own: so files written here are told from those of other writers, whose uuids are random
 * (version 4), and from those of a dropped table that lay at the same place.
 *
 * @see RFC 9562, section 5.8
 */
export function newFileUuid(tableUuid: string): string {
  const random = randomUUID();
  return `${markOf(tableUuid)}${random.slice(8, 14)}8${random.slice(15)}`;
}

/** Whether a file is named by a {@link newFileUuid} of the table, whatever stands before and after it in the name. */
export function hasFileUuid(location: string, tableUuid: string): boolean {
  return fileUuidOf(location)?.startsWith(`${markOf(tableUuid)}-`) === true;
}

/** The {@link newFileUuid} of whatever table that a file is named by; undefined when it is not. Its first eight digits are the table's. */
export function fileUuidOf(location: string): string | undefined {
  const name = location.slice(location.lastIndexOf('/') + 1);
  return FILE_UUID.exec(name)?.[0];
}

/** The first eight digits of a uuid; some, always the same, for what is none. */
const markOf = (tableUuid: string): string =>
  tableUuid
    .toLowerCase()
    .replace(/[^\da-f]/g, '')
    .slice(0, 8)
    .padEnd(8, '0');
