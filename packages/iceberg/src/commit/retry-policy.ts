import { setTimeout as sleep } from 'node:timers/promises';

/** How often a lost race is run again, and how long to wait before. */
export interface RetryPolicy {
  /** Attempts after the first. */
  readonly retries: number;
  readonly minWaitMs: number;
  readonly maxWaitMs: number;
  /** No attempt is begun once this much time has passed. */
  readonly totalTimeoutMs: number;
}

/** From the table's `commit.retry.*` properties, with the defaults of Java. */
export const commitRetryPolicy = (properties: Readonly<Record<string, string>>): RetryPolicy =>
  policyOf(properties, 'commit.retry', { retries: 4, minWaitMs: 100, maxWaitMs: 60_000, totalTimeoutMs: 1_800_000 });

/** From the table's `commit.status-check.*` properties: how to look again after an unknown outcome. */
export const statusCheckPolicy = (properties: Readonly<Record<string, string>>): RetryPolicy =>
  policyOf(properties, 'commit.status-check', {
    retries: 3,
    minWaitMs: 1_000,
    maxWaitMs: 60_000,
    totalTimeoutMs: 1_800_000,
  });

/**
 * The wait before a retry, counted from 1: doubled each time, up to the longest, and up to a tenth more by chance, so that
 * writers who lost to the same commit do not meet again.
 *
 * @param random in [0, 1)
 */
export function waitBeforeRetryMs(policy: RetryPolicy, retry: number, random: number): number {
  const wait = Math.min(policy.maxWaitMs, policy.minWaitMs * 2 ** (retry - 1));
  return Math.round(wait * (1 + random * 0.1));
}

/** Rejects with the signal's reason when it is aborted meanwhile. */
export async function pause(durationMs: number, signal?: AbortSignal): Promise<void> {
  try {
    await sleep(durationMs, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

function policyOf(properties: Readonly<Record<string, string>>, prefix: string, defaults: RetryPolicy): RetryPolicy {
  const read = (name: string, fallback: number): number => {
    const text = properties[`${prefix}.${name}`];
    return text !== undefined && /^\d+$/.test(text) ? Number(text) : fallback;
  };
  return {
    retries: read('num-retries', defaults.retries),
    minWaitMs: read('min-wait-ms', defaults.minWaitMs),
    maxWaitMs: read('max-wait-ms', defaults.maxWaitMs),
    totalTimeoutMs: read('total-timeout-ms', defaults.totalTimeoutMs),
  };
}
