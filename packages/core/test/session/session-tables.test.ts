import { currentSchema, MemoryCatalog, openTable, parseIdentifier, planFiles, toSnapshotId } from '@psyberg/iceberg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NeedsDecisionError } from '../../src/errors.ts';
import type { ProcessName, SessionId } from '../../src/process/process.ts';
import type { SessionEvent, WatermarkRow } from '../../src/session/rows.ts';
import { openSessionTables } from '../../src/session/session-tables.ts';
import { OwnTable } from '../../src/session/tables/own-table.ts';
import { SESSIONS_SHAPE } from '../../src/session/tables/sessions-table.ts';
import { anySnapshotId, anySourceState } from './arbitraries.ts';
import { anyEvent, audit, event, NAMES, NOTHING } from './session-fixture.ts';

const watermark = (process: string, session: string, committedAtMs: number): WatermarkRow => ({
  process: process as ProcessName,
  session: session as SessionId,
  source: {
    table: 'raw.signups',
    branch: 'main',
    uuid: 'u',
    snapshotId: toSnapshotId(2n ** 63n - 1n),
    fileCount: 3,
    fileHash: '0f',
  },
  committedAtMs,
});

describe('session tables', () => {
  it('are empty, and not there, until something is written', async () => {
    const catalog = new MemoryCatalog();
    const tables = openSessionTables(catalog, NAMES);
    expect(await tables.events()).toEqual([]);
    expect(await tables.latest({ process: 'p' as ProcessName, session: 's' as SessionId })).toBeUndefined();
    expect(await tables.sessions()).toEqual([]);
    expect(await tables.watermarks()).toEqual([]);
    expect(await tables.audits()).toEqual([]);
    await tables.append(NOTHING);
    expect(await catalog.namespaceExists(['psyberg'])).toBe(false);

    await tables.append({ ...NOTHING, watermarks: [watermark('p', 's1', 1)] });
    expect(await catalog.listTables(['psyberg'])).toEqual([parseIdentifier('psyberg.watermarks')]);
  });

  it('give events back exactly as they were', async () => {
    const catalog = new MemoryCatalog();
    const tables = openSessionTables(catalog, NAMES);
    const written: SessionEvent[] = [];
    await fc.assert(
      fc.asyncProperty(fc.array(anyEvent, { maxLength: 4 }), async (events) => {
        await tables.append({ ...NOTHING, events });
        written.push(...events);
        const read = await openSessionTables(catalog, NAMES).events();
        expect(sorted(read)).toEqual(sorted(written));
      }),
      { numRuns: 8 },
    );
  });

  it('give watermarks back exactly as they were', async () => {
    const tables = openSessionTables(new MemoryCatalog(), NAMES);
    const any = fc.record(
      {
        process: fc.constant('p' as ProcessName),
        session: fc.constant('s' as SessionId),
        source: anySourceState,
        previousSnapshotId: anySnapshotId,
        committedAtMs: fc.nat(),
      },
      { requiredKeys: ['process', 'session', 'source', 'committedAtMs'] },
    );
    const rows = fc.sample(any, { numRuns: 50 }).map((row, i) => ({ ...row, committedAtMs: i }));
    const inRange = rows.filter(
      ({ source }) => source.seenUntil === undefined || BigInt.asIntN(64, source.seenUntil) === source.seenUntil,
    );
    await tables.append({ ...NOTHING, watermarks: inRange });
    expect(await tables.watermarks('p' as ProcessName)).toEqual(inRange);
  });

  it('take one commit each for many rows of many processes', async () => {
    const catalog = new MemoryCatalog();
    const tables = openSessionTables(catalog, NAMES);
    await tables.append({
      events: [event('a', 's1', 'planned', 1), event('a', 's1', 'committed', 2), event('b', 's1', 'planned', 1)],
      watermarks: [watermark('a', 's1', 2), watermark('b', 's1', 2)],
      audits: [audit('a', 's1', 'x'), audit('b', 's1', 'y', 2)],
    });
    for (const name of Object.values(NAMES)) {
      const table = await openTable(catalog, parseIdentifier(name));
      expect(table.metadata.snapshots.length).toBe(1);
      expect((await planFiles(table)).length).toBe(2);
    }
    expect((await tables.watermarks('b' as ProcessName)).map((row) => row.process)).toEqual(['b']);
    expect(await tables.audits({ process: 'a' as ProcessName })).toEqual([audit('a', 's1', 'x')]);
    expect(await tables.audits({ attempt: 2 })).toEqual([audit('b', 's1', 'y', 2)]);
    expect(await tables.audits({ session: 's2' as SessionId })).toEqual([]);
  });

  it('know the state of a session by its newest event, and sessions in their order', async () => {
    const tables = openSessionTables(new MemoryCatalog(), NAMES);
    await tables.append({ ...NOTHING, events: [event('p', 's2', 'planned', 20)] });
    await tables.append({
      ...NOTHING,
      events: [event('p', 's1', 'committed', 11), event('p', 's1', 'planned', 10), event('q', 's1', 'planned', 15)],
    });
    await tables.append({
      ...NOTHING,
      events: [event('p', 's2', 'published', 30), event('p', 's2', 'committed', 30), event('p', 's2', 'audited', 30)],
    });
    const p = 'p' as ProcessName;
    expect((await tables.latest({ process: p, session: 's2' as SessionId }))?.state).toBe('committed');
    expect((await tables.events({ process: p, session: 's1' as SessionId })).map((e) => e.state)).toEqual([
      'planned',
      'committed',
    ]);
    expect((await tables.sessions()).map((e) => [e.process, e.session, e.state])).toEqual([
      ['p', 's1', 'committed'],
      ['q', 's1', 'planned'],
      ['p', 's2', 'committed'],
    ]);
    expect((await tables.sessions(p)).length).toBe(2);
  });

  it('open only files that may hold the session asked for', async () => {
    const catalog = new MemoryCatalog();
    const tables = openSessionTables(catalog, NAMES);
    for (let i = 0; i < 6; i += 1)
      await tables.append({
        ...NOTHING,
        events: [event('p', `s${i}`, 'planned', i), event('q', `s${i}`, 'planned', i)],
      });
    const table = await openTable(catalog, parseIdentifier(NAMES.sessions));
    const files = await planFiles(table);
    expect(files.length).toBe(12);
    const field = (name: string) => currentSchema(table.metadata).fields.find((f) => f.name === name)!.id;
    expect(
      files.every(({ file }) =>
        ['process', 'session', 'recorded_at'].every((name) => file.lowerBounds?.has(field(name))),
      ),
    ).toBe(true);
    const opened = new Set<string>();
    const read = catalog.io.read.bind(catalog.io);
    catalog.io.read = (location) => {
      if (location.endsWith('.parquet')) opened.add(location);
      return read(location);
    };
    expect((await tables.latest({ process: 'q' as ProcessName, session: 's3' as SessionId }))?.session).toBe('s3');
    expect(opened.size).toBe(1);
  });

  it('refuse a table that is not of ours', async () => {
    const catalog = new MemoryCatalog();
    await catalog.createNamespace(['psyberg']);
    await catalog.createTable(parseIdentifier(NAMES.sessions), {
      schema: { schemaId: 0, fields: [{ id: 1, name: 'process', required: true, type: { kind: 'string' } }] },
    });
    const tables = openSessionTables(catalog, NAMES);
    await expect(tables.append({ ...NOTHING, events: [event('p', 's', 'planned', 1)] })).rejects.toThrow(
      NeedsDecisionError,
    );
  });
});

