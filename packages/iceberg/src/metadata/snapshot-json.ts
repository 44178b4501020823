import { InvalidMetadataError } from '../errors.ts';
import { type SnapshotId, toSequenceNumber, toSnapshotId } from '../spec/ids.ts';
import { asArray, asInt, asObject, asString, type JsonObject } from '../spec/json-access.ts';
import type { Operation, Snapshot, UnknownMembers } from './table-metadata.ts';

const KNOWN_MEMBERS = [
  'snapshot-id',
  'parent-snapshot-id',
  'sequence-number',
  'timestamp-ms',
  'summary',
  'manifest-list',
  'manifests',
  'schema-id',
] as const;

const OPERATIONS: readonly Operation[] = ['append', 'replace', 'overwrite', 'delete'];

const MAX_LONG = 2n ** 63n - 1n;

/** @throws {InvalidMetadataError} @see Iceberg spec, "Snapshots" */
export function snapshotFromJson(json: unknown): Snapshot {
  const object = asObject(json, 'A snapshot');
  const snapshotId = asSnapshotId(object['snapshot-id'], 'snapshot-id');
  const of = (member: string): string => `${member} of snapshot ${snapshotId}`;
  const parent = object['parent-snapshot-id'];
  const manifestList = object['manifest-list'];
  const manifests = object.manifests;
  const schemaId = object['schema-id'];
  const unknown = unknownMembers(object, KNOWN_MEMBERS);
  return {
    snapshotId,
    ...(isAbsent(parent) ? {} : { parentSnapshotId: asSnapshotId(parent, of('parent-snapshot-id')) }),
    sequenceNumber: toSequenceNumber(asLong(object['sequence-number'] ?? 0, of('sequence-number'))),
    timestampMs: asInt(object['timestamp-ms'], of('timestamp-ms')),
    ...summaryFromJson(object.summary, of),
    ...(isAbsent(manifestList) ? {} : { manifestList: asString(manifestList, of('manifest-list')) }),
    ...(isAbsent(manifests)
      ? {}
      : { manifests: asArray(manifests, of('manifests')).map((path) => asString(path, of('manifests'))) }),
    ...(isAbsent(schemaId) ? {} : { schemaId: asInt(schemaId, of('schema-id')) }),
    ...(unknown === undefined ? {} : { unknown }),
  };
}

/** In Java's order of members. In v1 there are no sequence numbers; in v2 a 0 is printed, which not all readers fill in. */
export function snapshotToJson(snapshot: Snapshot, formatVersion: 1 | 2): Record<string, unknown> {
  const { operation, summary } = snapshot;
  const hasSummary = operation !== undefined || Object.keys(summary).length > 0;
  return {
    'sequence-number': formatVersion === 1 ? undefined : snapshot.sequenceNumber,
    'snapshot-id': snapshot.snapshotId,
    'parent-snapshot-id': snapshot.parentSnapshotId,
    'timestamp-ms': snapshot.timestampMs,
    summary: hasSummary ? { operation, ...summary } : undefined,
    'manifest-list': snapshot.manifestList,
    manifests: snapshot.manifests,
    'schema-id': snapshot.schemaId,
    ...snapshot.unknown,
  };
}

export const asSnapshotId = (json: unknown, what: string): SnapshotId => toSnapshotId(asLong(json, what));

/** A 64-bit integer, as bigint whatever `parseJson` made of it. */
export function asLong(json: unknown, what: string): bigint {
  if (typeof json === 'number' && Number.isSafeInteger(json)) return BigInt(json);
  if (typeof json === 'bigint' && json <= MAX_LONG && json >= -MAX_LONG - 1n) return json;
  throw new InvalidMetadataError(
    `${what} must be a 64-bit integer, found ${typeof json === 'bigint' ? json : JSON.stringify(json)}. ` +
      'Nothing was read. Check who wrote the metadata.',
  );
}

/** Java writes absent members either not at all or as null. */
export const isAbsent = (json: unknown): json is undefined | null => json === undefined || json === null;

/** What is left of an object without its known members; undefined when nothing is, which is nearly always. */
export function unknownMembers(object: JsonObject, known: readonly string[]): UnknownMembers | undefined {
  const unknown = Object.keys(object).filter((key) => !known.includes(key));
  return unknown.length === 0 ? undefined : Object.fromEntries(unknown.map((key) => [key, object[key]]));
}

/** A map of strings, such as `properties`. */
export function asStringMap(json: unknown, what: string): Readonly<Record<string, string>> {
  const object = asObject(json, what);
  for (const key of Object.keys(object)) {
    if (typeof object[key] !== 'string') asString(object[key], `${key} in ${what}`);
  }
  return object as Readonly<Record<string, string>>;
}

function summaryFromJson(json: unknown, of: (member: string) => string): Pick<Snapshot, 'operation' | 'summary'> {
  if (isAbsent(json)) return { summary: {} };
  const { operation = 'overwrite', ...summary } = asStringMap(json, of('summary'));
  const known = OPERATIONS.find((candidate) => candidate === operation);
  if (known !== undefined) return { operation: known, summary };
  throw new InvalidMetadataError(
    `${of('operation')} is "${operation}". Nothing was read. The spec knows ${OPERATIONS.join(', ')}.`,
  );
}
