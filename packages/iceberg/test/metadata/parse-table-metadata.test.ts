import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { InvalidMetadataError, UnsupportedFeatureError } from '../../src/errors.ts';
import { parseJson } from '../../src/json/parse-json.ts';
import { stringifyJson } from '../../src/json/stringify-json.ts';
import { ancestorsOf, headOf } from '../../src/metadata/history.ts';
import { parseTableMetadata } from '../../src/metadata/parse-table-metadata.ts';
import type { TableMetadata } from '../../src/metadata/table-metadata.ts';
import { serializeTableMetadata, tableMetadataToJson } from '../../src/metadata/table-metadata-json.ts';
import { emptyTable, START_MS, snapshot } from './metadata-fixtures.ts';

const folder = join(import.meta.dirname, '../../../../fixtures/pyiceberg-metadata');
const files = readdirSync(folder).filter((name) => name.endsWith('.metadata.json'));
const read = (name: string): TableMetadata => parseTableMetadata(readFileSync(join(folder, name)), name);
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** A valid v2 document with a few members changed. */
const document = (changes: Record<string, unknown> = {}): string =>
  stringifyJson({ ...tableMetadataToJson(emptyTable()), ...changes });
const parse = (changes: Record<string, unknown>): TableMetadata =>
  parseTableMetadata(document(changes), 'memory:/m.json');

/** PyIceberg says nothing where Java says that there is no current snapshot, and has empty lists where Java has nothing. */
function asJavaSpellsIt(original: Record<string, unknown>): Record<string, unknown> {
  const schema = ({ 'identifier-field-ids': ids, ...rest }: Record<string, unknown>): Record<string, unknown> =>
    (ids as readonly number[]).length > 0 ? { ...rest, 'identifier-field-ids': ids } : rest;
  return {
    'current-snapshot-id': -1,
    ...original,
    schemas: (original.schemas as Record<string, unknown>[]).map(schema),
    ...(original.schema === undefined ? {} : { schema: schema(original.schema as Record<string, unknown>) }),
  };
}

describe('PyIceberg metadata', () => {
  it.each(files)('%s is printed again as it was read', (name) => {
    const bytes = readFileSync(join(folder, name));
    const original = parseJson(text(name.includes('.gz.') ? gunzipSync(bytes) : bytes)) as Record<string, unknown>;
    const printed = parseJson(text(serializeTableMetadata(read(name))));
    expect(printed).toEqual(asJavaSpellsIt(original));
  });

  it('reads refs and lineage', () => {
    const metadata = read('refs.metadata.json');
    expect(Object.keys(metadata.refs).sort()).toEqual(['audit', 'made-by-write', 'main', 'v1']);
    expect(metadata.refs.v1).toMatchObject({ type: 'tag', maxRefAgeMs: 86400000 * 30 });
    const [newest] = ancestorsOf(metadata, headOf(metadata, 'audit')!.snapshotId);
    expect(newest?.operation).toBe('overwrite');
  });

  it('reads a staged snapshot as one that no ref reaches', () => {
    const metadata = read('staged.metadata.json');
    const head = headOf(metadata)!;
    const staged = metadata.snapshots.filter((candidate) => candidate.summary['wap.id'] === 'wap-1');
    expect(staged).toHaveLength(1);
    expect([...ancestorsOf(metadata, head.snapshotId)]).not.toContain(staged[0]);
    expect(metadata.lastSequenceNumber).toBe(3n);
  });

  it('reads version 1, where sequence numbers are 0', () => {
    const metadata = read('format_v1_before_upgrade.metadata.json');
    expect(metadata.formatVersion).toBe(1);
    expect(metadata.snapshots.map((candidate) => candidate.sequenceNumber)).toEqual([0n]);
    expect(read('format_v1.metadata.json').lastSequenceNumber).toBe(2n);
  });
});