describe('races', () => {
  it('lose nothing between writers who also make the tables', async () => {
    const catalog = new MemoryCatalog();
    const writers = Array.from({ length: 6 }, () => openSessionTables(catalog.anotherHandle(), NAMES));
    await Promise.all(
      writers.map((tables, w) =>
        tables.append({ ...NOTHING, events: [event(`p${w}`, 's', 'planned', w)], audits: [audit(`p${w}`, 's', 'x')] }),
      ),
    );
    await Promise.all(
      writers.flatMap((tables, w) =>
        [1, 2].map((n) => tables.append({ ...NOTHING, events: [event(`p${w}`, `s${n}`, 'planned', n)] })),
      ),
    );
    const tables = openSessionTables(catalog, NAMES);
    expect((await tables.sessions()).length).toBe(18);
    expect((await tables.audits()).length).toBe(6);
  });

  it('store one plan for a session, and give it to all who planned', async () => {
    const catalog = new MemoryCatalog();
    const planned = Array.from({ length: 5 }, (_, w) => {
      const plan = event('p', 's', 'planned', 100 + w);
      return { ...plan, plan: { ...plan.plan, notes: [`by ${w}`] } };
    });
    const stored = await Promise.all(
      planned.map((one) => openSessionTables(catalog.anotherHandle(), NAMES).storePlan(one)),
    );
    const tables = openSessionTables(catalog, NAMES);
    const events = await tables.events();
    expect(events.length).toBe(1);
    expect(stored).toEqual(planned.map(() => events[0]));
    expect(await tables.storePlan(planned[3]!)).toEqual(events[0]);
    expect((await tables.storePlan(event('p', 's2', 'planned', 1))).session).toBe('s2');
    // What the losers wrote is gone again.
    const files: string[] = [];
    for await (const { location } of catalog.io.list('memory:/warehouse'))
      if (location.endsWith('.parquet')) files.push(location);
    expect(files.length).toBe(2);
  });

  it('check a condition on the very state that is committed on', async () => {
    const catalog = new MemoryCatalog();
    const table = new OwnTable(catalog, NAMES.sessions, SESSIONS_SHAPE, Date.now);
    const other = openSessionTables(catalog.anotherHandle(), NAMES);
    const seen: number[] = [];
    const done = await table.append(
      [
        {
          process: 'x',
          session: 'x',
          attempt: 1,
          kind: 'normal',
          mode: 'stateless',
          state: 'planned',
          recorded_at: 1n,
          wap_id: 'w',
          target_table: 't',
          target_branch: 'main',
          source_ordinal: 0,
          plan: null,
        },
      ],
      {
        unless: async (now) => {
          const rows = (await now.read(['process'])).length;
          // Another writer gets in between the check and the swap of the first attempt.
          if (seen.length === 0) await other.append({ ...NOTHING, events: [event('p', 's', 'planned', 1)] });
          seen.push(rows);
          return rows > 0;
        },
      },
    );
    expect(seen[0]).toBe(0);
    expect(seen[1]).toBeGreaterThan(0);
    expect(done).toBe(false);
  });
});

const sorted = (events: readonly SessionEvent[]) =>
  [...events].sort((a, b) => a.recordedAtMs - b.recordedAtMs || (a.wapId < b.wapId ? -1 : 1));
