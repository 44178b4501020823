import type { RunOptions } from '@psyberg/core';
import type { House } from '../exactly-once/house.ts';

/** A run in parts of one interval each that dies when the given session of a process is planned. */
export async function runThatDies(house: House, process: string, part: number, options: RunOptions = {}) {
  const stop = new AbortController();
  let begun = 0;
  const project = await house.project({
    onEvent: (e) => {
      if (e.kind === 'step-started' && e.process === process && e.step === 'init' && ++begun === part) stop.abort();
    },
  });
  return house.run({ maxIntervals: 1, signal: stop.signal, ...options }, project);
}
