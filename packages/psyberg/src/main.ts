/**
 * The command line. Parses, hands over to the command that was typed, and maps what came of it to the exit status. Everything
 * heavier than commander is imported only when a command runs.
 */
import { type Command as Commander, CommanderError } from 'commander';
import type { GlobalOptions } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { type Io, processIo } from './io.ts';
import { createProgram, withOurSpellings } from './program.ts';
import { VERSION } from './version.ts';

/**
 * Runs one command line and resolves to its exit status; never rejects for what a user can do.
 *
 * @param argv the words after the program's name
 */
export async function main(argv: readonly string[], io: Io = processIo()): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = createProgram(VERSION, async (call) => {
    const { runCommand } = await import('./run-command.ts');
    exitCode = await runCommand(call, globalsOf(program), io);
  });
  const complaints: string[] = [];
  quietly(program, complaints, io);
  try {
    await program.parseAsync(withOurSpellings(argv), { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return reportUsage(error, complaints, commandIn(program, argv), argv, io);
    return reportFailure(error, commandIn(program, argv), argv, io);
  }
}

/** Gathers what commander complains about, here and in every command, instead of printing it. */
function quietly(program: Commander, complaints: string[], io: Io): void {
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => complaints.push(text),
    });
  }
}

/** The command that was typed, where one was. */
const commandIn = (program: Commander, argv: readonly string[]): string | undefined =>
  argv.find((word) => program.commands.some((command) => command.name() === word));

function globalsOf(program: Commander): GlobalOptions {
  const flags = program.opts<Partial<GlobalOptions>>();
  return {
    json: flags.json ?? false,
    quiet: flags.quiet ?? false,
    color: flags.color ?? true,
    yes: flags.yes ?? false,
    logLevel: flags.logLevel ?? 'info',
    ...(flags.config === undefined ? {} : { config: flags.config }),
    ...(flags.outputFile === undefined ? {} : { outputFile: flags.outputFile }),
  };
}

/** `--help` and `--version` ended well; everything else was typed wrongly: exit 2, nothing begun. */
function reportUsage(
  error: CommanderError,
  complaints: readonly string[],
  typed: string | undefined,
  argv: readonly string[],
  io: Io,
): number {
  if (error.exitCode === 0) return EXIT.ok;
  if (error.code === 'commander.help') {
    io.stderr.write(complaints.join(''));
    return EXIT.usage;
  }
  const complaint = complaints
    .join('')
    .trim()
    .replace(/^error: /, '')
    .replace(/\n\((Did you mean .*)\)$/s, ' ($1)')
    .replace(/\.+$/, '');
  const message = `${complaint}. Nothing was begun.`;
  const next = typed === undefined ? 'psyberg --help' : `psyberg ${typed} --help`;
  io.stderr.write(`✖ ${message}\nNext: ${next}\n`);
  printFailure({ code: 'PSY_USAGE', outcome: 'terminal', message }, EXIT.usage, { typed, next: [next] }, argv, io);
  return EXIT.usage;
}

/** Something that stopped before any command could answer for it. */
async function reportFailure(
  error: unknown,
  typed: string | undefined,
  argv: readonly string[],
  io: Io,
): Promise<number> {
  const [{ errorLines }, { exitCodeOfError }, { errorKeys }, { noPaint }] = await Promise.all([
    import('./render/error-lines.ts'),
    import('./exit-codes.ts'),
    import('./render/json-document.ts'),
    import('./render/style.ts'),
  ]);
  const lines = errorLines(error, { paint: noPaint, width: io.stderr.columns }, { debug: argv.includes('debug') });
  io.stderr.write(`${lines.join('\n')}\n`);
  const exitCode = exitCodeOfError(error);
  printFailure(errorKeys(error), exitCode, { typed, next: ['psyberg --help'] }, argv, io);
  return exitCode;
}

/** The `--json` document of a failure that no command answered for. */
function printFailure(
  error: object,
  exitCode: number,
  { typed, next }: { readonly typed: string | undefined; readonly next: readonly string[] },
  argv: readonly string[],
  io: Io,
): void {
  if (!argv.includes('--json')) return;
  const document = { schemaVersion: 1, command: typed ?? null, status: 'failed', exitCode, next, error };
  io.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
}
