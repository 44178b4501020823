import { InvalidMetadataError } from '../errors.ts';
import { asInt, asObject, asString } from '../spec/json-access.ts';
import { asSnapshotId, isAbsent, unknownMembers } from './snapshot-json.ts';
import type { SnapshotRef } from './table-metadata.ts';

const KNOWN_MEMBERS = [
  'snapshot-id',
  'type',
  'min-snapshots-to-keep',
  'max-snapshot-age-ms',
  'max-ref-age-ms',
] as const;

/** @throws {InvalidMetadataError} @see Iceberg spec, "Snapshot References" */
export function refFromJson(name: string, json: unknown): SnapshotRef {
  const object = asObject(json, `Ref ${name}`);
  const optionalInt = (member: string): number | undefined =>
    isAbsent(object[member]) || isForever(object[member])
      ? undefined
      : asInt(object[member], `${member} of ref ${name}`);
  const minSnapshotsToKeep = optionalInt('min-snapshots-to-keep');
  const maxSnapshotAgeMs = optionalInt('max-snapshot-age-ms');
  const maxRefAgeMs = optionalInt('max-ref-age-ms');
  const unknown = unknownMembers(
    object,
    KNOWN_MEMBERS.filter((member) => !isForever(object[member]) || member === 'snapshot-id'),
  );
  return {
    type: refType(name, object.type),
    snapshotId: asSnapshotId(object['snapshot-id'], `snapshot-id of ref ${name}`),
    ...(minSnapshotsToKeep === undefined ? {} : { minSnapshotsToKeep }),
    ...(maxSnapshotAgeMs === undefined ? {} : { maxSnapshotAgeMs }),
    ...(maxRefAgeMs === undefined ? {} : { maxRefAgeMs }),
    ...(unknown === undefined ? {} : { unknown }),
  };
}

export function refToJson(ref: SnapshotRef): Record<string, unknown> {
  return {
    'snapshot-id': ref.snapshotId,
    type: ref.type,
    'min-snapshots-to-keep': ref.minSnapshotsToKeep,
    'max-snapshot-age-ms': ref.maxSnapshotAgeMs,
    'max-ref-age-ms': ref.maxRefAgeMs,
    ...ref.unknown,
  };
}

/** An age of Long.MAX means "never"; it is carried along with the unknown members, as no number can hold it. */
const isForever = (json: unknown): boolean => typeof json === 'bigint' && json > 0n;

function refType(name: string, json: unknown): SnapshotRef['type'] {
  const type = asString(json, `type of ref ${name}`).toLowerCase();
  if (type === 'branch' || type === 'tag') return type;
  throw new InvalidMetadataError(`Ref ${name} has type "${type}". Nothing was read. It must be branch or tag.`);
}
