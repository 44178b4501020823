import { avroMetadata, avroRead } from 'icebird';
import { describe, expect, it } from 'vitest';
import type { RecordShape, Shape, ShapeField } from '../../src/avro/shape.ts';
import { writeAvroFile } from '../../src/avro/write-avro-file.ts';
import { InvalidAvroError, InvalidMetadataError } from '../../src/errors.ts';
import { manifestEntryShape } from '../../src/manifest/manifest-shape.ts';
import { decodeManifest, type ManifestReadContext, readManifestHeader } from '../../src/manifest/read-manifest.ts';
import { decodeManifestList } from '../../src/manifest/read-manifest-list.ts';
import { encodeManifest, toManifestFile } from '../../src/manifest/write-manifest.ts';
import { encodeManifestList } from '../../src/manifest/write-manifest-list.ts';
import { BIG, dataFile, manifestRow, SCHEMA, SPEC, sequence, snapshot } from './table.ts';

const CONTEXT: ManifestReadContext = { specs: [SPEC], schemas: [SCHEMA], table: 'db.t' };
const noMetadata = { metadata: new Map<string, string>() };

const field = (id: number, name: string, shape: Shape, required = true): ShapeField => ({ id, name, required, shape });
const record = (name: string, fields: readonly ShapeField[]): RecordShape => ({ kind: 'record', name, fields });

const partition = (shape: Shape = { kind: 'date' }): RecordShape =>
  record('r102', [field(1000, 'ts_day', shape, false)]);

/** Entries of v2 whose numbers are written as given, wrong ones too. */
function v2Manifest(...entries: readonly (readonly unknown[])[]): Uint8Array {
  return writeAvroFile(manifestEntryShape(partition()), entries, noMetadata);
}

const FILE_ROW = [0, 'mem://f.parquet', 'PARQUET', [20458], 10, 1000];

describe('manifests of format v1', () => {
  const shape = record('manifest_entry', [
    field(0, 'status', { kind: 'int' }),
    field(1, 'snapshot_id', { kind: 'long' }),
    field(
      2,
      'data_file',
      record('r2', [
        field(100, 'file_path', { kind: 'string' }),
        field(101, 'file_format', { kind: 'string' }),
        field(102, 'partition', partition({ kind: 'int' })),
        field(103, 'record_count', { kind: 'count' }),
        field(104, 'file_size_in_bytes', { kind: 'count' }),
        field(105, 'block_size_in_bytes', { kind: 'count' }),
        field(
          111,
          'distinct_counts',
          { kind: 'map', keyId: 123, key: { kind: 'int' }, valueId: 124, value: { kind: 'count' } },
          false,
        ),
        field(106, 'file_ordinal', { kind: 'int' }, false),
        field(107, 'sort_columns', { kind: 'list', elementId: 112, element: { kind: 'int' } }, false),
      ]),
    ),
  ]);
  const file = ['file:/w/a', 'parquet', [20458], 10, 1000, 67_108_864, new Map([[1, 2]]), 3, [1]];
  const bytes = writeAvroFile(
    shape,
    [
      [0, 5n, file],
      [1, 6n, file],
      [2, 7n, file],
    ],
    noMetadata,
  );

  it('have sequence number 0 and data content, and a day that is a plain int', () => {
    const row = manifestRow({ sequenceNumber: sequence(0n) });
    const entries = decodeManifest(bytes, row, CONTEXT);
    expect(
      entries.map((entry) => [entry.status, entry.snapshotId, entry.sequenceNumber, entry.fileSequenceNumber]),
    ).toEqual([
      ['existing', 5n, 0n, 0n],
      ['added', 6n, 0n, 0n],
      ['deleted', 7n, 0n, 0n],
    ]);
    expect(entries[0]?.file).toEqual(dataFile('file:/w/a'));
  });

  it('may have a header without ids', () => {
    expect(readManifestHeader(bytes, 'x')).toEqual({ specId: 0, content: 'data', formatVersion: 1 });
  });
});

describe('manifest lists of format v1', () => {
  const fields = (files: string) => [
    field(500, 'manifest_path', { kind: 'string' }),
    field(501, 'manifest_length', { kind: 'count' }),
    field(502, 'partition_spec_id', { kind: 'int' }),
    field(503, 'added_snapshot_id', { kind: 'long' }),
    field(504, `added_${files}_count`, { kind: 'int' }, false),
    field(505, `existing_${files}_count`, { kind: 'int' }, false),
    field(506, `deleted_${files}_count`, { kind: 'int' }, false),
  ];

  it.each(['files', 'data_files'])('are read with counts of %s, and numbers that are not there', (files) => {
    const rows = [
      ['a', 5, 0, -9n, 1, 0, null],
      ['b', 5, 0, 9n, null, null, null],
    ];
    const list = writeAvroFile(record('manifest_file', fields(files)), rows, noMetadata);
    const base = { lengthBytes: 5, specId: 0, content: 'data', sequenceNumber: 0n, minSequenceNumber: 0n };
    expect(decodeManifestList(list, 'x')).toEqual([
      { ...base, path: 'a', addedSnapshotId: -9n, addedFilesCount: 1, existingFilesCount: 0 },
      { ...base, path: 'b', addedSnapshotId: 9n },
    ]);
  });
});

