import type { SourceSpec, TargetRow } from '../history.ts';
import { LANDED, MOMENT, type Span } from './hours.ts';
import type { ProcessState } from './process-state.ts';

/** A row; of a source also the number of the commit that brought it, which tells it from the same row brought again. */
export interface ModelRow extends TargetRow {
  readonly landing?: number;
}

/** What a table held after one commit. Snapshots are told apart by being the same object. */
export interface ModelSnapshot {
  readonly rows: readonly ModelRow[];
  /** Where the commit changed something; nothing for a compaction. */
  readonly changed: readonly Span[];
  /** Spans of the values it brought. */
  readonly brought: readonly Span[];
  readonly kind: 'append' | 'overwrite' | 'replace';
  /** Readers may take more for changed than `changed` says: what lies in the same files. */
  readonly isVague?: true;
  /** Of a target, where a session of ours made the snapshot: what holds of its process from then on. */
  readonly state?: ProcessState;
  /** Somebody else's rows came. */
  readonly isForeign?: true;
  /** What the source dropped by its retention. */
  readonly dropped?: readonly ModelRow[];
}

/** What happened in a table since some process read it. */
export interface ModelChange {
  readonly changed: readonly Span[];
  readonly brought: readonly Span[];
  /** What was dropped by retention, each time with what was left. */
  readonly drops: readonly { readonly rows: readonly ModelRow[]; readonly left: readonly ModelRow[] }[];
}

/** A table of the oracle: all its snapshots up to the head, whether they are still there or have expired. */
export class ModelTable {
  /** Absent for targets. */
  readonly source: SourceSpec | undefined;
  /** Every event before it has arrived, as the producer says. */
  declared: number | undefined;
  /** Whether there may be a snapshot that this model knows nothing of, so that going back by their number says little. */
  isUnsure = false;
  readonly #lineage: ModelSnapshot[] = [];
  /** Of a target: what its property says, and the snapshot that it was said of. */
  #said: { readonly of: ModelSnapshot | undefined; readonly state: ProcessState } | undefined;
  readonly #declaredOf = new Map<ModelSnapshot | undefined, number | undefined>();
  readonly #forgotten = new Set<ModelSnapshot>();
  /** Where the table was before it went back from there. */
  readonly #abandoned = new Set<ModelSnapshot>();

  constructor(source?: SourceSpec) {
    this.source = source;
  }

  get head(): ModelSnapshot | undefined {
    return this.#lineage.at(-1);
  }

  get rows(): readonly ModelRow[] {
    return this.head?.rows ?? [];
  }

  /** What the producer said while the snapshot was the head, the last word of it. */
  declaredAt(snapshot: ModelSnapshot | undefined): number | undefined {
    return snapshot === this.head ? this.declared : this.#declaredOf.get(snapshot);
  }

  push(snapshot: ModelSnapshot): void {
    this.#declaredOf.set(this.head, this.declared);
    this.#lineage.push(snapshot);
    if (snapshot.state !== undefined) this.say(snapshot.state);
  }

  /** A session that changed no row leaves what it came to in a property alone. */
  say(state: ProcessState): void {
    this.#said = { of: this.head, state };
  }

  /** What holds of the target's process where this is the head: what was said last of it or one before it, or what a session left in one. */
  heldAt(snapshot: ModelSnapshot | undefined): ProcessState | undefined {
    let isFrozen = false;
    for (let n = snapshot === undefined ? -1 : this.#lineage.indexOf(snapshot); n >= 0; n -= 1) {
      const one = this.#lineage[n]!;
      isFrozen ||= one.isForeign === true;
      const state = this.#said?.of === one ? this.#said.state : one.state;
      if (state !== undefined) return isFrozen ? { ...state, frozen: true } : state;
    }
    return undefined;
  }

  /** On the axis by which the table is read: of its own time, or of landing, where all of a history is one moment. */
  spanOf(row: TargetRow): Span {
    if (this.source?.time === 'landing') return { start: LANDED, end: LANDED + MOMENT };
    return { start: row.ts, end: row.ts + widthOf(this.source) };
  }

