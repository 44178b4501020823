import type { EventListener, ReportStatus } from '@psyberg/core';
import type { Io } from './io.ts';
import type { LogLevel } from './render/event-text.ts';
import type { JsonObject } from './render/json-values.ts';
import type { Screen } from './render/style.ts';

/** The flags that every command has. */
export interface GlobalOptions {
  readonly config?: string;
  readonly json: boolean;
  readonly outputFile?: string;
  readonly logLevel: LogLevel;
  readonly quiet: boolean;
  readonly color: boolean;
  readonly yes: boolean;
}

/** What a command gets besides its own arguments. */
export interface CommandContext {
  readonly io: Io;
  readonly globals: GlobalOptions;
  /** Aborted at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  readonly onEvent: EventListener;
  /** Asks before something large or destructive. @throws {UsageError} nobody can be asked and `--yes` is not given, or the answer is no */
  readonly confirm: (question: string) => Promise<void>;
}

/** What a command came to; how it is shown is decided by the caller. */
export interface Answer {
  readonly status: ReportStatus;
  /** One of `EXIT`, but for what `--empty-exit-code` asks for. */
  readonly exitCode: number;
  readonly next: readonly string[];
  /** Its own keys of the `--json` document. */
  readonly keys: JsonObject;
  /** The same for people. */
  readonly lines: (screen: Screen) => readonly string[];
  /** `deed`: `--quiet` leaves it out when it went well. `question`: the answer is what was asked for. */
  readonly kind: 'deed' | 'question';
}

/** One file in `commands/` exports one of these as `run`. */
export type Command<Options> = (context: CommandContext, args: readonly string[], options: Options) => Promise<Answer>;