describe('inheritance', () => {
  it('fills in what an added entry leaves open, even its snapshot', () => {
    const [entry] = decodeManifest(v2Manifest([1, null, null, null, FILE_ROW]), manifestRow(), CONTEXT);
    expect(entry).toEqual({
      status: 'added',
      snapshotId: BIG,
      sequenceNumber: 7n,
      fileSequenceNumber: 7n,
      file: dataFile('mem://f.parquet'),
    });
  });

  it('keeps what is explicit, 0 included', () => {
    const [entry] = decodeManifest(v2Manifest([0, -3n, 0n, 0n, FILE_ROW]), manifestRow(), CONTEXT);
    expect([entry?.snapshotId, entry?.sequenceNumber, entry?.fileSequenceNumber]).toEqual([-3n, 0n, 0n]);
  });

  it.each([
    ['existing', [0, 5n, null, 6n, FILE_ROW]],
    ['existing', [0, 5n, 6n, null, FILE_ROW]],
    ['deleted', [2, 5n, null, null, FILE_ROW]],
  ])('finds an %s entry without a number of its own to be corrupt', (status, row) => {
    const read = () => decodeManifest(v2Manifest(row), manifestRow(), CONTEXT);
    expect(read).toThrow(InvalidAvroError);
    expect(read).toThrow(new RegExp(`mem://m.avro.*${status} entry of mem://f.parquet`));
  });

  it.each([
    ['status', [3, 5n, 6n, 6n, FILE_ROW]],
    ['content', [1, 5n, 6n, 6n, [3, ...FILE_ROW.slice(1)]]],
  ])('finds an unknown %s to be corrupt', (word, row) => {
    expect(() => decodeManifest(v2Manifest(row), manifestRow(), CONTEXT)).toThrow(new RegExp(`has ${word} 3`));
  });
});

describe('partition specs', () => {
  const row = [1, null, null, null, FILE_ROW];

  it('are chosen by the manifest list, and their lack is named', () => {
    const read = () => decodeManifest(v2Manifest(row), manifestRow({ specId: 4 }), CONTEXT);
    expect(read).toThrow(InvalidMetadataError);
    expect(read).toThrow(/mem:\/\/m\.avro of db\.t is of partition spec 4.*only these: 0/);
  });

  it('may be made from a column that is gone from all schemas', () => {
    const context = { ...CONTEXT, schemas: [{ schemaId: 9, fields: [] }] };
    expect(decodeManifest(v2Manifest(row), manifestRow(), context)[0]?.file.partition).toEqual([20458]);
  });

  it('take the type that the column was widened to, whatever the order of schemas', () => {
    const old = { schemaId: 0, fields: [{ id: 2, name: 'n', required: false, type: { kind: 'int' } as const }] };
    const wide = { schemaId: 3, fields: [{ id: 2, name: 'n', required: false, type: { kind: 'long' } as const }] };
    const spec = { specId: 0, fields: [{ ...SPEC.fields[0]!, transform: { kind: 'identity' } as const }] };
    const bytes = writeAvroFile(manifestEntryShape(partition({ kind: 'int' })), [row], noMetadata);
    const context = { specs: [spec], schemas: [wide, old] };
    expect(decodeManifest(bytes, manifestRow(), context)[0]?.file.partition).toEqual([20458n]);
  });

  it('read null for a field the file does not have, and for an unknown transform what the file has', () => {
    const fields = [
      SPEC.fields[0]!,
      { sourceId: 1, fieldId: 1001, name: 'later', transform: { kind: 'identity' } as const },
    ];
    const more = { specs: [{ specId: 0, fields }], schemas: [SCHEMA] };
    expect(decodeManifest(v2Manifest(row), manifestRow(), more)[0]?.file.partition).toEqual([20458, null]);
    const unknown = {
      specId: 0,
      fields: [{ ...SPEC.fields[0]!, transform: { kind: 'unknown', text: 'zorder' } as const }],
    };
    const context = { specs: [unknown], schemas: [SCHEMA] };
    expect(decodeManifest(v2Manifest(row), manifestRow(), context)[0]?.file.partition).toEqual([20458]);
  });
});

describe('another reader', () => {
  const read = (bytes: Uint8Array): Record<string, unknown>[] => {
    const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 };
    return avroRead({ reader, ...avroMetadata(reader) });
  };

  // That reader's own inflate recurses without end on what the zlib of Node 24 makes; avsc and PyIceberg read the same bytes.
  const inflates = Number(process.versions.node.split('.')[0]) < 24;

  it.runIf(inflates)('finds in our manifest and list what we put in', () => {
    const file = dataFile('mem://f.parquet', {
      recordCount: 2 ** 40,
      valueCounts: new Map([[1, 2 ** 50]]),
      lowerBounds: new Map([[1, Uint8Array.of(0, 255)]]),
      sortOrderId: 0,
    });
    const encoded = encodeManifest([{ status: 'added', snapshotId: BIG, file }], {
      schema: SCHEMA,
      spec: SPEC,
      snapshotId: BIG,
      content: 'data',
      formatVersion: 2,
    });
    expect(read(encoded.bytes)).toMatchObject([
      {
        status: 1,
        snapshot_id: BIG,
        sequence_number: undefined,
        data_file: {
          content: 0,
          file_path: 'mem://f.parquet',
          file_format: 'PARQUET',
          partition: { ts_day: new Date('2026-01-05') },
          record_count: 2n ** 40n,
          value_counts: [{ key: 1, value: 2n ** 50n }],
          lower_bounds: [{ key: 1, value: Uint8Array.of(0, 255) }],
          upper_bounds: undefined,
          sort_order_id: 0,
        },
      },
    ]);
    const row = toManifestFile(encoded, 'mem://m.avro', sequence(2n ** 61n));
    const header = {
      snapshotId: BIG,
      parentSnapshotId: snapshot(1n),
      sequenceNumber: sequence(2n ** 61n),
      formatVersion: 2,
    } as const;
    expect(read(encodeManifestList([row], header))).toMatchObject([
      { manifest_path: 'mem://m.avro', sequence_number: 2n ** 61n, added_snapshot_id: BIG, added_files_count: 1 },
    ]);
  });
});
