import { expect, it } from 'vitest';
import { commitRetryPolicy, pause, statusCheckPolicy, waitBeforeRetryMs } from '../../src/commit/retry-policy.ts';

it('has the defaults of Java, and takes what the table says if it is a number', () => {
  expect(commitRetryPolicy({})).toEqual({ retries: 4, minWaitMs: 100, maxWaitMs: 60_000, totalTimeoutMs: 1_800_000 });
  expect(statusCheckPolicy({})).toEqual({ retries: 3, minWaitMs: 1_000, maxWaitMs: 60_000, totalTimeoutMs: 1_800_000 });
  const properties = {
    'commit.retry.num-retries': '0',
    'commit.retry.min-wait-ms': 'soon',
    'commit.retry.max-wait-ms': '7',
  };
  expect(commitRetryPolicy(properties)).toMatchObject({ retries: 0, minWaitMs: 100, maxWaitMs: 7 });
});

it('doubles the wait up to the longest, with a tenth by chance', () => {
  const policy = { retries: 9, minWaitMs: 100, maxWaitMs: 500, totalTimeoutMs: 1 };
  expect([1, 2, 3, 4, 60].map((retry) => waitBeforeRetryMs(policy, retry, 0))).toEqual([100, 200, 400, 500, 500]);
  expect(waitBeforeRetryMs(policy, 1, 0.999)).toBe(110);
});

it('ends a pause with the reason of the signal', async () => {
  const controller = new AbortController();
  const pausing = pause(60_000, controller.signal);
  controller.abort(new TypeError('enough'));
  await expect(pausing).rejects.toThrow('enough');
});
