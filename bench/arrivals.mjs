/**
 * Events as they arrive: 97 % in the hour they happened, 2 % an hour late, 0.9 % up to a day, 0.1 % up to 150 days. The same seed gives
 * the same events.
 */
const HOUR_US = 3_600_000_000n;
export const HISTORY_DAYS = 150;

export class Arrivals {
  #state;
  #id;

  constructor(seed, firstId) {
    this.#state = seed >>> 0;
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

  /** Mulberry32: small, and good enough to deal out events. */
  #next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
}

const isoOf = (us) => new Date(Number(us / 1_000n)).toISOString();