describe('parseTableMetadata', () => {
  it('fills in what old v1 writers left out', () => {
    const json = {
      'format-version': 1,
      location: '/wh/t/',
      'last-updated-ms': 5,
      'last-column-id': 1,
      schema: { type: 'struct', fields: [{ id: 1, name: 'x', required: false, type: 'decimal(9,2)' }] },
      'partition-spec': [
        { name: 'a', transform: 'identity', 'source-id': 1 },
        { name: 'b', transform: 'bucket[4]', 'source-id': 1 },
      ],
      snapshots: [
        { 'snapshot-id': 7234567890123456789n, 'timestamp-ms': 4, manifests: ['/m0.avro'], summary: { k: 'v' } },
        { 'snapshot-id': -3, 'parent-snapshot-id': null, 'timestamp-ms': 3, 'manifest-list': '/l.avro' },
      ],
      'current-snapshot-id': 7234567890123456789n,
    };
    const metadata = parseTableMetadata(stringifyJson(json), '/m.json');
    expect(metadata).toMatchObject({
      location: '/wh/t',
      lastSequenceNumber: 0n,
      currentSchemaId: 0,
      defaultSpecId: 0,
      lastPartitionId: 1001,
      defaultSortOrderId: 0,
      sortOrders: [{ orderId: 0, fields: [] }],
      refs: { main: { type: 'branch', snapshotId: 7234567890123456789n } },
      snapshots: [
        { operation: 'overwrite', summary: { k: 'v' }, manifests: ['/m0.avro'] },
        { snapshotId: -3n, summary: {}, manifestList: '/l.avro' },
      ],
    });
    expect(metadata.snapshots[1]).not.toHaveProperty('operation');
    expect(metadata.snapshots[1]).not.toHaveProperty('parentSnapshotId');
    expect(metadata.tableUuid).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(parseTableMetadata(stringifyJson(json), '/other.json').tableUuid).toBe(metadata.tableUuid);
    expect(parseTableMetadata(serializeTableMetadata(metadata), '/m.json')).toEqual(metadata);
  });

  it.each([-1, null, undefined])('reads current-snapshot-id %s as none', (none) => {
    expect(parse({ 'current-snapshot-id': none })).not.toHaveProperty('currentSnapshotId');
  });

  it('tells gzip by its first bytes, whatever the name', () => {
    const metadata = emptyTable();
    expect(parseTableMetadata(serializeTableMetadata(metadata, 'gzip'), 'x.metadata.json')).toEqual(metadata);
  });

  it('keeps unknown members at every level, long integers among them', () => {
    const unknown = { 'new-thing': { id: 9223372036854775807n, list: [1, null, 'x'] } };
    const metadata = parse({
      ...unknown,
      statistics: [{ 'snapshot-id': 1, 'statistics-path': '/p', 'file-size-in-bytes': 3 }],
      snapshots: [
        { 'snapshot-id': 1, 'sequence-number': 0, 'timestamp-ms': 1, summary: {}, 'key-id': 'k', ...unknown },
      ],
      'current-snapshot-id': 1,
      refs: { main: { 'snapshot-id': 1, type: 'branch', 'max-ref-age-ms': 9223372036854775807n, ...unknown } },
      'snapshot-log': [{ 'timestamp-ms': 1, 'snapshot-id': 1, ...unknown }],
      'metadata-log': [{ 'timestamp-ms': 1, 'metadata-file': '/m', ...unknown }],
    });
    const printed = tableMetadataToJson(metadata);
    expect(printed).toMatchObject({
      ...unknown,
      snapshots: [{ 'key-id': 'k', ...unknown }],
      refs: { main: { 'max-ref-age-ms': 9223372036854775807n, ...unknown } },
      'snapshot-log': [unknown],
      'metadata-log': [unknown],
    });
    expect(parseTableMetadata(serializeTableMetadata(metadata), '/m.json')).toEqual(metadata);
  });

  it.each([3, 4])('refuses format version %i with the name of the file', (version) => {
    expect(() => parse({ 'format-version': version })).toThrow(UnsupportedFeatureError);
    expect(() => parse({ 'format-version': version })).toThrow(/memory:\/m\.json.*version [34]/);
  });

  const one = { 'snapshot-id': 1, 'sequence-number': 1, 'timestamp-ms': 1, summary: { operation: 'append' } };
  it.each<[string, Record<string, unknown>, RegExp]>([
    ['no location', { location: undefined }, /location must be a string/],
    ['no version', { 'format-version': 'two' }, /format-version must be an integer/],
    ['no uuid', { 'table-uuid': undefined }, /table-uuid/],
    ['no schemas', { schemas: undefined }, /schemas must be a list/],
    ['no current schema', { 'current-schema-id': undefined }, /current-schema-id/],
    ['an unknown current schema', { 'current-schema-id': 5 }, /current-schema-id 5/],
    ['an unknown spec', { 'default-spec-id': 5 }, /default-spec-id 5/],
    ['an unknown sort order', { 'default-sort-order-id': 5 }, /default-sort-order-id 5/],
    ['no last sequence number', { 'last-sequence-number': undefined }, /last-sequence-number/],
    ['a sequence number that was not given out', { snapshots: [one] }, /sequence number 1, above/],
    ['an id as text', { snapshots: [{ ...one, 'snapshot-id': '1' }] }, /snapshot-id must be a 64-bit integer/],
    ['an id beyond 64 bits', { snapshots: [{ ...one, 'snapshot-id': 2n ** 63n }] }, /snapshot-id must be a 64-bit/],
    [
      'a number in a summary',
      { 'last-sequence-number': 1, snapshots: [{ ...one, summary: { a: 1 } }] },
      /a in summary of snapshot 1/,
    ],
    [
      'an unknown operation',
      { 'last-sequence-number': 1, snapshots: [{ ...one, summary: { operation: 'merge' } }] },
      /"merge"/,
    ],
    ['two snapshots with one id', { 'last-sequence-number': 1, snapshots: [one, one] }, /same id/],
    ['a dangling ref', { refs: { b: { type: 'tag', 'snapshot-id': 9 } } }, /Ref b points to snapshot 9/],
    ['a dangling current snapshot', { 'current-snapshot-id': 9 }, /Ref main points to snapshot 9/],
    [
      'a main that is not current',
      { 'last-sequence-number': 1, snapshots: [one], refs: { main: { type: 'branch', 'snapshot-id': 1 } } },
      /branch main is at 1/,
    ],
    ['a number as property', { properties: { a: 1 } }, /a in properties must be a string/],
  ])('refuses metadata with %s', (_, changes, message) => {
    expect(() => parse(changes)).toThrow(InvalidMetadataError);
    expect(() => parse(changes)).toThrow(message);
    expect(() => parse(changes)).toThrow('memory:/m.json');
  });

  it.each(['', '{', '[]', 'null', '{"format-version": 2', '\u0000'])('refuses %j and names the file', (content) => {
    expect(() => parseTableMetadata(content, '/wh/m.json')).toThrow(InvalidMetadataError);
    expect(() => parseTableMetadata(content, '/wh/m.json')).toThrow('/wh/m.json');
  });

  it('refuses bytes that are not UTF-8 and broken gzip', () => {
    expect(() => parseTableMetadata(Uint8Array.of(0x7b, 0xff), '/m')).toThrow(InvalidMetadataError);
    expect(() => parseTableMetadata(Uint8Array.of(0x1f, 0x8b, 0), '/m')).toThrow(InvalidMetadataError);
  });
});

