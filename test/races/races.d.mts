export interface Raced {
  /** How often processes ended with which status. */
  readonly counts: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
}

export interface StoredAtOnce {
  /** Of each process, ascending. */
  readonly tookMs: readonly number[];
  /** Sessions that are not in the table afterwards. */
  readonly missing: readonly string[];
}

export function storeAtOnce(folder: string, players: number, sessionsEach: number): Promise<StoredAtOnce>;
export const RACES: Readonly<Record<string, unknown>>;
export function playRace(folder: string, name: string, rounds: number, seed: number): Promise<Raced>;
