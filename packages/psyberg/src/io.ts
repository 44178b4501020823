import { createInterface } from 'node:readline/promises';

/** Where a command reads and writes; handed in by tests, the process itself otherwise. */
export interface Io {
  /** Only `--json` documents go here. */
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown; readonly isTTY: boolean; readonly columns: number };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly now: () => number;
  /** Asks a yes-or-no question; absent where nobody can answer. */
  readonly ask?: (question: string) => Promise<boolean>;
  /** Calls `listener` at each SIGINT and SIGTERM until the function returned is called. */
  readonly onSignal: (listener: (count: number) => void) => () => void;
}

/** The streams, environment and signals of this process. A second SIGINT or SIGTERM ends it at once with 130. */
export function processIo(): Io {
  // `psyberg … --json | head` closes our output early; that is no failure of ours.
  process.stdout.on('error', ignoreClosedPipe);
  process.stderr.on('error', ignoreClosedPipe);
  const interactive = process.stdin.isTTY === true && process.stderr.isTTY === true;
  return {
    stdout: process.stdout,
    stderr: {
      write: (text) => process.stderr.write(text),
      isTTY: process.stderr.isTTY === true,
      get columns() {
        // Some pseudo-terminals say that they are 0 columns wide.
        return process.stderr.columns || 100;
      },
    },
    env: process.env,
    cwd: process.cwd(),
    now: Date.now,
    ...(interactive ? { ask: askOnTerminal } : {}),
    onSignal: listenForSignals,
  };
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

async function askOnTerminal(question: string): Promise<boolean> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await prompt.question(`${question} [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    prompt.close();
  }
}

function listenForSignals(listener: (count: number) => void): () => void {
  let count = 0;
  const onSignal = (): void => {
    count += 1;
    if (count > 1) process.exit(130);
    listener(count);
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return () => {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  };
}
