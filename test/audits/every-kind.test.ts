/**
 * Every kind of audit, as its page shows it, in real sessions: three batches are loaded into a clean warehouse and into one whose third
 * batch has something wrong for each kind.
 */
import { AUDIT_KINDS, type AuditRow, audit, init } from '@psyberg/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTable } from '../../examples/lake.mjs';
import { auditPages } from '../docs/audit-pages.ts';
import { House, valuesOf } from '../exactly-once/house.ts';
import { Orders } from './orders.ts';

const EVENTS = { id: 'long', ts: 'timestamptz', v: 'long' };
const pages = auditPages();
/** Rows that Psyberg writes itself cannot lie outside; the last test has a job of a user's own. */
const KINDS = [...AUDIT_KINDS.keys()].filter((kind) => kind !== 'bounds_outside_interval');

let clean: Orders;
let bad: Orders;
let held: readonly AuditRow[];
let wrong: readonly AuditRow[];

beforeAll(async () => {
  const audits = pages.map(({ example }) => ({ ...example, severity: 'warning' }));
  clean = await Orders.build(audits, false);
  held = await clean.loadAll();
  bad = await Orders.build(audits, true);
  wrong = await bad.loadAll();
}, 60_000);

afterAll(async () => {
  await clean.close();
  await bad.close();
});

const resultOf = (rows: readonly AuditRow[], kind: string): AuditRow => rows.find(({ name }) => name === kind)!;

describe.each(KINDS)('%s', (kind) => {
  it('holds where nothing is wrong', () => {
    expect(resultOf(held, kind)).toMatchObject({ status: 'passed', failingRows: 0, sample: [] });
  });

  it('finds what is wrong, and says so in the words of its page', () => {
    const { status, message, sample } = resultOf(wrong, kind);
    expect(status, message).toBe('warned');
    const page = pages.find((one) => one.kind === kind)!;
    expect(page.violation.split('\n')[0]).toBe(`audit ${kind} failed: ${message}`);
    for (const column of Object.keys(sample[0] ?? {}).slice(0, 8)) expect(page.violation).toContain(column);
  });
});

describe('the audit table', () => {
  it('keeps what was judged, what it was held against, and the definition with its hash', async () => {
    const rows = await (await bad.project()).tables.audits();
    const stored = rows.findLast(({ audit: kind }) => kind === 'mean_in_band')!;
    expect(stored).toMatchObject({ observed: expect.closeTo(31.333, 2), expected: 'between 5 and 20' });
    expect(JSON.parse(stored.definition!)).toEqual({ column: 'price', min: 5, max: 20 });
    const bands = rows.filter(({ audit: kind }) => kind === 'volume_band');
    expect(bands.at(-1)!.observedBy).toMatchObject({ '2023-09-14T07:00:00Z': 5 });
    expect(new Set(bands.map(({ definitionHash }) => definitionHash)).size).toBe(1);
    const relations = rows.findLast(({ audit: kind }) => kind === 'relationships')!;
    expect(relations.sample).toEqual([{ account_id: '99', occurrences: '1' }]);
  });

  it('starts a history anew when a definition changes', async () => {
    await clean.configure([{ audit: 'z_score', measure: 'avg(price) + 0', minSessions: 2, severity: 'warning' }]);
    await clean.appendFourth();
    const [row] = (await clean.run()).audits;
    expect(row!.message).toMatch(/not compared: 0 earlier sessions, 2 are needed$/);
  });
});

describe('bounds_outside_interval', () => {
  it('finds rows that a job of your own staged outside its intervals', async () => {
    const house = await House.build({
      copy: {
        mode: 'stateless',
        sources: [{ table: 'raw.events', time: 'ts' }],
        target: { table: 'dw.copy', time: 'ts', partition: ['hour(ts)'] },
        transform: { external: true },
        audits: [{ audit: 'bounds_outside_interval' }],
      },
    });
    try {
      await createTable(house.lake, 'dw.copy', EVENTS, { column: 'ts', transform: 'hour' });
      await house.append([{ id: 1, ts: '2023-09-14 02:15:00Z', v: 1 }]);
      const outcomes: unknown[] = [];
      for (const [session, ...hours] of [
        ['good', '02'],
        ['bad', '02', '05'],
      ] as const) {
        const { process } = await init(await house.project(), { process: 'copy', session });
        const rows = hours.map((hour) => ({ id: 1, ts: `2023-09-14 ${hour}:15:00Z`, v: 1 }));
        await house.stage('dw.copy', process.wapId!, valuesOf(rows));
        const step = audit(await house.project(), { process: 'copy', session });
        outcomes.push(await step.then(({ state }) => state).catch((error: Error) => error.message));
      }
      expect(outcomes[0]).toBe('audited');
      const page = pages.find(({ kind }) => kind === 'bounds_outside_interval')!;
      const [, message] = /failed: (.*)/.exec(page.violation)!;
      expect(outcomes[1]).toContain(message);
    } finally {
      await house.close();
    }
  });
});
