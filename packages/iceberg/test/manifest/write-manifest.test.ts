import { describe, expect, it } from 'vitest';
import { openAvroFile } from '../../src/avro/avro-file.ts';
import { InvalidArgumentError } from '../../src/errors.ts';
import { decodeManifest } from '../../src/manifest/read-manifest.ts';
import {
  encodeManifest,
  type ManifestEntryToWrite,
  minSequenceNumber,
  toManifestFile,
} from '../../src/manifest/write-manifest.ts';
import { encodeManifestList } from '../../src/manifest/write-manifest-list.ts';
import { partitionFieldsFromJson } from '../../src/spec/partition-spec-json.ts';
import { schemaFromJson } from '../../src/spec/schema-json.ts';
import type { PrimitiveType } from '../../src/spec/types.ts';
import { BIG, dataFile, manifestRow, SCHEMA, SPEC, sequence, snapshot } from './table.ts';

const OPTIONS = { schema: SCHEMA, spec: SPEC, snapshotId: BIG, content: 'data', formatVersion: 2 } as const;
const added = (path: string): ManifestEntryToWrite => ({ status: 'added', snapshotId: BIG, file: dataFile(path) });

const header = (bytes: Uint8Array) => openAvroFile(bytes, 'x').metadata;
const avroSchema = (bytes: Uint8Array) => JSON.parse(header(bytes).get('avro.schema')!);

interface AvroNode {
  readonly name?: string;
  readonly type: unknown;
  readonly fields?: readonly (AvroNode & { readonly 'field-id'?: number })[];
}

/** `name:id:type` of every field, unions and records opened. */
function outline(node: AvroNode): string[] {
  return node.fields!.flatMap((field) => {
    const optional = Array.isArray(field.type);
    const type = (optional ? (field.type as unknown[])[1] : field.type) as
      | string
      | (AvroNode & { items?: AvroNode; logicalType?: string; 'element-id'?: number });
    const line = `${field.name}:${field['field-id']}:${optional ? '?' : ''}`;
    if (typeof type === 'string') return [`${line}${type}`];
    if (type.type === 'record') return [`${line}${type.name}`, ...outline(type).map((inner) => `  ${inner}`)];
    if (type.type !== 'array') return [`${line}${String(type.type)}/${type.logicalType}`];
    const items = type.items!;
    const kind = `${type.logicalType ?? 'list'}${type['element-id'] === undefined ? '' : ` of ${type['element-id']}`}`;
    if (typeof items === 'string') return [`${line}${kind} ${items}`];
    return [`${line}${kind} ${items.name}`, ...outline(items).map((inner) => `  ${inner}`)];
  });
}

