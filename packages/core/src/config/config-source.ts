import type { ConfigProblem } from '../errors.ts';
import type { ConfigPath } from './config-path.ts';

/** 1-based. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A configuration file as it was read, before anything in it is believed. */
export interface ConfigSource {
  /** Absolute. */
  readonly file: string;
  readonly value: unknown;
  /**
   * Where a key or a value stands in the text; where the path goes on beyond what is written, the nearest thing above.
   * Undefined where the file is a program.
   */
  place(path: ConfigPath, at: 'key' | 'value'): Place | undefined;
}

/** A file that could not even be read as a configuration. */
export interface UnreadableConfig {
  readonly problems: readonly ConfigProblem[];
}
