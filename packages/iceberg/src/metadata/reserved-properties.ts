import { InvalidArgumentError } from '../errors.ts';

/** What Java shows as properties without storing them; a stored one would hide the truth from its readers. */
const RESERVED_PROPERTIES: readonly string[] = [
  'format-version',
  'uuid',
  'snapshot-count',
  'current-snapshot-id',
  'current-snapshot-summary',
  'current-snapshot-timestamp-ms',
  'current-schema',
  'default-partition-spec',
  'default-sort-order',
];

/** @throws {InvalidArgumentError} a name among `properties` must not be stored */
export function refuseReservedProperties(properties: Readonly<Record<string, string>>): void {
  const reserved = Object.keys(properties).filter((key) => RESERVED_PROPERTIES.includes(key));
  if (reserved.length === 0) return;
  throw new InvalidArgumentError(
    `Table properties ${reserved.join(', ')} are reserved: they show what the metadata says elsewhere. ` +
      'Nothing was changed. Leave them out.',
  );
}

/** The format version that a create or alter request asks for by property; undefined when it does not. */
export function requestedFormatVersion(properties: Readonly<Record<string, string>>): 1 | 2 | undefined {
  const text = properties['format-version'];
  if (text === undefined) return undefined;
  if (text === '1' || text === '2') return Number(text) as 1 | 2;
  throw new InvalidArgumentError(
    `Property format-version asks for "${text}". Nothing was changed. Tables of version 1 and 2 are written here; leave it out for 2.`,
  );
}