  /** @returns by how many snapshots it really went back */
  rollBack(snapshots: number): number {
    const steps = Math.min(snapshots, this.#listed() - 1);
    if (steps <= 0) return 0;
    for (const snapshot of this.#lineage.splice(-steps)) this.#abandoned.add(snapshot);
    return steps;
  }

  /** How many snapshots there are from the head back without a gap. */
  #listed(): number {
    return this.#lineage.length - 1 - this.#lineage.findLastIndex((snapshot) => this.#forgotten.has(snapshot));
  }

  hasForgotten(snapshot: ModelSnapshot): boolean {
    return this.#forgotten.has(snapshot);
  }

  /** All snapshots but the head and those with a tag go. */
  expire(tagged: readonly ModelSnapshot[]): void {
    for (const snapshot of [...this.#lineage.slice(0, -1), ...this.#abandoned])
      if (!tagged.includes(snapshot)) this.#forgotten.add(snapshot);
  }

  /** Whether only appends came after the snapshot, so that what is new can be told even when it has expired. */
  onlyAppendsSince(mark: ModelSnapshot): boolean {
    const place = this.#lineage.indexOf(mark);
    return place >= 0 && this.#lineage.slice(place + 1).every(({ kind }) => kind === 'append');
  }

  /** Whether the head comes after the snapshot. */
  isAhead(mark: ModelSnapshot): boolean {
    return this.#lineage.slice(0, -1).includes(mark);
  }

  /** Whether it is known just which intervals a reader takes for changed. */
  isPlainSince(mark: ModelSnapshot | undefined): boolean {
    const place = mark === undefined ? -1 : this.#lineage.indexOf(mark);
    if (mark === undefined) return true;
    const later = this.#lineage.slice(place + 1);
    return place >= 0 && later.every((snapshot) => !snapshot.isVague && !this.#forgotten.has(snapshot));
  }

  /** Where going back would lead. */
  earlier(snapshots: number): ModelSnapshot | undefined {
    const steps = Math.min(snapshots, this.#listed() - 1);
    return this.#lineage.at(-1 - Math.max(0, steps));
  }

  /** Whether rows that were there are not there any more, but for what was dropped. */
  tookBack(mark: ModelSnapshot | undefined, pin: ModelSnapshot | undefined): boolean {
    if (mark === undefined) return false;
    const dropped = this.since(mark, pin).drops.flatMap(({ rows }) => rows);
    return without(without(mark.rows, pin?.rows ?? []), dropped).length > 0;
  }

  hasDroppedSince(mark: ModelSnapshot | undefined): boolean {
    return this.since(mark, this.head).drops.some(({ rows }) => rows.length > 0);
  }

  /** Rows that came more often than they were there at the mark; what was dropped has come all the same, as far as it can be read. */
  newSince(mark: ModelSnapshot | undefined, pin: ModelSnapshot | undefined): ModelRow[] {
    const dropped = this.#stepsBetween(mark, pin)?.flatMap((snapshot) => snapshot.dropped ?? []);
    return without([...(pin?.rows ?? []), ...(dropped ?? [])], mark?.rows ?? []);
  }

  hasStepsSince(mark: ModelSnapshot): boolean {
    return this.#stepsBetween(mark, this.head) !== undefined;
  }

  /** Undefined: the way from one to the other cannot be told step by step, or begins at nothing. */
  #stepsBetween(mark: ModelSnapshot | undefined, pin: ModelSnapshot | undefined): ModelSnapshot[] | undefined {
    const [from, to] = [mark, pin].map((snapshot) => (snapshot === undefined ? -1 : this.#lineage.indexOf(snapshot)));
    if (from! < 0 || to! < from! || this.#lineage.slice(from, to! + 1).some((one) => this.#forgotten.has(one)))
      return undefined;
    return this.#lineage.slice(from! + 1, to! + 1);
  }

  /** @param mark the snapshot up to which was read; undefined: nothing was. @param pin the snapshot to look up to */
  since(mark: ModelSnapshot | undefined, pin: ModelSnapshot | undefined): ModelChange {
    if (mark === undefined) {
      const brought = (pin?.rows ?? []).map((row) => this.spanOf(row));
      return { changed: brought, brought, drops: [] };
    }
    const steps = this.#stepsBetween(mark, pin);
    if (steps !== undefined) {
      return {
        changed: steps.flatMap((snapshot) => snapshot.changed),
        brought: steps.flatMap((snapshot) => snapshot.brought),
        drops: steps.flatMap(({ dropped: rows, rows: left }) => (rows === undefined ? [] : [{ rows, left }])),
      };
    }
    // Rolled back behind it, or it has expired: what is there at one end only has come or gone.
    const [come, gone] = [without(pin?.rows ?? [], mark.rows), without(mark.rows, pin?.rows ?? [])];
    const brought = come.map((row) => this.spanOf(row));
    // Where the table retains, nobody else takes rows away.
    if (this.source?.retains) return { changed: brought, brought, drops: [{ rows: gone, left: pin?.rows ?? [] }] };
    return { changed: [...brought, ...gone.map((row) => this.spanOf(row))], brought, drops: [] };
  }
}

/** Rows as a multiset. */
export function without(rows: readonly ModelRow[], taken: readonly ModelRow[]): ModelRow[] {
  const counts = new Map<string, number>();
  for (const row of taken) counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + 1);
  return rows.filter((row) => {
    const left = counts.get(keyOf(row)) ?? 0;
    counts.set(keyOf(row), left - 1);
    return left <= 0;
  });
}

const keyOf = ({ id, ts, key, n, value, label, landing }: ModelRow): string =>
  [id, ts, key, n, value, label, landing].join('|');

/** How long the span of one value is, in minutes. */
function widthOf(source: SourceSpec | undefined): number {
  return source?.time === 'date_hour' ? 60 : source?.time === 'date' ? 1440 : MOMENT;
}
