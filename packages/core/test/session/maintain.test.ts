import { headOf, MemoryCatalog, openTable, parseIdentifier, planFiles, readManifestList } from '@psyberg/iceberg';
import { describe, expect, it } from 'vitest';
import type { ProcessName, SessionId } from '../../src/process/process.ts';
import { openSessionTables } from '../../src/session/session-tables.ts';
import { event, NAMES, NOTHING } from './session-fixture.ts';

const HOUR_MS = 3_600_000;
const p = 'p' as ProcessName;

/** Tables after so many hourly sessions of two processes, one commit per session. */
async function hourly(sessions: number, stepMs = HOUR_MS) {
  const clock = { nowMs: Date.parse('2023-09-14T00:00:00Z') };
  const catalog = new MemoryCatalog({ clock: () => clock.nowMs });
  const tables = openSessionTables(catalog, NAMES, { clock: () => clock.nowMs });
  const run = async (from: number, to: number) => {
    for (let i = from; i < to; i += 1) {
      const id = `s${String(i).padStart(4, '0')}`;
      const events = ['p', 'q'].map((process) => event(process, id, 'committed', clock.nowMs));
      await tables.append({ ...NOTHING, events });
      clock.nowMs += stepMs;
    }
  };
  await run(0, sessions);
  return { catalog, tables, clock, run };
}

const sessionsTable = (catalog: MemoryCatalog) => openTable(catalog, parseIdentifier(NAMES.sessions));

async function filesOf(catalog: MemoryCatalog, name: string): Promise<string[]> {
  const { metadata } = await openTable(catalog, parseIdentifier(name));
  const found: string[] = [];
  for await (const { location } of catalog.io.list(metadata.location)) found.push(location);
  return found;
}

function countReads(catalog: MemoryCatalog): { data: number } {
  const counted = { data: 0 };
  const read = catalog.io.read.bind(catalog.io);
  catalog.io.read = (location) => {
    if (location.endsWith('.parquet')) counted.data += 1;
    return read(location);
  };
  return counted;
}

describe('maintenance of session tables', () => {
  it('leaves small tables alone, and tables that are not there', async () => {
    const { catalog, tables } = await hourly(5);
    const before = await sessionsTable(catalog);
    await tables.maintain();
    expect((await sessionsTable(catalog)).metadataLocation).toBe(before.metadataLocation);
    expect(await catalog.tableExists(parseIdentifier(NAMES.watermarks))).toBe(false);
  });

  it('puts small files together without changing a row', async () => {
    const { catalog, tables, run } = await hourly(30);
    const before = await tables.events();
    await tables.maintain();
    const table = await sessionsTable(catalog);
    const head = headOf(table.metadata)!;
    expect(head.operation).toBe('replace');
    expect((await planFiles(table)).length).toBe(2);
    expect((await readManifestList(table.io, table.metadata, head)).length).toBeLessThanOrEqual(2);
    expect(await openSessionTables(catalog, NAMES).events()).toEqual(before);
    await run(30, 32);
    expect((await tables.events({ process: p })).length).toBe(32);
  });

  it('reads a row again a few times in its life, and keeps files and reads few, however long the table gets', async () => {
    const { catalog, tables, run } = await hourly(0);
    const reads = countReads(catalog);
    for (let session = 0; session < 180; session += 12) {
      await run(session, session + 12);
      await tables.maintain();
    }
    // Of 360 files each was read once to become part of a larger one, of those one in eight once more, and so on.
    expect(reads.data).toBeLessThan(500);
    expect((await planFiles(await sessionsTable(catalog))).length).toBeLessThan(70);
    const fresh = openSessionTables(catalog, NAMES);
    reads.data = 0;
    expect((await fresh.states({ process: p }, { newest: 20 })).get('s0179' as SessionId)).toBe('committed');
    expect(reads.data).toBeLessThanOrEqual(24);
    expect((await tables.events({ process: p })).length).toBe(180);
  });

  it('forgets states older than a day, with all files that only they had', async () => {
    const { catalog, tables, run } = await hourly(0, 6 * HOUR_MS);
    const sizes: number[] = [];
    for (let round = 0; round < 4; round += 1) {
      await run(round * 32, (round + 1) * 32);
      await tables.maintain();
      sizes.push((await filesOf(catalog, NAMES.sessions)).length);
    }
    expect((await tables.events({ process: p })).length).toBe(128);
    // Two rounds of 32 commits make 64 old states, which are forgotten at once; else the folder would grow by some 150 files a round.
    expect(sizes[3]).toBeLessThan(sizes[0]! * 1.5);
    const table = await sessionsTable(catalog);
    expect(table.metadata.snapshots.length).toBeLessThan(50);
    for (const { snapshotId } of table.metadata.snapshots) {
      for (const { file } of await planFiles(table, { snapshotId }))
        expect(await table.io.exists(file.path)).toBe(true);
    }
  });

  it('leaves the work to whoever is at it already', async () => {
    const { catalog, tables } = await hourly(30);
    const other = openSessionTables(catalog.anotherHandle(), NAMES);
    await Promise.all([tables.maintain(), other.maintain(), tables.maintain()]);
    expect((await tables.events()).length).toBe(60);
    expect((await planFiles(await sessionsTable(catalog))).length).toBe(2);
  });

  it('reads the newest sessions from the newest files', async () => {
    const { catalog, tables } = await hourly(24);
    const all = await tables.sessions(p);
    const counted = countReads(catalog);
    expect(await tables.sessions(p, { newest: 3 })).toEqual(all.slice(-3));
    expect(counted.data).toBeLessThanOrEqual(16);
    expect(await tables.sessions(p, { newest: 100 })).toEqual(all);
    expect(await tables.sessions(p, { newest: 0 })).toEqual([]);
  });

  it('takes an old session that was heard of again for a new one', async () => {
    const { tables, clock } = await hourly(20);
    await tables.append({ ...NOTHING, events: [event('p', 's0001', 'superseded', clock.nowMs)] });
    expect((await tables.sessions(p, { newest: 2 })).map(({ session, state }) => [session, state])).toEqual([
      ['s0019', 'committed'],
      ['s0001', 'superseded'],
    ]);
  });
});
