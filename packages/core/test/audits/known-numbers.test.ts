import { describe, expect, it } from 'vitest';
import type { EarlierSession } from '../../src/audits/audit-context.ts';
import { blockingAudits, runAudits } from '../../src/audits/run-audits.ts';
import type { SessionId } from '../../src/process/process.ts';
import { at, changesSource, contextOf, definition, hours, inputOf, planOf, processOf } from './audit-fixture.ts';

const earlier =
  (...rows: readonly number[]): (() => Promise<readonly EarlierSession[]>) =>
  async () =>
    rows.map((count, i) => ({ session: `s${i}` as SessionId, rows: count, intervals: 1 }));

describe('source_target_count, without a query', () => {
  const count = (parameters: Record<string, unknown>, read: number, written: number) =>
    runAudits(
      [definition('source_target_count', parameters)],
      contextOf({ inputs: [inputOf('raw.signups', { rows: read })], rowsWritten: written }),
    );

  it('passes when as many rows were written as read', async () => {
    expect(await count({}, 7, 7)).toMatchObject([
      { status: 'passed', message: '7 rows read from raw.signups, 7 rows written to dw.signup_f', failingRows: 0 },
    ]);
  });

  it('fails for every missing row and says how many', async () => {
    const [row] = await count({}, 7, 6);
    expect(row).toMatchObject({ status: 'failed', failingRows: 1 });
    expect(row!.message).toBe('7 rows read from raw.signups, 6 rows written to dw.signup_f: 1 row missing');
    expect((await count({}, 7, 9))[0]!.message).toMatch(/2 rows too many$/);
  });

  it.each([
    [1, 100, 99, 'passed'],
    [1, 100, 98, 'failed'],
    [0.02, 100, 98, 'passed'],
    [0.02, 100, 97, 'failed'],
    ['2%', 100, 102, 'passed'],
    ['2%', 100, 103, 'failed'],
  ])('with tolerance %j of %d read and %d written is %s', async (tolerance, read, written, status) => {
    expect((await count({ tolerance }, read, written))[0]!.status).toBe(status);
  });

  it('asks which source when there are several', async () => {
    const context = contextOf({
      process: processOf([changesSource('raw.signups'), changesSource('raw.cancels')]),
      inputs: [inputOf('raw.signups', { rows: 3 }), inputOf('raw.cancels', { rows: 5 })],
      rowsWritten: 5,
    });
    const audits = [definition('source_target_count'), definition('source_target_count', { source: 'raw.cancels' })];
    const [unsaid, said] = await runAudits(audits, context);
    expect(unsaid).toMatchObject({ status: 'error' });
    expect(unsaid!.message).toMatch(/The sources of signup_f are signups, cancels\. Name one with `source`/);
    expect(said).toMatchObject({ status: 'passed' });
  });
});

describe('row_count', () => {
  const run = async (parameters: Record<string, unknown>, rows: number, ...history: readonly number[]) => {
    const context = contextOf({ rowsWritten: rows, earlierSessions: earlier(...history) });
    return (await runAudits([definition('row_count', parameters)], context))[0]!;
  };

  it('passes and says so when there is too little history', async () => {
    const row = await run({ minRatio: 0.5 }, 1, 100, 100);
    expect(row.status).toBe('passed');
    expect(row.message).toBe('1 row written to dw.signup_f; not compared: 2 earlier sessions with rows, 5 are needed');
  });

  it('compares with the median of earlier sessions', async () => {
    expect((await run({ minRatio: 0.5 }, 50, 100, 90, 110, 100, 9000)).status).toBe('passed');
    const few = await run({ minRatio: 0.5 }, 49, 100, 90, 110, 100, 9000);
    expect(few).toMatchObject({ status: 'failed', failingRows: 1 });
    expect(few.message).toBe(
      '49 rows written to dw.signup_f: the median of the last 5 sessions is 100, at least 50 were expected',
    );
    expect((await run({ maxRatio: 2 }, 201, 100, 90, 110, 100, 95)).status).toBe('failed');
  });

  it('measures distance from the mean', async () => {
    expect((await run({ zScore: 3 }, 115, 100, 90, 110, 100, 100)).status).toBe('passed');
    expect((await run({ zScore: 3 }, 130, 100, 90, 110, 100, 100)).message).toMatch(
      /standard deviations away, 3 allowed$/,
    );
    expect((await run({ zScore: 3 }, 101, 100, 100, 100, 100, 100)).status).toBe('failed');
  });

  it('knows fixed limits, with or without history', async () => {
    expect((await run({ min: 1 }, 0)).status).toBe('failed');
    expect((await run({ min: 1, max: 5 }, 5)).status).toBe('passed');
    expect((await run({ max: 5 }, 6)).message).toBe('6 rows written to dw.signup_f: more than 5');
  });

  it('takes catching up for no anomaly when compared by interval', async () => {
    const process = processOf([changesSource('raw.signups')]);
    const context = contextOf({
      process,
      plan: planOf(process, { write: [hours(0, 10)] }),
      rowsWritten: 1000,
      earlierSessions: earlier(100, 100, 100, 100, 100),
    });
    const rows = await runAudits(
      [definition('row_count', { maxRatio: 2 }), definition('row_count', { maxRatio: 2, per: 'interval' })],
      context,
    );
    expect(rows.map((row) => row.status)).toEqual(['failed', 'passed']);
  });
});

describe('freshness, by what is loaded', () => {
  const run = async (upper: string | undefined) => {
    const process = processOf([changesSource('raw.signups')]);
    const plan = planOf(process, upper === undefined ? {} : { upper: at(upper) });
    return (await runAudits([definition('freshness', { maxAge: '1h' })], contextOf({ process, plan })))[0]!;
  };

  it('passes within the age allowed and fails beyond', async () => {
    expect((await run('2023-09-14T07:00:00Z')).message).toBe(
      'dw.signup_f is loaded until 2023-09-14 07:00, 30 minutes ago',
    );
    expect(await run('2023-09-14T06:00:00Z')).toMatchObject({
      status: 'failed',
      message: 'dw.signup_f is loaded until 2023-09-14 06:00, 1 hour 30 minutes ago; at most 1 hour is allowed',
    });
    expect((await run('2023-09-14T08:00:00Z')).status).toBe('passed');
    expect((await run(undefined)).status).toBe('passed');
  });
});

describe('runAudits', () => {
  it('warns where a failure does not block, and goes on', async () => {
    const context = contextOf({ inputs: [inputOf('raw.signups', { rows: 2 })], rowsWritten: 1 });
    const rows = await runAudits(
      [
        definition('source_target_count', {}, 'warning'),
        definition('source_target_count'),
        definition('row_count', { min: 1 }),
      ],
      context,
    );
    expect(rows.map((row) => row.status)).toEqual(['warned', 'failed', 'passed']);
    expect(blockingAudits(rows)).toEqual([rows[1]]);
    expect(rows[0]).toMatchObject({
      process: 'signup_f',
      session: '20230914061001',
      attempt: 1,
      recordedAtMs: context.clock(),
    });
  });

  it('stops when it is aborted', async () => {
    const context = contextOf({ rowsWritten: 1, signal: AbortSignal.abort(new DOMException('stop', 'AbortError')) });
    await expect(runAudits([definition('row_count', { min: 1 })], context)).rejects.toThrow('stop');
  });
});
