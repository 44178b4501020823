import type { PsybergEvent } from '@psyberg/core';
import { eventLine, isTold, type LogLevel, progressText } from './event-text.ts';
import { cut, type Paint } from './style.ts';
import { formatElapsed } from './words.ts';

/** Shows events while a command works; `stop` leaves the screen as if nothing had been there. */
export interface Progress {
  onEvent(event: PsybergEvent): void;
  /** A line for people in between. */
  say(line: string): void;
  stop(): void;
}

export interface ProgressOptions {
  readonly write: (text: string) => void;
  readonly live: boolean;
  readonly width: () => number;
  readonly level: LogLevel;
  readonly paint: Paint;
  readonly now: () => number;
}

/** One status line for each running process on a terminal, plain lines elsewhere. */
export const startProgress = (options: ProgressOptions): Progress =>
  options.live ? liveProgress(options) : plainProgress(options);

function plainProgress({ write, level }: ProgressOptions): Progress {
  return {
    onEvent: (event) => {
      if (isTold(event, level)) write(`${eventLine(event)}\n`);
    },
    say: (line) => write(`${line}\n`),
    stop: () => {},
  };
}

interface Running {
  readonly process: string;
  readonly startedMs: number;
  step: string;
  detail: string;
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const TICK_MS = 100;

/**
 * Redraws a block at the bottom: each running process with its step, files, rows and elapsed time. Drawing happens on a timer
 * that keeps no process alive, so that a flood of progress costs nothing.
 */
function liveProgress({ write, width, level, paint, now }: ProgressOptions): Progress {
  const running = new Map<string, Running>();
  let total = 0;
  let done = 0;
  let drawn = 0;
  const erase = (): void => {
    if (drawn > 0) write(`\u001b[${drawn}A\u001b[0J`);
    drawn = 0;
  };
  const draw = (): void => {
    erase();
    const lines = liveLines([...running.values()], { total, done, nowMs: now(), width: width() }, paint);
    if (lines.length > 0) write(`${lines.join('\n')}\n`);
    drawn = lines.length;
  };
  const timer = setInterval(draw, TICK_MS);
  timer.unref();
  const say = (line: string): void => {
    erase();
    write(`${line}\n`);
    draw();
  };
  return {
    onEvent: (event) => {
      if (event.kind === 'chain-started') total = event.processes.length;
      if (event.kind === 'process-finished') done += 1;
      trackProcess(running, event, now());
      // What the block shows need not be said; the rest is.
      if (event.kind === 'warning' || level === 'debug') {
        if (isTold(event, level) && event.kind !== 'step-progress') say(paint('dim', eventLine(event)));
      }
    },
    say,
    stop: () => {
      clearInterval(timer);
      erase();
    },
  };
}

/** Keeps the processes that are running, with what they are at. */
function trackProcess(running: Map<string, Running>, event: PsybergEvent, nowMs: number): void {
  switch (event.kind) {
    case 'process-started':
      running.set(event.process, { process: event.process, startedMs: nowMs, step: '', detail: '' });
      return;
    case 'step-started': {
      const entry = running.get(event.process) ?? { process: event.process, startedMs: nowMs };
      running.set(event.process, { ...entry, step: event.step, detail: '' });
      return;
    }
    case 'step-progress': {
      const entry = running.get(event.process);
      if (entry !== undefined) entry.detail = progressText(event);
      return;
    }
    case 'step-finished':
      // A verification is a step without a process around it.
      if (event.step === 'verify') running.delete(event.process);
      return;
    case 'process-finished':
      running.delete(event.process);
      return;
    default:
      return;
  }
}

/** The block as it looks at one moment. */
export function liveLines(
  running: readonly { process: string; startedMs: number; step: string; detail: string }[],
  at: { readonly total: number; readonly done: number; readonly nowMs: number; readonly width: number },
  paint: Paint,
): string[] {
  if (running.length === 0) return [];
  const frame = FRAMES[Math.floor(at.nowMs / TICK_MS) % FRAMES.length]!;
  const nameWidth = Math.max(...running.map(({ process }) => process.length));
  const lines = running.map(({ process, startedMs, step, detail }) => {
    const elapsed = formatElapsed(at.nowMs - startedMs);
    const rest = [step.padEnd(7), elapsed.padStart(8), detail].filter((part) => part !== '').join('  ');
    const text = cut(`${process.padEnd(nameWidth)}  ${rest}`, at.width - 3);
    return `${paint('work', frame)} ${text.trimEnd()}`;
  });
  if (at.total > 1) lines.push(paint('dim', `  ${at.done} of ${at.total} processes done`));
  return lines;
}
