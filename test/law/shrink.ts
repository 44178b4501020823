import type { History } from './history.ts';

/**
 * A shorter history that still breaks the law: leaves out events, then rows, one at a time, as long as the problem stays.
 *
 * @param isBroken tells the history anew; the last shape for which it was true is returned
 */
export async function shrink(history: History, isBroken: (history: History) => Promise<boolean>): Promise<History> {
  let current = history;
  for (let goOn = true; goOn; ) {
    goOn = false;
    for (const candidate of smaller(current)) {
      if (!(await isBroken(candidate))) continue;
      current = candidate;
      goOn = true;
      break;
    }
  }
  return current;
}

function* smaller(history: History): Generator<History> {
  for (let n = history.events.length - 1; n >= 0; n -= 1) {
    yield { ...history, events: history.events.filter((_, index) => index !== n) };
  }
  for (const [n, event] of history.events.entries()) {
    if (event.do !== 'append' || event.rows.length < 2) continue;
    for (const row of event.rows) {
      const rows = event.rows.filter((other) => other !== row);
      yield { ...history, events: history.events.with(n, { ...event, rows }) };
    }
  }
}
