import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type FileIOSubject, fileIOConformance } from '../../src/conformance/file-io.ts';
import { FileIOError, InvalidArgumentError } from '../../src/errors.ts';
import { LocalFileIO } from '../../src/io/local-file-io.ts';
import { localPath, locationKey } from '../../src/io/local-path.ts';
import { MemoryFileIO } from '../../src/io/memory-file-io.ts';
import { type FileAccess, observeFileIO } from '../../src/io/observe-file-io.ts';

const root = await mkdtemp(join(tmpdir(), 'file-io-'));
afterAll(() => rm(root, { recursive: true }));
let folders = 0;
const newFolder = (): string => join(root, `f ${folders++}`);

const subjects: Record<string, () => FileIOSubject> = {
  'LocalFileIO by path': () => ({ io: new LocalFileIO(), folder: newFolder() }),
  'LocalFileIO by file:/': () => ({ io: new LocalFileIO(), folder: `file:${newFolder()}` }),
  'LocalFileIO by file:///': () => ({ io: new LocalFileIO(), folder: `file://${newFolder()}` }),
  MemoryFileIO: () => ({ io: new MemoryFileIO(), folder: 'memory:/warehouse' }),
  'observed MemoryFileIO': () => ({ io: observeFileIO(new MemoryFileIO(), () => {}), folder: 'memory:/warehouse' }),
};

describe.each(Object.entries(subjects))('%s', (_, makeSubject) => {
  it.each(fileIOConformance)('$name', ({ run }) => run(async () => makeSubject()));
});

describe('localPath', () => {
  it.each([
    ['/a/b', '/a/b'],
    ['file:/a/b', '/a/b'],
    ['file:///a/my dir/x%20y', '/a/my dir/x%20y'],
    ['file:///a/#b?c', '/a/#b?c'],
    ['rel/x', 'rel/x'],
  ])('maps %s to %s', (location, path) => expect(localPath(location)).toBe(path));

  it.each(['s3://bucket/x', 'file://host/x', 'memory:/x'])('refuses %s', (location) => {
    expect(() => localPath(location)).toThrow(InvalidArgumentError);
  });
});

describe('LocalFileIO', () => {
  it('makes the file visible only when it is complete, and leaves nothing else behind', async () => {
    const io = new LocalFileIO();
    const folder = newFolder();
    const content = new Uint8Array(4_000_000).fill(7);
    const creating = io.create(`${folder}/big`, content);
    let sizeBytes: number | undefined;
    for (let done = false; !done; ) {
      done = await Promise.race([creating.then(() => true), new Promise<false>((next) => setImmediate(next, false))]);
      if (await io.exists(`${folder}/big`)) {
        sizeBytes = await io.size(`${folder}/big`);
        expect(sizeBytes).toBe(content.byteLength);
      }
    }
    expect(sizeBytes).toBe(content.byteLength);
    expect(await readdir(folder)).toEqual(['big']);
  });

  it('wraps other failures with their cause', async () => {
    await writeFile(join(root, 'plain'), '');
    const failure = await new LocalFileIO().read(root).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(FileIOError);
    expect(failure).toMatchObject({ cause: { code: 'EISDIR' } });
  });
});

describe('observeFileIO', () => {
  it('tells what was accessed and how many bytes moved', async () => {
    const seen: FileAccess[] = [];
    const io = observeFileIO(new MemoryFileIO(), (access) => seen.push(access));
    await io.create('memory:/f', new Uint8Array(10));
    await io.read('memory:/f');
    await io.readRange('memory:/f', 2, 5);
    await io.read('memory:/none').catch(() => undefined);
    expect(seen).toEqual([
      { kind: 'create', location: 'memory:/f', sizeBytes: 10 },
      { kind: 'read', location: 'memory:/f', sizeBytes: 10 },
      { kind: 'read-range', location: 'memory:/f', sizeBytes: 3 },
    ]);
  });
});

describe('locationKey', () => {
  it('is the same for all spellings of one file, and for no two files', () => {
    for (const text of ['/a/b', 'file:/a/b', 'file:///a/b', 'FILE:///a/b', '/a//b', 'file:///a//b']) {
      expect(locationKey(text), text).toBe('/a/b');
    }
    expect(locationKey('s3a://x/y')).toBe(locationKey('s3://x/y'));
    expect(locationKey('s3://x//y')).not.toBe(locationKey('s3://x/y'));
    expect(locationKey('file:///a/my%20b')).not.toBe(locationKey('/a/my b'));
    expect(locationKey('memory:/a/b')).not.toBe('/a/b');
  });
});