describe('the schema of a manifest', () => {
  it('has the names, ids and order of format v2', () => {
    const schema = avroSchema(encodeManifest([added('a')], OPTIONS).bytes);
    expect(schema.name).toBe('manifest_entry');
    expect(outline(schema)).toEqual([
      'status:0:int',
      'snapshot_id:1:?long',
      'sequence_number:3:?long',
      'file_sequence_number:4:?long',
      'data_file:2:r2',
      '  content:134:int',
      '  file_path:100:string',
      '  file_format:101:string',
      '  partition:102:r102',
      '    ts_day:1000:?int/date',
      '  record_count:103:long',
      '  file_size_in_bytes:104:long',
      '  column_sizes:108:?map k117_v118',
      '    key:117:int',
      '    value:118:long',
      '  value_counts:109:?map k119_v120',
      '    key:119:int',
      '    value:120:long',
      '  null_value_counts:110:?map k121_v122',
      '    key:121:int',
      '    value:122:long',
      '  nan_value_counts:137:?map k138_v139',
      '    key:138:int',
      '    value:139:long',
      '  lower_bounds:125:?map k126_v127',
      '    key:126:int',
      '    value:127:bytes',
      '  upper_bounds:128:?map k129_v130',
      '    key:129:int',
      '    value:130:bytes',
      '  key_metadata:131:?bytes',
      '  split_offsets:132:?list of 133 long',
      '  equality_ids:135:?list of 136 int',
      '  sort_order_id:140:?int',
      '  referenced_data_file:143:?string',
    ]);
  });

  it('has an empty required partition record when there are no partitions', () => {
    const spec = { specId: 0, fields: [] };
    const encoded = encodeManifest([{ status: 'added', snapshotId: BIG, file: dataFile('a', { partition: [] }) }], {
      ...OPTIONS,
      spec,
    });
    const partition = avroSchema(encoded.bytes).fields[4].type.fields[3];
    expect(partition).toEqual({
      name: 'partition',
      type: { type: 'record', name: 'r102', fields: [] },
      'field-id': 102,
    });
    expect(encoded.partitions).toEqual([]);
  });

  it('spells partition types as Java does', () => {
    const types = [
      'uuid',
      'timestamp',
      'timestamptz',
      'timestamp_ns',
      'time',
      'fixed[3]',
      'decimal(9,2)',
      'decimal(18,2)',
      'decimal(38,2)',
      'decimal(9,2)',
    ];
    const schema = schemaFromJson({
      fields: types.map((type, i) => ({ id: i + 1, name: `c${i}`, required: false, type })),
    });
    const fields = schema.fields.map((field, i) => ({
      sourceId: field.id,
      fieldId: 1000 + i,
      name: i === 0 ? 'ü' : field.name,
      transform: { kind: 'identity' } as const,
    }));
    const partition = types.map(() => null);
    const encoded = encodeManifest([{ status: 'added', snapshotId: BIG, file: dataFile('a', { partition }) }], {
      ...OPTIONS,
      schema,
      spec: { specId: 0, fields },
    });
    const written = avroSchema(encoded.bytes).fields[4].type.fields[3].type.fields;
    expect(written[0]).toMatchObject({ name: '_xFC', 'iceberg-field-name': 'ü', 'field-id': 1000, default: null });
    expect(written.map((field: AvroNode) => (field.type as unknown[])[1])).toEqual([
      { type: 'fixed', name: 'uuid_fixed', size: 16, logicalType: 'uuid' },
      { type: 'long', logicalType: 'timestamp-micros', 'adjust-to-utc': false },
      { type: 'long', logicalType: 'timestamp-micros', 'adjust-to-utc': true },
      { type: 'long', logicalType: 'timestamp-nanos', 'adjust-to-utc': false },
      { type: 'long', logicalType: 'time-micros' },
      { type: 'fixed', name: 'fixed_3', size: 3 },
      { type: 'fixed', name: 'decimal_9_2', size: 4, logicalType: 'decimal', precision: 9, scale: 2 },
      { type: 'fixed', name: 'decimal_18_2', size: 8, logicalType: 'decimal', precision: 18, scale: 2 },
      { type: 'fixed', name: 'decimal_38_2', size: 16, logicalType: 'decimal', precision: 38, scale: 2 },
      { type: 'fixed', name: 'decimal_9_2_n2', size: 4, logicalType: 'decimal', precision: 9, scale: 2 },
    ]);
  });

  it('has a header that older readers rely on', () => {
    const metadata = header(encodeManifest([added('a')], OPTIONS).bytes);
    expect(schemaFromJson(JSON.parse(metadata.get('schema')!))).toEqual(SCHEMA);
    expect(partitionFieldsFromJson(JSON.parse(metadata.get('partition-spec')!))).toEqual(SPEC.fields);
    const texts = ['schema-id', 'partition-spec-id', 'format-version', 'content', 'avro.codec'];
    expect(texts.map((key) => metadata.get(key))).toEqual(['1', '0', '2', 'data', 'deflate']);
  });
});

describe('the schema of a manifest list', () => {
  it('has the names, ids and order of format v2', () => {
    const zero = {
      addedFilesCount: 0,
      existingFilesCount: 0,
      deletedFilesCount: 0,
      addedRowsCount: 0,
      existingRowsCount: 0,
      deletedRowsCount: 0,
    };
    const list = {
      snapshotId: BIG,
      parentSnapshotId: undefined,
      sequenceNumber: sequence(7n),
      formatVersion: 2,
    } as const;
    const bytes = encodeManifestList([manifestRow(zero)], list);
    expect(avroSchema(bytes).name).toBe('manifest_file');
    expect(outline(avroSchema(bytes))).toEqual([
      'manifest_path:500:string',
      'manifest_length:501:long',
      'partition_spec_id:502:int',
      'content:517:int',
      'sequence_number:515:long',
      'min_sequence_number:516:long',
      'added_snapshot_id:503:long',
      'added_files_count:504:int',
      'existing_files_count:505:int',
      'deleted_files_count:506:int',
      'added_rows_count:512:long',
      'existing_rows_count:513:long',
      'deleted_rows_count:514:long',
      'partitions:507:?list of 508 r508',
      '  contains_null:509:boolean',
      '  contains_nan:518:?boolean',
      '  lower_bound:510:?bytes',
      '  upper_bound:511:?bytes',
      'key_metadata:519:?bytes',
    ]);
    const metadata = header(bytes);
    const texts = ['snapshot-id', 'parent-snapshot-id', 'sequence-number', 'format-version'];
    expect(texts.map((key) => metadata.get(key))).toEqual([String(BIG), 'null', '7', '2']);
    const child = encodeManifestList([], { ...list, parentSnapshotId: snapshot(-5n) });
    expect(header(child).get('parent-snapshot-id')).toBe('-5');
    expect(() => encodeManifestList([manifestRow()], list)).toThrow(/countEntries/);
  });
});

