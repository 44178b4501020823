import { expect, it } from 'vitest';
import type { ManifestEntry } from '../../src/manifest/manifest-entry.ts';
import { ManifestCache } from '../../src/scan/manifest-cache.ts';
import { toSequenceNumber, toSnapshotId } from '../../src/spec/ids.ts';
import { dataFile } from '../support/test-table.ts';

const entries = (count: number): ManifestEntry[] =>
  Array.from({ length: count }, () => ({
    status: 'added',
    snapshotId: toSnapshotId(1n),
    sequenceNumber: toSequenceNumber(1n),
    fileSequenceNumber: toSequenceNumber(1n),
    file: dataFile('x'),
  }));

it('keeps what was used last, within its bound', () => {
  const cache = new ManifestCache(10);
  cache.set('a', entries(4));
  cache.set('b', entries(4));
  expect(cache.get('a')).toHaveLength(4);
  cache.set('c', entries(5));
  expect(['a', 'b', 'c'].map((key) => cache.get(key)?.length)).toEqual([4, undefined, 5]);
  cache.set('too large', entries(11));
  expect(cache.get('too large')).toBeUndefined();
  cache.set('a', entries(1));
  cache.set('d', entries(4));
  expect(['a', 'c', 'd'].map((key) => cache.get(key)?.length)).toEqual([1, 5, 4]);
});
