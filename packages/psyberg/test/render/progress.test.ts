import type { PsybergEvent } from '@psyberg/core';
import { describe, expect, it, vi } from 'vitest';
import { liveLines, startProgress } from '../../src/render/progress.ts';
import { colourPaint, noPaint } from '../../src/render/style.ts';
import { name, SESSION } from '../support/reports.ts';

const signup = name('signup_f');
const EVENTS: readonly PsybergEvent[] = [
  { kind: 'chain-started', processes: [signup, name('cancel_f')], session: SESSION },
  { kind: 'process-started', process: signup, session: SESSION },
  { kind: 'step-started', process: signup, session: SESSION, step: 'write' },
  { kind: 'step-progress', process: signup, step: 'write', fraction: 0.5, files: 2, rows: 1200 },
  { kind: 'warning', process: signup, message: '3 rows have no event time' },
  {
    kind: 'step-finished',
    process: signup,
    session: SESSION,
    step: 'write',
    elapsedMs: 1234,
    message: 'wrote 1,200 rows',
  },
  { kind: 'process-finished', process: signup, status: 'ok', elapsedMs: 1500 },
];

function play(level: 'error' | 'info' | 'debug') {
  const written: string[] = [];
  const progress = startProgress({
    write: (text) => written.push(text),
    live: false,
    width: () => 80,
    level,
    paint: noPaint,
    now: () => 0,
  });
  for (const event of EVENTS) progress.onEvent(event);
  progress.stop();
  return written.join('');
}

describe('plain progress', () => {
  it('tells each finished step and each warning', () => {
    expect(play('info')).toBe(
      'warning: signup_f: 3 rows have no event time\nsignup_f: write wrote 1,200 rows (1.2 s)\n',
    );
  });
  it('is silent when it is to be quiet, and tells all when asked', () => {
    expect(play('error')).toBe('');
    expect(play('debug').split('\n')).toHaveLength(EVENTS.length + 1);
  });
});

describe('live progress', () => {
  it('has one line for each running process: step, elapsed, files and rows', () => {
    const running = [
      { process: 'signup_f', startedMs: 0, step: 'write', detail: '50 %, 2 files, 1,200 rows' },
      { process: 'account_state_d', startedMs: 1000, step: 'init', detail: '' },
    ];
    const lines = liveLines(running, { total: 4, done: 1, nowMs: 2500, width: 60 }, noPaint);
    expect(`\n${lines.join('\n')}\n`).toMatchInlineSnapshot(`
      "
      ⠴ signup_f         write       2.5 s  50 %, 2 files, 1,200…
      ⠴ account_state_d  init        1.5 s
        1 of 4 processes done
      "
    `);
  });

  it('leaves nothing behind but what was said', () => {
    vi.useFakeTimers();
    const written: string[] = [];
    const progress = startProgress({
      write: (text) => written.push(text),
      live: true,
      width: () => 80,
      level: 'info',
      paint: colourPaint,
      now: () => 0,
    });
    for (const event of EVENTS.slice(0, 4)) progress.onEvent(event);
    vi.advanceTimersByTime(100);
    progress.say('hello');
    progress.stop();
    vi.useRealTimers();
    expect(screenAfter(written.join(''))).toEqual(['hello', '']);
  });
});

const ESCAPE = String.fromCharCode(27);
const UP_AND_CLEAR = `${ESCAPE}\\[\\d+A${ESCAPE}\\[0J`;

/** What a terminal shows after this: only line ends and the one sequence that is used are understood. */
function screenAfter(output: string): string[] {
  let lines = [''];
  for (const part of output.split(new RegExp(`(${UP_AND_CLEAR}|\n)`))) {
    if (new RegExp(UP_AND_CLEAR).test(part)) {
      const up = Number(part.slice(2, part.indexOf('A')));
      lines = [...lines.slice(0, lines.length - 1 - up), ''];
    } else if (part === '\n') lines.push('');
    else lines[lines.length - 1] += part;
  }
  return lines;
}
