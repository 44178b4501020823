import { type Operation, type ScannedFile, type SnapshotId, toSnapshotId } from '@psyberg/iceberg';
import { expect, it } from 'vitest';
import { filesToRead, type WalkedSnapshot } from '../../src/changes/files-to-read.ts';

const file = (path: string): ScannedFile => ({ file: { path } }) as ScannedFile;
const paths = (files: readonly ScannedFile[]): string => files.map((f) => f.file.path).join(' ');
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
  ['a file that is listed twice is read twice', ['append +a', 'append +a'], 'a a'],
  ['a file that is listed twice in one commit', ['append +a +a', 'append +b'], 'a a b'],
  ['a file listed twice, and both taken away', ['append +a', 'append +a', 'overwrite -a -a +b'], 'b'],
  ['moved manifests', ['replace'], ''],
])('%s', (_title, snapshots, read) => {
  const result = filesToRead(walkOf(snapshots), () => true);
  expect(result.kind === 'appended' && paths(result.files)).toBe(read);
});

it.each([
  {
    title: 'an overwrite of files read before',
    snapshots: ['append +a', 'overwrite -x -y +b'],
    by: [2, 'overwrite', 2],
    appended: 'a',
    rewritten: 'b',
    gone: 'x y',
  },
  {
    title: 'a delete of a file read before that was listed once more since',
    snapshots: ['append +x', 'delete -x -x'],
    by: [2, 'delete', 1],
    gone: 'x',
    absorbed: 'x',
  },
  { title: 'a delete of files read before', snapshots: ['delete -x'], by: [1, 'delete', 1], gone: 'x' },
  {
    title: 'an overwrite of both kinds',
    snapshots: ['append +a +c', 'overwrite -a -x +b'],
    by: [2, 'overwrite', 1],
    appended: 'c',
    rewritten: 'b',
    gone: 'x',
    absorbed: 'a',
  },
  {
    title: 'overwritten again: only what is left in the end counts',
    snapshots: ['overwrite -x +b', 'overwrite -b -y +c', 'append +d', 'replace -c -d +e'],
    by: [1, 'overwrite', 1],
    rewritten: 'e',
    gone: 'x y',
    absorbed: 'd',
    overwriting: [1, 2],
  },
  {
    title: 'rewritten and then deleted',
    snapshots: ['overwrite -x +b', 'delete -b'],
    by: [1, 'overwrite', 1],
    gone: 'x',
    overwriting: [1, 2],
  },
  // What a mixed compaction made is gone as well, and the originals in it are read: together they come out even.
  {
    title: 'a delete of what a mixed compaction made',
    snapshots: ['append +a', 'replace -a -x +m', 'delete -m'],
    by: [3, 'delete', 1],
    appended: 'a',
    gone: 'm',
  },
])('$title is told, with its snapshot', ({ snapshots, by, ...files }) => {
  const result = filesToRead(walkOf(snapshots), () => true);
  expect(result.kind === 'overwritten' && [result.by.snapshotId, result.by.operation, result.by.files]).toEqual([
    id(by[0] as number),
    ...by.slice(1),
  ]);
  if (result.kind !== 'overwritten') return;
  expect([...result.overwriting]).toEqual((files.overwriting ?? [by[0]]).map((n) => id(n as number)));
  const { appended, rewritten, gone, absorbed } = result;
  expect([appended, rewritten, gone, absorbed].map(paths)).toEqual(
    [files.appended, files.rewritten, files.gone, files.absorbed].map((text) => text ?? ''),
  );
});

it('a mixed compaction whose originals are gone is told', () => {
  const walk = walkOf(['append +a', 'replace -a -x +m']);
  expect(filesToRead(walk, (snapshot) => snapshot !== id(2))).toEqual({ kind: 'mixed-replace', snapshotId: id(2) });
});
