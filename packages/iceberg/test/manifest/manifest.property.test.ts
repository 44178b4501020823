import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ManifestEntry } from '../../src/manifest/manifest-entry.ts';
import type { ManifestFile } from '../../src/manifest/manifest-file.ts';
import { decodeManifest, decodeManifestBlocks } from '../../src/manifest/read-manifest.ts';
import { decodeManifestList } from '../../src/manifest/read-manifest-list.ts';
import { encodeManifest, toManifestFile } from '../../src/manifest/write-manifest.ts';
import { encodeManifestList } from '../../src/manifest/write-manifest-list.ts';
import { compareValues } from '../../src/spec/compare-values.ts';
import { resultType } from '../../src/spec/result-type.ts';
import { decodeSingleValue } from '../../src/spec/single-values.ts';
import type { PrimitiveType } from '../../src/spec/types.ts';
import { entry, type Layout, layout, sequenceNumber, snapshotId } from './arbitraries.ts';

const manifest = fc
  .tuple(layout, snapshotId, sequenceNumber)
  .chain(([table, snapshot, commit]) =>
    fc.array(entry(table, snapshot, commit), { maxLength: 5 }).map((entries) => ({ table, snapshot, commit, entries })),
  );

/** Added entries are written without numbers, as a commit does. */
const toWrite = (read: ManifestEntry) =>
  read.status === 'added' ? { status: read.status, snapshotId: read.snapshotId, file: read.file } : read;

function encode(table: Layout, snapshot: ManifestEntry['snapshotId'], entries: readonly ManifestEntry[]) {
  const options = { ...table, snapshotId: snapshot, content: 'data', formatVersion: 2 } as const;
  return encodeManifest(entries.map(toWrite), options);
}

/** Buffers and typed arrays of equal bytes are equal. */
const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_key, part) => {
      if (typeof part === 'bigint') return `${part}n`;
      if (part instanceof Map) return [...part].map(([key, item]) => [key, plain(item)]);
      if (Object.is(part, -0)) return '-0';
      if (typeof part === 'number' && !Number.isFinite(part)) return String(part);
      return part?.type === 'Buffer' ? Object.fromEntries(part.data.entries()) : part;
    }),
  );

describe('manifests', () => {
  it('read back as they were written, ids and numbers inherited', () => {
    fc.assert(
      fc.property(manifest, ({ table, snapshot, commit, entries }) => {
        const encoded = encode(table, snapshot, entries);
        const row = toManifestFile(encoded, 'mem://m.avro', commit);
        const context = { specs: [table.spec], schemas: [table.schema] };
        expect(plain(decodeManifest(encoded.bytes, row, context))).toEqual(plain(entries));
        expect(row.lengthBytes).toBe(encoded.bytes.length);
      }),
    );
  });

  it('read less with a smaller projection, and the same', () => {
    const metricKeys = ['valueCounts', 'nullValueCounts', 'nanValueCounts', 'lowerBounds', 'upperBounds'];
    const restKeys = ['columnSizes', 'keyMetadata', 'splitOffsets'];
    fc.assert(
      fc.property(manifest, ({ table, snapshot, commit, entries }) => {
        const encoded = encode(table, snapshot, entries);
        const row = toManifestFile(encoded, 'mem://m.avro', commit);
        const context = { specs: [table.spec], schemas: [table.schema] };
        const without = (keys: readonly string[]) =>
          entries.map((e) => ({
            ...e,
            file: Object.fromEntries(Object.entries(e.file).filter(([key]) => !keys.includes(key))),
          }));
        const metrics = decodeManifest(encoded.bytes, row, { ...context, projection: 'metrics' });
        expect(plain(metrics)).toEqual(plain(without(restKeys)));
        const planning = [...decodeManifestBlocks(encoded.bytes, row, { ...context, projection: 'planning' })].flat();
        expect(plain(planning)).toEqual(plain(without([...restKeys, ...metricKeys])));
      }),
      { numRuns: 50 },
    );
  });

  it('have summaries that hold every partition value', () => {
    fc.assert(
      fc.property(manifest, ({ table, snapshot, entries }) => {
        const { partitions } = encode(table, snapshot, entries);
        expect(partitions.length).toBe(table.spec.fields.length);
        partitions.forEach((summary, i) => {
          const values = entries.map((e) => e.file.partition[i]!);
          const present = values.filter((value) => value !== null);
          expect(summary.containsNull).toBe(present.length < values.length);
          expect(summary.lowerBound === undefined).toBe(present.length === 0);
          if (summary.lowerBound === undefined || summary.upperBound === undefined) return;
          const type = resultType(table.spec.fields[i]!.transform, table.schema.fields[i]!.type as PrimitiveType);
          const [lower, upper] = [summary.lowerBound, summary.upperBound].map((b) => decodeSingleValue(type, b));
          expect(present.every((value) => compareValues(type, value, lower!) >= 0)).toBe(true);
          expect(present.every((value) => compareValues(type, value, upper!) <= 0)).toBe(true);
          expect(present.some((value) => compareValues(type, value, lower!) === 0)).toBe(true);
          expect(present.some((value) => compareValues(type, value, upper!) === 0)).toBe(true);
        });
      }),
    );
  });
});

const bytes = fc.uint8Array({ maxLength: 6 });
const manifestRow: fc.Arbitrary<ManifestFile> = fc
  .record(
    {
      path: fc.string(),
      lengthBytes: fc.maxSafeNat(),
      specId: fc.nat(9),
      content: fc.constantFrom('data', 'deletes'),
      sequenceNumber,
      minSequenceNumber: sequenceNumber,
      addedSnapshotId: snapshotId,
      addedFilesCount: fc.nat(),
      existingFilesCount: fc.nat(),
      deletedFilesCount: fc.nat(),
      addedRowsCount: fc.maxSafeNat(),
      existingRowsCount: fc.maxSafeNat(),
      deletedRowsCount: fc.maxSafeNat(),
      partitions: fc.array(
        fc.record(
          { containsNull: fc.boolean(), containsNan: fc.boolean(), lowerBound: bytes, upperBound: bytes },
          { requiredKeys: ['containsNull'] },
        ),
        { maxLength: 3 },
      ),
      keyMetadata: bytes,
    },
    {
      requiredKeys: [
        'path',
        'lengthBytes',
        'specId',
        'content',
        'sequenceNumber',
        'minSequenceNumber',
        'addedSnapshotId',
        'addedFilesCount',
        'existingFilesCount',
        'deletedFilesCount',
        'addedRowsCount',
        'existingRowsCount',
        'deletedRowsCount',
      ],
    },
  )
  .map((row) => row as ManifestFile);

describe('manifest lists', () => {
  it('read back as they were written, empty bounds and number 0 included', () => {
    fc.assert(
      fc.property(fc.array(manifestRow, { maxLength: 5 }), snapshotId, sequenceNumber, (rows, snapshot, commit) => {
        const header = { snapshotId: snapshot, parentSnapshotId: undefined, sequenceNumber: commit, formatVersion: 2 };
        const encoded = encodeManifestList(rows, header as Parameters<typeof encodeManifestList>[1]);
        expect(plain(decodeManifestList(encoded, 'mem://l.avro'))).toEqual(plain(rows));
      }),
    );
  });
});
