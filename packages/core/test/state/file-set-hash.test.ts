import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addFiles, emptyFileSet, removeFiles, sameFileSet } from '../../src/state/file-set-hash.ts';

const paths = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 20 }), { maxLength: 12 });

describe('file set hash', () => {
  it('of one path is the head of its SHA-256', () => {
    const expected = createHash('sha256').update('s3://b/é.parquet').digest('hex').slice(0, 16);
    expect(addFiles(emptyFileSet, ['s3://b/é.parquet'])).toEqual({ fileCount: 1, fileHash: expected });
  });

  it('does not depend on order or on how the files came and went', () => {
    fc.assert(
      fc.property(paths, paths, fc.nat(), (stay, leave, cut) => {
        const staying = stay.filter((path) => !leave.includes(path));
        const half = cut % (staying.length + 1);
        const early = addFiles(addFiles(emptyFileSet, staying.slice(0, half)), leave);
        const roundabout = removeFiles(addFiles(early, staying.slice(half)), [...leave].reverse());
        expect(roundabout).toEqual(addFiles(emptyFileSet, [...staying].reverse()));
      }),
    );
  });

  it('tells sets apart', () => {
    const a = addFiles(emptyFileSet, ['a', 'b']);
    expect(sameFileSet(a, addFiles(emptyFileSet, ['b', 'a']))).toBe(true);
    expect(sameFileSet(a, addFiles(emptyFileSet, ['a', 'c']))).toBe(false);
    expect(sameFileSet(a, addFiles(emptyFileSet, ['ab']))).toBe(false);
  });
});
