import { type Operation, type ScannedFile, type SnapshotId, toSnapshotId } from '@psyberg/iceberg';
import { expect, it } from 'vitest';
import { filesToRead, type WalkedSnapshot } from '../../src/changes/files-to-read.ts';

const file = (path: string): ScannedFile => ({ file: { path } }) as ScannedFile;
const id = (n: number): SnapshotId => toSnapshotId(BigInt(n));

/** `append +a +b`, `replace -a +c` */
function walkOf(texts: readonly string[]): WalkedSnapshot[] {
  return texts.map((text, n) => {
    const [operation, ...files] = text.split(' ');
    const named = (sign: string): ScannedFile[] => files.filter((f) => f[0] === sign).map((f) => file(f.slice(1)));
    return { snapshotId: id(n + 1), operation: operation as Operation, added: named('+'), removed: named('-') };
  });
}

it.each<readonly [title: string, snapshots: readonly string[], read: string]>([
  ['nothing happened', [], ''],
  ['appends are read', ['append +a +b', 'append +c'], 'a b c'],
  ['a compaction of files read before changes nothing', ['append +a', 'replace -x -y +z'], 'a'],
  ['a compaction of files to read is read in their place', ['append +a +b', 'replace -a -b +c'], 'c'],
  ['a compaction of some of them', ['append +a +b', 'replace -a +c'], 'b c'],
  ['a compaction of the compacted', ['append +a', 'replace -a +b', 'replace -b +c +d'], 'c d'],
  [
    'a compaction that mixes them with files read before: the originals are read',
    ['append +a', 'replace -a -x +m'],
    'a',
  ],
  ['an overwrite of files to read only changes what is read', ['append +a', 'overwrite -a +b'], 'b'],
  ['a delete of files to read', ['append +a +b', 'delete -a'], 'b'],
  ['rows that came and went in between are never read', ['append +a', 'delete -a'], ''],
  ['an overwrite that removes nothing', ['overwrite +a'], 'a'],
  ['moved manifests', ['replace'], ''],
])('%s', (_title, snapshots, read) => {
  const result = filesToRead(walkOf(snapshots), () => true);
  expect(result.kind === 'files' && result.files.map((f) => f.file.path).join(' ')).toBe(read);
});

it.each([
  ['an overwrite of files read before', ['append +a', 'overwrite -x -y +b'], 2, 'overwrite', 2],
  ['a delete of files read before', ['delete -x'], 1, 'delete', 1],
  ['an overwrite of both kinds', ['append +a', 'overwrite -a -x +b'], 2, 'overwrite', 1],
  // What the mixed compaction left is the new file; that it is made of files read before cannot be told any more.
  ['a delete of what a mixed compaction made', ['append +a', 'replace -a -x +m', 'delete -m'], 3, 'delete', 1],
])('%s is told, with its snapshot', (_title, snapshots, at, operation, files) => {
  const result = filesToRead(walkOf(snapshots), () => true);
  expect(result).toEqual({ kind: 'overwritten', snapshotId: id(at), operation, files });
});

it('a mixed compaction whose originals are gone is told', () => {
  const walk = walkOf(['append +a', 'replace -a -x +m']);
  expect(filesToRead(walk, (snapshot) => snapshot !== id(2))).toEqual({ kind: 'mixed-replace', snapshotId: id(2) });
});
