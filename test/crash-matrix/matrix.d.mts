export interface MatrixOptions {
  readonly share?: number;
  readonly most?: number;
  readonly points?: readonly number[];
  readonly fine?: boolean;
  readonly photographs?: boolean;
  readonly only?: string;
  readonly seedless?: boolean;
}

export interface Played {
  /** Points at which a process died, by scenario. */
  readonly deaths: ReadonlyMap<string, readonly number[]>;
  readonly problems: readonly string[];
}

export function playMatrix(folder: string, seed: number, options?: MatrixOptions): Promise<Played>;
