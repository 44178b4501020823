import { createHash } from 'node:crypto';

/** A set of file paths, known only by its size and an order-free hash; {@link SourceState} holds one. */
export interface FileSet {
  readonly fileCount: number;
  /** 16 hex digits. */
  readonly fileHash: string;
}

export const emptyFileSet: FileSet = { fileCount: 0, fileHash: '0'.repeat(16) };

/**
 * The set with these paths joined; each must not be in it yet, which nobody can check here.
 *
 * The hash is the sum, modulo 2^64, of the first 8 bytes of every path's SHA-256. So files can join and leave one by one,
 * in any order, and the result is that of listing all of them; cost grows with the change, never with the table.
 */
export function addFiles(set: FileSet, paths: Iterable<string>): FileSet {
  return change(set, paths, 1);
}

/** The set without these paths, each of which must be in it. */
export function removeFiles(set: FileSet, paths: Iterable<string>): FileSet {
  return change(set, paths, -1);
}

export const sameFileSet = (a: FileSet, b: FileSet): boolean =>
  a.fileCount === b.fileCount && a.fileHash === b.fileHash;

function change(set: FileSet, paths: Iterable<string>, sign: 1 | -1): FileSet {
  let count = set.fileCount;
  let sum = BigInt(`0x${set.fileHash}`);
  for (const path of paths) {
    const digest = createHash('sha256').update(path, 'utf8').digest().readBigUInt64BE(0);
    sum += sign === 1 ? digest : -digest;
    count += sign;
  }
  return { fileCount: count, fileHash: BigInt.asUintN(64, sum).toString(16).padStart(16, '0') };
}
