/**
 * Events as they arrive: 97 % in the hour they happened, 2 % an hour late, 0.9 % up to a day, 0.1 % up to 150 days. The same seed gives
 * the same events.
 */
import { randomOf } from '../test/support/random.mjs';

const HOUR_US = 3_600_000_000n;
export const HISTORY_DAYS = 150;

export class Arrivals {
  #next;
  #id;

  constructor(seed, firstId) {
    this.#next = randomOf(seed);
    this.#id = firstId;
  }

  /** What lands in hour `hour` (since the epoch): rows with their event hour. */
  in(hour, count) {
    return Array.from({ length: count }, () => {
      const eventHour = hour - this.#lateness();
      const us = BigInt(eventHour) * HOUR_US + BigInt(Math.floor(this.#next() * 3_599_000_000));
      return { eventHour, row: { play_id: this.#id++, played_ts: isoOf(us), title: Math.floor(this.#next() * 50) } };
    });
  }

  #lateness() {
    const draw = this.#next();
    if (draw < 0.97) return 0;
    if (draw < 0.99) return 1;
    if (draw < 0.999) return 2 + Math.floor(this.#next() * 23);
    return 25 + Math.floor(this.#next() * (HISTORY_DAYS * 24 - 25));
  }
}

const isoOf = (us) => new Date(Number(us / 1_000n)).toISOString();
