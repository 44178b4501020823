/** Tells histories for the parent process, one message each. */
import { generateHistory } from '../generate.ts';
import type { History } from '../history.ts';
import { shrink } from '../shrink.ts';
import { countEvent, countHistory, type Tally } from '../tally.ts';
import { Stage } from '../tell.ts';

export type Order =
  | { readonly do: 'tell'; readonly seed: number }
  | { readonly do: 'tell history'; readonly history: History }
  | { readonly do: 'shrink'; readonly history: History };

export interface Answer {
  readonly history: History;
  /** null: the law held. */
  readonly problem: string | null;
  readonly tally: Tally;
}

const stage = await Stage.open();

async function tell(history: History): Promise<Answer> {
  const tally: Tally = {};
  countHistory(tally, history);
  const problem = await stage.tell(history, (event, outcome) => countEvent(tally, event, outcome));
  return { history, problem, tally };
}

async function carryOut(order: Order): Promise<Answer> {
  switch (order.do) {
    case 'tell':
      return tell(generateHistory(order.seed));
    case 'tell history':
      return tell(order.history);
    case 'shrink':
      return tell(await shrink(order.history, async (candidate) => (await stage.tell(candidate)) !== null));
  }
}

process.on('message', async (order: Order) => {
  process.send?.(await carryOut(order));
});
process.on('disconnect', async () => {
  await stage.close();
  process.exit(0);
});
process.send?.('ready');
