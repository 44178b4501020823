import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { FileIO } from '../../src/io/file-io.ts';
import { deleteAll } from '../../src/maintenance/delete-all.ts';

test('an IO that throws at once, without a promise, fails that file alone', async () => {
  const io = {
    delete(location: string) {
      if (location === 'a') throw new Error('no such scheme');
      return Promise.resolve();
    },
  } as FileIO;
  expect(await deleteAll(io, [{ location: 'a' }, { location: 'b' }])).toEqual({
    deleted: [{ location: 'b' }],
    failed: [{ location: 'a', reason: 'no such scheme' }],
  });
});

test('what is deleted is told in the order of the files, however long each takes, and one that stays holds up no other', async () => {
  const waits: Record<string, number> = { a: 30, b: 1, c: 15, d: 5 };
  const io = {
    delete: async (location: string) => {
      await sleep(waits[location]);
      if (location === 'c') throw new Error('not allowed');
    },
  } as FileIO;
  const files = Object.keys(waits).map((location) => ({ location }));
  expect(await deleteAll(io, files)).toEqual({
    deleted: [{ location: 'a' }, { location: 'b' }, { location: 'd' }],
    failed: [{ location: 'c', reason: 'not allowed' }],
  });
});
