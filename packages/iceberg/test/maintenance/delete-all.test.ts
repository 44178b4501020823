import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { FileIO } from '../../src/io/file-io.ts';
import { deleteAll } from '../../src/maintenance/delete-all.ts';

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
