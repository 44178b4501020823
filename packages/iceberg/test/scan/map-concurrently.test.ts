import { expect, it } from 'vitest';
import { mapConcurrently } from '../../src/scan/map-concurrently.ts';

const tick = () => new Promise((resolve) => setTimeout(resolve, 1));

it('keeps order and the limit', async () => {
  let running = 0;
  let most = 0;
  const doubled = await mapConcurrently([1, 2, 3, 4, 5], 2, async (n) => {
    most = Math.max(most, ++running);
    await tick();
    running--;
    return n * 2;
  });
  expect(doubled).toEqual([2, 4, 6, 8, 10]);
  expect(most).toBe(2);
  expect(await mapConcurrently([], 2, tick)).toEqual([]);
});

it('starts nothing after a failure, and ends only when what was under way has ended', async () => {
  const ended: number[] = [];
  const failing = mapConcurrently([1, 2, 3, 4], 2, async (n) => {
    if (n === 1) throw new TypeError('one');
    await tick();
    ended.push(n);
  });
  await expect(failing).rejects.toThrow('one');
  expect(ended).toEqual([2]);
});
