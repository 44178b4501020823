import { HeldError, InterruptedError, LeaseHeldError, NeedsDecisionError, SqlError, UsageError } from '@psyberg/core';
import { CommitConflictError, NoSuchTableError } from '@psyberg/iceberg';
import { describe, expect, it } from 'vitest';
import { chainEnding, type Ending, exitCodeOfError } from '../src/exit-codes.ts';

describe('exitCodeOfError', () => {
  it.each([
    [new UsageError('x'), 2],
    [new SqlError('x', { sql: 'select' }), 2],
    [new NoSuchTableError('x'), 2],
    [new HeldError('x'), 3],
    [new LeaseHeldError('x'), 4],
    [new CommitConflictError('x'), 4],
    [new NeedsDecisionError('x'), 6],
    [new InterruptedError('x'), 130],
    [new TypeError('x'), 1],
    [Object.assign(new Error('x'), { code: 'ENOENT' }), 1],
    ['a text', 1],
  ])('maps %s to %i', (error, exitCode) => {
    expect(exitCodeOfError(error)).toBe(exitCode);
  });
});

describe('chainEnding', () => {
  const held: Ending = { status: 'held', error: new HeldError('x') };
  const conflict: Ending = { status: 'conflict', error: new LeaseHeldError('x') };
  const interrupted: Ending = { status: 'failed', error: new InterruptedError('x') };
  const cases: [string, Ending[], number, string][] = [
    ['all well', [{ status: 'ok' }, { status: 'nothing_to_do' }], 0, 'ok'],
    ['nothing to do anywhere', [{ status: 'nothing_to_do' }], 0, 'nothing_to_do'],
    ['one held, the others well', [{ status: 'ok' }, held], 3, 'held'],
    ['two held', [held, held], 3, 'held'],
    ['troubles of two kinds', [held, conflict, { status: 'ok' }], 5, 'partial'],
    ['blocked ones do not count', [held, { status: 'blocked' }], 3, 'held'],
    [
      'blocked ones do not count even with a failure of their own',
      [held, { status: 'blocked', error: new Error('x') }],
      3,
      'held',
    ],
    ['an interruption is one, whatever else', [held, interrupted], 130, 'failed'],
    ['held without an error', [{ status: 'held' }], 3, 'held'],
  ];
  it.each(cases)('%s', (_name, endings, exitCode, status) => {
    expect(chainEnding(endings)).toEqual({ status, exitCode });
  });
});
