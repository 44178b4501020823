import type { Io } from '../../src/io.ts';

/** Captures what a command writes; nobody answers questions unless told. */
export interface TestIo {
  readonly io: Io;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** As if SIGINT had come. */
  readonly interrupt: () => void;
}

export function testIo(
  options: {
    readonly cwd?: string;
    readonly env?: Readonly<Record<string, string | undefined>>;
    readonly isTTY?: boolean;
    readonly ask?: (question: string) => Promise<boolean>;
    readonly now?: () => number;
  } = {},
): TestIo {
  const out: string[] = [];
  const err: string[] = [];
  const listeners = new Set<(count: number) => void>();
  return {
    io: {
      stdout: { write: (text) => out.push(text) },
      stderr: { write: (text) => err.push(text), isTTY: options.isTTY ?? false, columns: 120 },
      env: options.env ?? {},
      cwd: options.cwd ?? process.cwd(),
      now: options.now ?? Date.now,
      ...(options.ask === undefined ? {} : { ask: options.ask }),
      onSignal: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    stdout: () => out.join(''),
    stderr: () => err.join(''),
    interrupt: () => {
      for (const listener of listeners) listener(1);
    },
  };
}
