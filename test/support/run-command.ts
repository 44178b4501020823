import { main } from 'psyberg';

export interface CommandResult {
  readonly exitCode: number;
  /** What stood on stdout, parsed; only with `--json`. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into documents of every command
  readonly document: any;
  readonly stderr: string;
}

/** Runs a command line in this process, as if typed in `cwd` with nobody at a terminal. */
export async function runCommand(cwd: string, ...words: readonly string[]): Promise<CommandResult> {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const exitCode = await main(words, {
    stdout: { write: (text) => stdout.push(text) },
    stderr: { write: (text) => stderr.push(text), isTTY: false, columns: 120 },
    env: {},
    cwd,
    now: Date.now,
    onSignal: () => () => undefined,
  });
  const text = stdout.join('');
  return { exitCode, document: text === '' ? undefined : JSON.parse(text), stderr: stderr.join('') };
}
