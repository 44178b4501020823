/**
 * Runs one command and shows what it came to: progress and words on stderr, one document on stdout with `--json`, one line for
 * each event in `--output-file`. The only place that knows all three.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { InterruptedError, UsageError } from '@psyberg/core';
import type { Answer, CommandContext, GlobalOptions } from './context.ts';
import { EXIT, exitCodeOfError, statusOfExitCode } from './exit-codes.ts';
import type { Io } from './io.ts';
import type { CommandModule } from './program.ts';
import { errorLines, nextOfError } from './render/error-lines.ts';
import { eventDocument } from './render/event-json.ts';
import type { LogLevel } from './render/event-text.ts';
import { errorKeys, jsonDocument } from './render/json-document.ts';
import type { JsonObject } from './render/json-values.ts';
import { asTyped, nextLines } from './render/marks.ts';
import { type Progress, startProgress } from './render/progress.ts';
import { choosePaint, type Screen } from './render/style.ts';

/** A command as it was typed. */
export interface Call {
  readonly command: string;
  readonly load: () => Promise<CommandModule>;
  readonly args: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
}

/** Runs the command; resolves to the exit status and never rejects for what the command did. */
export async function runCommand(call: Call, globals: GlobalOptions, io: Io): Promise<number> {
  const screen = screenOf(globals, io);
  let log: EventLog | undefined;
  try {
    log = globals.outputFile === undefined ? undefined : openEventLog(resolve(io.cwd, globals.outputFile));
  } catch (error) {
    return show(failureAnswer(error, globals.logLevel === 'debug', false), call.command, { globals, io, screen, log });
  }
  const interruption = new AbortController();
  const progress = startProgress({
    write: (text) => io.stderr.write(text),
    live: io.stderr.isTTY && !globals.quiet,
    width: () => io.stderr.columns,
    level: progressLevel(call.command, globals),
    paint: screen.paint,
    now: io.now,
  });
  const stopListening = io.onSignal(() => {
    interruption.abort();
    progress.say('Interrupted; finishing the current step. Press Ctrl-C again to stop at once.');
  });
  const context: CommandContext = {
    io,
    globals,
    signal: interruption.signal,
    onEvent: (event) => {
      log?.write(eventDocument(event, io.now()));
      progress.onEvent(event);
    },
    confirm: (question) => confirm(question, globals, io, progress),
  };
  try {
    const answer = await answerOf(call, context);
    progress.stop();
    return show(answer, call.command, { globals, io, screen, log });
  } finally {
    progress.stop();
    stopListening();
    log?.close();
  }
}

const STEPS: readonly string[] = ['init', 'write', 'audit', 'publish', 'commit'];

/** A step alone says what it did when it has done it; that need not be told twice. */
function progressLevel(command: string, { quiet, logLevel }: GlobalOptions): LogLevel {
  if (quiet) return 'error';
  return logLevel === 'info' && STEPS.includes(command) ? 'warn' : logLevel;
}

/** The answer of the command, or of its failure. */
async function answerOf(call: Call, context: CommandContext): Promise<Answer> {
  try {
    const { run } = await call.load();
    return await run(context, call.args, call.options as never);
  } catch (error) {
    return failureAnswer(error, context.globals.logLevel === 'debug', context.signal.aborted);
  }
}

/** A failure as an answer, so that it is shown like any other. */
function failureAnswer(failure: unknown, debug: boolean, interrupted: boolean): Answer {
  const error = interrupted ? asInterruption(failure) : failure;
  const exitCode = exitCodeOfError(error);
  return {
    status: statusOfExitCode(exitCode),
    exitCode,
    next: nextOfError(error),
    keys: { error: errorKeys(error) },
    lines: (screen) => errorLines(error, screen, { debug }),
    kind: 'question',
  };
}

/** What fails because the work was cut off is an interruption, whatever the engine calls it. */
function asInterruption(failure: unknown): InterruptedError {
  if (failure instanceof InterruptedError) return failure;
  return new InterruptedError(
    'Interrupted. What was published stays published, nothing else is visible to readers. The same command goes on from there.',
    { cause: failure },
  );
}

interface Outlets {
  readonly globals: GlobalOptions;
  readonly io: Io;
  readonly screen: Screen;
  readonly log: EventLog | undefined;
}

function show(answer: Answer, command: string, { globals, io, screen, log }: Outlets): number {
  const document = jsonDocument({ command, ...pick(answer) }, answer.keys);
  log?.write({ event: 'result', ...document });
  const troubled = answer.exitCode !== EXIT.ok;
  if (globals.json) io.stdout.write(`${JSON.stringify(document, null, 2)}\n`);
  // With --json the document is the answer; stderr then repeats only what went wrong.
  const silent = globals.json ? !troubled : globals.quiet && answer.kind === 'deed' && !troubled;
  if (!silent) {
    const lines = [...answer.lines(screen)];
    const next = nextLines(
      answer.next.map((line) => asTyped(line, io.env)),
      screen.paint,
    );
    if (next.length > 0 && lines.length > 1) lines.push('');
    io.stderr.write(`${[...lines, ...next].join('\n')}\n`);
  }
  return answer.exitCode;
}

const pick = ({ status, exitCode, next }: Answer) => ({ status, exitCode, next });

/** How wide the terminal is and whether it shows colours. */
function screenOf(globals: Pick<GlobalOptions, 'color'>, io: Io): Screen {
  const paint = choosePaint({ isTTY: io.stderr.isTTY, noColor: !globals.color, env: io.env });
  return { paint, width: io.stderr.columns };
}

async function confirm(question: string, globals: GlobalOptions, io: Io, progress: Progress): Promise<void> {
  if (globals.yes) return;
  if (io.ask === undefined || globals.json) {
    throw new UsageError(`${question} Nobody is here to answer, so nothing was done. Add --yes to say so beforehand.`);
  }
  progress.stop();
  if (!(await io.ask(question))) throw new UsageError('Nothing was done.');
}

interface EventLog {
  write(line: JsonObject): void;
  close(): void;
}

/** One JSON object per line, each on disk before the work goes on. @throws {UsageError} the file cannot be written */
function openEventLog(path: string): EventLog {
  let file: number;
  try {
    file = openSync(path, 'w');
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new UsageError(`--output-file ${path} cannot be written (${why}). Nothing was begun.`, { cause: error });
  }
  return {
    write: (line) => {
      writeSync(file, `${JSON.stringify(line)}\n`);
    },
    close: () => closeSync(file),
  };
}