describe('what goes into a manifest', () => {
  const numbers = { sequenceNumber: sequence(3n), fileSequenceNumber: sequence(4n) };

  it.each<[string, ManifestEntryToWrite]>([
    ['an existing entry without its numbers', { status: 'existing', snapshotId: snapshot(1n), file: dataFile('a') }],
    ['a deleted entry without its numbers', { status: 'deleted', snapshotId: BIG, file: dataFile('a') }],
    [
      'a deletion by another snapshot',
      { status: 'deleted', snapshotId: snapshot(1n), ...numbers, file: dataFile('a') },
    ],
    ['an addition by another snapshot', { status: 'added', snapshotId: snapshot(1n), file: dataFile('a') }],
    ['a file of another spec', { status: 'added', snapshotId: BIG, file: dataFile('a', { specId: 3 }) }],
    ['too few partition values', { status: 'added', snapshotId: BIG, file: dataFile('a', { partition: [] }) }],
    [
      'a delete file among data',
      { status: 'added', snapshotId: BIG, file: dataFile('a', { content: 'position-deletes' }) },
    ],
    ['a value of another type', { status: 'added', snapshotId: BIG, file: dataFile('a', { partition: [5n] }) }],
    ['a count that is none', { status: 'added', snapshotId: BIG, file: dataFile('a', { recordCount: 1.5 }) }],
  ])('is not %s', (_what, entry) => {
    expect(() => encodeManifest([entry], OPTIONS)).toThrow(InvalidArgumentError);
  });

  it('keeps an explicit data sequence number of a new file and never writes its file sequence number', () => {
    const entry = { ...added('a'), ...numbers };
    const encoded = encodeManifest([entry], OPTIONS);
    const [read] = decodeManifest(encoded.bytes, toManifestFile(encoded, 'mem://m', sequence(9n)), {
      specs: [SPEC],
      schemas: [SCHEMA],
    });
    expect(read?.sequenceNumber).toBe(3n);
    expect(read?.fileSequenceNumber).toBe(9n);
  });

  it('counts files and rows by status', () => {
    const encoded = encodeManifest(
      [
        added('a'),
        added('b'),
        { status: 'existing', snapshotId: snapshot(1n), ...numbers, file: dataFile('c', { recordCount: 5 }) },
        { status: 'deleted', snapshotId: BIG, ...numbers, file: dataFile('d', { recordCount: 7 }) },
      ],
      OPTIONS,
    );
    expect(toManifestFile(encoded, 'mem://m', sequence(9n))).toMatchObject({
      addedFilesCount: 2,
      addedRowsCount: 20,
      existingFilesCount: 1,
      existingRowsCount: 5,
      deletedFilesCount: 1,
      deletedRowsCount: 7,
      minSequenceNumber: 3n,
      sequenceNumber: 9n,
      addedSnapshotId: BIG,
    });
  });

  it.each<[string, readonly ManifestEntryToWrite[], bigint]>([
    ['the commit number for new files', [added('a')], 9n],
    [
      'the commit number when only deletions are in it',
      [{ status: 'deleted', snapshotId: BIG, ...numbers, file: dataFile('a') }],
      9n,
    ],
    [
      '0 from a v1 file',
      [
        added('a'),
        {
          status: 'existing',
          snapshotId: snapshot(1n),
          sequenceNumber: sequence(0n),
          fileSequenceNumber: sequence(0n),
          file: dataFile('b'),
        },
      ],
      0n,
    ],
    ['the explicit number of a compacted file', [{ ...added('a'), sequenceNumber: sequence(2n) }], 2n],
  ])('has as least sequence number %s', (_what, entries, least) => {
    expect(minSequenceNumber(encodeManifest(entries, OPTIONS), sequence(9n))).toBe(least);
  });

  it('summarizes NaN, null and zero apart', () => {
    const type: PrimitiveType = { kind: 'double' };
    const schema = { schemaId: 0, fields: [{ id: 2, name: 'x', required: false, type }] };
    const spec = {
      specId: 0,
      fields: [{ sourceId: 2, fieldId: 1000, name: 'x', transform: { kind: 'identity' } as const }],
    };
    const summaryOf = (...values: (number | null)[]) =>
      encodeManifest(
        values.map((value) => ({ status: 'added', snapshotId: BIG, file: dataFile('a', { partition: [value] }) })),
        { ...OPTIONS, schema, spec },
      ).partitions[0];
    expect(summaryOf(Number.NaN)).toEqual({ containsNull: false, containsNan: true });
    expect(summaryOf(null)).toEqual({ containsNull: true, containsNan: false });
    const zero = new Uint8Array(8);
    expect(summaryOf(0, Number.NaN, null)).toEqual({
      containsNull: true,
      containsNan: true,
      lowerBound: zero,
      upperBound: zero,
    });
  });

  it('summarizes the empty string and false as values', () => {
    const fields = [
      { id: 1, name: 's', required: false, type: { kind: 'string' } },
      { id: 2, name: 'b', required: false, type: { kind: 'boolean' } },
    ] as const;
    const spec = {
      specId: 0,
      fields: fields.map((field, i) => ({
        sourceId: field.id,
        fieldId: 1000 + i,
        name: field.name,
        transform: { kind: 'identity' } as const,
      })),
    };
    const encoded = encodeManifest(
      [{ status: 'added', snapshotId: BIG, file: dataFile('a', { partition: ['', false] }) }],
      {
        ...OPTIONS,
        schema: { schemaId: 0, fields },
        spec,
      },
    );
    expect(encoded.partitions).toEqual([
      { containsNull: false, containsNan: false, lowerBound: new Uint8Array(), upperBound: new Uint8Array() },
      { containsNull: false, containsNan: false, lowerBound: Uint8Array.of(0), upperBound: Uint8Array.of(0) },
    ]);
  });
});
