import type { ModelSnapshot } from './model-table.ts';

/** How far a table is complete is promised, or guessed from what has been seen. */
export interface Completeness {
  readonly until: number;
  readonly basis: 'declared' | 'seen';
}

/** What a target knows of its process. */
export interface ProcessState {
  /** For each input the snapshot up to which its changes are in the target; absent before the first session. */
  readonly marks: readonly (ModelSnapshot | undefined)[];
  /** For each input the end of the latest value seen. */
  readonly seen: readonly (number | undefined)[];
  readonly upper?: number;
  readonly lower?: number;
  readonly signal?: Completeness;
  /** Starts of intervals still to be computed. */
  readonly pending: readonly number[];
  /** Those of them that never were. */
  readonly fresh: readonly number[];
  readonly skipped: ReadonlySet<number>;
  /** For each input the starts of intervals that it has dropped by its retention. */
  readonly dropped: readonly ReadonlySet<number>[];
  /** A stateless session in parts: what it reads up to, and the intervals already appended. */
  readonly part?: { readonly pins: readonly (ModelSnapshot | undefined)[]; readonly done: readonly number[] };
  /** Whether intervals were ever left as they were, so that the past matters. */
  readonly frozen: boolean;
  /** Whether a person ever had a change skipped. */
  readonly hasSkipped?: true;
}

export const NEVER_RUN: ProcessState = {
  marks: [],
  seen: [],
  pending: [],
  fresh: [],
  skipped: new Set(),
  dropped: [],
  frozen: false,
};
