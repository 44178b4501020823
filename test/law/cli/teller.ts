import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Mutant } from '../mutants.ts';
import type { Answer, Order } from './worker.ts';

const WORKER = fileURLToPath(new URL('worker.ts', import.meta.url));
const MUTATE = new URL('mutate.mjs', import.meta.url).href;
/** A history takes half a second; one that takes so long does not end. */
const HISTORY_MS_MAX = 120_000;

/** A process that tells histories, with one fault in the product if wanted. */
export class Teller {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(mutant?: Mutant): Promise<Teller> {
    const child = fork(WORKER, {
      execArgv: ['--conditions=source', '--import', MUTATE, '--import', 'tsx'],
      env: { ...process.env, TZ: 'America/New_York', LAW_MUTANT: mutant === undefined ? '' : JSON.stringify(mutant) },
    });
    const [first] = await Promise.race([once(child, 'message'), once(child, 'exit')]);
    if (first !== 'ready') throw new TypeError(`a worker ended with ${first} before it had begun`);
    return new Teller(child);
  }

  /** Answers never overlap. A worker that dies, or does not end, counts as a broken law. */
  async ask(order: Order, millisecondsMax = HISTORY_MS_MAX): Promise<Answer | { readonly problem: string }> {
    this.#child.send(order);
    const over = new AbortController();
    const { signal } = over;
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), millisecondsMax);
    try {
      return await Promise.race([
        once(this.#child, 'message', { signal }).then(([answer]) => answer as Answer),
        once(this.#child, 'exit', { signal }).then(([code]) => ({ problem: this.#lastWord(code, millisecondsMax) })),
      ]);
    } finally {
      clearTimeout(timer);
      over.abort();
    }
  }

  #lastWord(code: unknown, millisecondsMax: number): string {
    return this.#child.killed
      ? `not told to its end within ${millisecondsMax / 1000} s`
      : `the worker died with status ${code}`;
  }

  get isAlive(): boolean {
    return this.#child.connected;
  }

  async stop(): Promise<void> {
    if (!this.#child.connected) return;
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }
}
