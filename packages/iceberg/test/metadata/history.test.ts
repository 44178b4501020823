import { describe, expect, it } from 'vitest';
import {
  InvalidMetadataError,
  NoSuchRefError,
  NoSuchSnapshotError,
  SnapshotNotAncestorError,
} from '../../src/errors.ts';
import {
  ancestorsOf,
  currentSchema,
  headOf,
  isAncestorOf,
  landingTimeMs,
  schemaById,
  snapshotById,
  snapshotsBetween,
  specById,
} from '../../src/metadata/history.ts';
import { metadataFileName, versionOfMetadataFile } from '../../src/metadata/metadata-file-name.ts';
import { nextMetadataVersion } from '../../src/metadata/next-metadata-version.ts';
import type { TableMetadata } from '../../src/metadata/table-metadata.ts';
import { toSnapshotId } from '../../src/spec/ids.ts';
import { emptyTable, START_MS, snapshot } from './metadata-fixtures.ts';

const id = toSnapshotId;

/** 1 is expired; 2 - 3 - 4 on main, 5 on top of 3 (rolled back), 6 staged on top of 4. */
const metadata: TableMetadata = {
  ...emptyTable(),
  lastSequenceNumber: snapshot(6n, 4n, 6n, 0).sequenceNumber,
  snapshots: [
    snapshot(2n, 1n, 2n, START_MS + 2),
    snapshot(3n, 2n, 3n, START_MS + 3),
    snapshot(5n, 3n, 4n, START_MS + 5),
    snapshot(4n, 3n, 5n, START_MS + 4),
    snapshot(6n, 4n, 6n, START_MS + 6),
  ],
  currentSnapshotId: id(4n),
  refs: { main: { type: 'branch', snapshotId: id(4n) }, v1: { type: 'tag', snapshotId: id(3n) } },
  snapshotLog: [
    { timestampMs: START_MS + 30, snapshotId: id(3n) },
    { timestampMs: START_MS + 50, snapshotId: id(5n) },
    { timestampMs: START_MS + 55, snapshotId: id(3n) },
    { timestampMs: START_MS + 60, snapshotId: id(4n) },
  ],
};
const ids = (snapshots: Iterable<{ readonly snapshotId: bigint }>): bigint[] =>
  [...snapshots].map(({ snapshotId }) => snapshotId);

describe('history', () => {
  it('finds snapshots and heads', () => {
    expect(snapshotById(metadata, id(6n))?.parentSnapshotId).toBe(4n);
    expect(snapshotById(metadata, id(1n))).toBeUndefined();
    expect(headOf(metadata)?.snapshotId).toBe(4n);
    expect(headOf(metadata, 'v1')?.snapshotId).toBe(3n);
    expect(headOf(emptyTable())).toBeUndefined();
    expect(() => headOf(metadata, 'none')).toThrow(NoSuchRefError);
    expect(() => headOf(metadata, 'constructor')).toThrow(NoSuchRefError);
  });

  it('walks ancestors, newest first, to where a parent is not listed', () => {
    expect(ids(ancestorsOf(metadata, id(6n)))).toEqual([6n, 4n, 3n, 2n]);
    expect(ids(ancestorsOf(metadata, id(2n)))).toEqual([2n]);
    expect(() => ids(ancestorsOf(metadata, id(1n)))).toThrow(NoSuchSnapshotError);
  });

  it('knows ancestors, the snapshot itself among them', () => {
    expect(isAncestorOf(metadata, id(3n), id(6n))).toBe(true);
    expect(isAncestorOf(metadata, id(6n), id(6n))).toBe(true);
    expect(isAncestorOf(metadata, id(5n), id(4n))).toBe(false);
    expect(isAncestorOf(metadata, id(6n), id(4n))).toBe(false);
  });

  it('lists what lies between two snapshots, oldest first', () => {
    expect(ids(snapshotsBetween(metadata, id(2n), id(4n)))).toEqual([3n, 4n]);
    expect(ids(snapshotsBetween(metadata, id(4n), id(4n)))).toEqual([]);
    expect(ids(snapshotsBetween(metadata, undefined, id(4n)))).toEqual([2n, 3n, 4n]);
    expect(ids(snapshotsBetween(metadata, id(1n), id(3n)))).toEqual([2n, 3n]);
  });

  it.each([
    [5n, /rolled back/],
    [6n, /rolled back/],
    [77n, /ends at snapshot 2, whose parent was expired/],
  ])('refuses to go from %s, which is not behind', (from, message) => {
    expect(() => snapshotsBetween(metadata, id(from), id(4n))).toThrow(SnapshotNotAncestorError);
    expect(() => snapshotsBetween(metadata, id(from), id(4n))).toThrow(message);
  });

  it('does not walk in circles', () => {
    const circle = { ...metadata, snapshots: [snapshot(1n, 2n, 1n, 1), snapshot(2n, 1n, 2n, 2)] };
    expect(() => ids(ancestorsOf(circle, id(1n)))).toThrow(InvalidMetadataError);
  });

  it('takes the first time in the log as landing time, else the time of the snapshot', () => {
    const landed = (snapshotId: bigint): number =>
      landingTimeMs(metadata, snapshotById(metadata, id(snapshotId))!) - START_MS;
    expect([3n, 5n, 4n, 2n, 6n].map(landed)).toEqual([30, 50, 60, 2, 6]);
  });

  it('finds schemas and specs, and says which there are', () => {
    expect(currentSchema(metadata)).toBe(metadata.schemas[0]);
    expect(specById(metadata, 0).fields).toEqual([]);
    expect(() => schemaById(metadata, 4)).toThrow(/no schema 4\. It has 0\./);
    expect(() => specById(metadata, 4)).toThrow(InvalidMetadataError);
  });
});

describe('metadata file names', () => {
  it('have five digits at least, and say what is compressed', () => {
    expect(metadataFileName(3, 'u-u')).toBe('00003-u-u.metadata.json');
    expect(metadataFileName(123456, 'u', 'gzip')).toBe('123456-u.gz.metadata.json');
  });

  it.each([
    ['s3://b/t/metadata/00012-aaaa.metadata.json', 12],
    ['00000-a.gz.metadata.json', 0],
    ['v3.metadata.json', -1],
    ['/1-2/x.metadata.json', -1],
  ])('%s has version %i', (name, version) => expect(versionOfMetadataFile(name)).toBe(version));
});

describe('nextMetadataVersion', () => {
  it('appends the base to the log and drops what the table has no room for', () => {
    const base = { ...metadata, metadataLog: [{ timestampMs: START_MS - 1, metadataFile: '/0' }] };
    const next = nextMetadataVersion(base, '/1', {
      ...base,
      properties: { 'write.metadata.previous-versions-max': '0' },
    });
    expect(next.metadata.metadataLog).toEqual([{ timestampMs: START_MS, metadataFile: '/1' }]);
    expect(next.dropped).toEqual(base.metadataLog);
    const roomy = nextMetadataVersion(base, '/1', {
      ...base,
      properties: { 'write.metadata.previous-versions-max': 'x' },
    });
    expect(roomy.metadata.metadataLog).toHaveLength(2);
    expect(roomy.dropped).toEqual([]);
  });
});
