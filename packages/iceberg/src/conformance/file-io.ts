import assert from 'node:assert/strict';
import { FileExistsError, FileNotFoundError } from '../errors.ts';
import type { FileIO } from '../io/file-io.ts';
import type { ConformanceCase } from './conformance-case.ts';

/** A FileIO to be tested, and an empty folder of it that is the test's own. */
export interface FileIOSubject {
  readonly io: FileIO;
  /** A location without a trailing slash. */
  readonly folder: string;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (content: Uint8Array): string => new TextDecoder().decode(content);

async function locationsBelow(io: FileIO, prefix: string): Promise<string[]> {
  const locations: string[] = [];
  for await (const file of io.list(prefix)) locations.push(file.location);
  return locations.sort();
}

/** What every `FileIO` does. */
export const fileIOConformance: readonly ConformanceCase<FileIOSubject>[] = [
  {
    name: 'reads back what it created, folders made on the way',
    async run(make) {
      const { io, folder } = await make();
      const location = `${folder}/a/b c/ü+%20.txt`;
      await io.create(location, bytes('hello'));
      assert.equal(text(await io.read(location)), 'hello');
      assert.equal(await io.size(location), 5);
      assert.equal(await io.exists(location), true);
    },
  },
  {
    name: 'keeps empty files and all byte values',
    async run(make) {
      const { io, folder } = await make();
      const all = Uint8Array.from({ length: 256 }, (_, value) => value);
      await io.create(`${folder}/empty`, new Uint8Array());
      await io.create(`${folder}/all`, all);
      assert.equal((await io.read(`${folder}/empty`)).byteLength, 0);
      assert.deepEqual([...(await io.read(`${folder}/all`))], [...all]);
    },
  },
  {
    name: 'does not change with the array it was given',
    async run(make) {
      const { io, folder } = await make();
      const content = bytes('abc');
      await io.create(`${folder}/f`, content);
      content.fill(0);
      (await io.read(`${folder}/f`)).fill(0);
      assert.equal(text(await io.read(`${folder}/f`)), 'abc');
    },
  },
  {
    name: 'reads ranges, the end exclusive and cut at the end of the file',
    async run(make) {
      const { io, folder } = await make();
      await io.create(`${folder}/f`, bytes('0123456789'));
      assert.equal(text(await io.readRange(`${folder}/f`, 2, 5)), '234');
      assert.equal(text(await io.readRange(`${folder}/f`, 8, 20)), '89');
      assert.equal(text(await io.readRange(`${folder}/f`, 3, 3)), '');
    },
  },
  {
    name: 'refuses to create a file twice and leaves the first as it was',
    async run(make) {
      const { io, folder } = await make();
      await io.create(`${folder}/f`, bytes('first'));
      await assert.rejects(io.create(`${folder}/f`, bytes('second')), FileExistsError);
      assert.equal(text(await io.read(`${folder}/f`)), 'first');
      assert.deepEqual(await locationsBelow(io, folder), [`${folder}/f`]);
    },
  },
  {
    name: 'lets exactly one of several creators win',
    async run(make) {
      const { io, folder } = await make();
      const attempts = await Promise.allSettled(
        Array.from({ length: 8 }, (_, writer) => io.create(`${folder}/f`, bytes(String(writer)))),
      );
      const winners = attempts.flatMap(({ status }, writer) => (status === 'fulfilled' ? [String(writer)] : []));
      assert.equal(winners.length, 1);
      assert.equal(text(await io.read(`${folder}/f`)), winners[0]);
      assert.deepEqual(await locationsBelow(io, folder), [`${folder}/f`]);
    },
  },
  {
    name: 'says when a file is missing',
    async run(make) {
      const { io, folder } = await make();
      assert.equal(await io.exists(`${folder}/none`), false);
      await assert.rejects(io.read(`${folder}/none`), FileNotFoundError);
      await assert.rejects(io.readRange(`${folder}/none`, 0, 1), FileNotFoundError);
      await assert.rejects(io.size(`${folder}/none`), FileNotFoundError);
    },
  },
  {
    name: 'deletes files, and missing ones without complaint',
    async run(make) {
      const { io, folder } = await make();
      await io.create(`${folder}/f`, bytes('x'));
      await io.delete(`${folder}/f`);
      await io.delete(`${folder}/f`);
      assert.equal(await io.exists(`${folder}/f`), false);
      await io.create(`${folder}/f`, bytes('again'));
      assert.equal(text(await io.read(`${folder}/f`)), 'again');
    },
  },
  {
    name: 'lists all files below a folder, and only those',
    async run(make) {
      const { io, folder } = await make();
      for (const name of ['t/a', 't/b/c', 't2/d', 'tx']) await io.create(`${folder}/${name}`, bytes(name));
      assert.deepEqual(await locationsBelow(io, `${folder}/t`), [`${folder}/t/a`, `${folder}/t/b/c`]);
      assert.deepEqual(await locationsBelow(io, `${folder}/t/`), [`${folder}/t/a`, `${folder}/t/b/c`]);
      assert.deepEqual(await locationsBelow(io, `${folder}/none`), []);
      for await (const file of io.list(`${folder}/t2`)) {
        assert.equal(file.sizeBytes, 4);
        assert.ok(Number.isSafeInteger(file.modifiedMs) && file.modifiedMs > 0);
      }
    },
  },
];
