import type { Act, ProcessSpec, SourceRow, SourceSpec, TargetRow } from './history.ts';
import { targetTableOf } from './history.ts';
import type { Random } from './random.ts';

/** Keys that the lookup knows from the start, keys that it learns, and one that it never knows. */
const KEYS = [0, 0, 1, 2, 10, 11, 12, 99];

/** Draws the rows that come to the tables of a history; each has an id of its own. */
export class RowMaker {
  readonly #random: Random;
  /** Of a tick, in minutes. */
  readonly #length: number;
  readonly #ids = new Map<string, number[]>();
  #lastId = 0;

  constructor(random: Random, length: number) {
    this.#random = random;
    this.#length = length;
  }

  /**
   * What comes to a source at a tick; it may be nothing.
   *
   * @param showsGaps - a reader makes a row for each interval, so that what is done up to it shows
   */
  arrivals(source: SourceSpec, tick: number, showsGaps: boolean): SourceRow[] {
    const random = this.#random;
    const length = this.#length;
    const rows: SourceRow[] = [];
    const row = (start: number, end: number) => rows.push(this.#row(source, start, end));
    const now = tick * length;
    // A source may be quiet, and may still bring what is late.
    if (random.chance(0.8)) for (let n = random.between(1, 4); n > 0; n -= 1) row(now, now + length);
    if (tick > 0 && random.chance(source.retains ? 0.6 : 0.35))
      for (let n = random.between(1, 2); n > 0; n -= 1) row(now - length * random.between(1, tick), now);
    // Below the first interval too.
    if (random.chance(showsGaps ? 0.3 : 0.06)) row(-3 * (tick + 1) * length, 0);
    if (random.chance(0.1)) row(now + length, now + 2 * length);
    if (random.chance(0.05)) rows.push({ ...this.#row(source, now, now + length), at: null });
    return rows;
  }

  /** Takes rows away, and mostly brings what they should have been. */
  overwrite(source: SourceSpec, tick: number): Act {
    const known = this.#ids.get(source.table) ?? [];
    const taken = known.length === 0 ? [] : [this.#random.pick(known)];
    const now = (tick + 1) * this.#length;
    const rows = this.#random.chance(0.6) ? [this.#row(source, 0, now)] : [];
    // What was there twice, and what is written again without a change, is told from what is new by counting.
    const doubled = known.filter((id) => !taken.includes(id));
    const again = doubled.length > 0 && this.#random.chance(0.25) ? { again: [this.#random.pick(doubled)] } : {};
    return { do: 'overwrite', table: source.table, without: taken, ...again, rows };
  }

  /** A row that another writer brings to a target. */
  foreignAppend(process: ProcessSpec, tick: number): Act {
    this.#lastId += 1;
    const length = { '15m': 15, hour: 60, day: 1440 }[process.grain];
    const moment = this.#random.between(-this.#length, (tick + 1) * this.#length);
    const row: TargetRow = {
      ...(process.kind === 'copy' ? { id: 100_000 + this.#lastId } : { n: 1 }),
      ts: Math.floor(moment / length) * length,
      key: 1000 + this.#lastId,
      value: 7,
      ...(process.labelled ? { label: null } : {}),
    };
    return { do: 'foreign append', table: targetTableOf(process), rows: [row] };
  }

  #row(source: SourceSpec, start: number, end: number): SourceRow {
    this.#lastId += 1;
    const known = this.#ids.get(source.table) ?? [];
    this.#ids.set(source.table, [...known, this.#lastId]);
    return {
      id: this.#lastId,
      key: this.#random.pick(KEYS),
      value: this.#random.between(-20, 100),
      at: this.#momentIn(source, start, end),
    };
  }

  /** Now and then on the border of an interval. */
  #momentIn(source: SourceSpec, start: number, end: number): number {
    const moment = this.#random.between(start, end - 1);
    switch (source.time) {
      case 'date_hour':
        return Math.floor(moment / 60) * 60;
      case 'date':
        return Math.floor(moment / 1440) * 1440;
      default:
        return this.#random.chance(0.15) ? Math.floor(moment / 60) * 60 : moment;
    }
  }
}