describe('tableMetadataToJson', () => {
  it('prints members in the order of Java', () => {
    const withSnapshot: TableMetadata = {
      ...emptyTable(),
      snapshots: [snapshot(5n, 4n, 1n, START_MS)],
      unknown: { other: 1, statistics: [], 'partition-statistics': [] },
    };
    const printed = JSON.parse(text(serializeTableMetadata(withSnapshot))) as Record<string, unknown>;
    expect(Object.keys(printed)).toEqual([
      'format-version',
      'table-uuid',
      'location',
      'last-sequence-number',
      'last-updated-ms',
      'last-column-id',
      'current-schema-id',
      'schemas',
      'default-spec-id',
      'partition-specs',
      'last-partition-id',
      'default-sort-order-id',
      'sort-orders',
      'properties',
      'current-snapshot-id',
      'refs',
      'snapshots',
      'statistics',
      'partition-statistics',
      'snapshot-log',
      'metadata-log',
      'other',
    ]);
    expect(printed['current-snapshot-id']).toBe(-1);
    expect(Object.keys((printed.snapshots as object[])[0]!)).toEqual([
      'sequence-number',
      'snapshot-id',
      'parent-snapshot-id',
      'timestamp-ms',
      'summary',
      'manifest-list',
      'schema-id',
    ]);
  });

  it('adds what readers of version 1 look for, and no sequence number', () => {
    const printed = JSON.parse(text(serializeTableMetadata(emptyTable(1)))) as Record<string, unknown>;
    expect(printed).toMatchObject({ schema: { 'schema-id': 0 }, 'partition-spec': [], 'default-spec-id': 0 });
    expect(printed).not.toHaveProperty('last-sequence-number');
  });
});
