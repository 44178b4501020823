export interface Raced {
  /** How often processes ended with which status. */
  readonly counts: Readonly<Record<string, number>>;
  readonly problems: readonly string[];
}

export const RACES: Readonly<Record<string, unknown>>;
export function playRace(folder: string, name: string, rounds: number, seed: number): Promise<Raced>;
