import {
  commitSnapshot,
  deleteFiles,
  MemoryCatalog,
  openTable,
  parseIdentifier,
  planFiles,
  rollbackTo,
} from '@psyberg/iceberg';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ProcessName } from '../../src/process/process.ts';
import type { SessionEvent } from '../../src/session/rows.ts';
import { openSessionTables, type SessionTables } from '../../src/session/session-tables.ts';
import { event, NAMES, NOTHING } from './session-fixture.ts';

const p = 'p' as ProcessName;

describe('where sessions stand', () => {
  let catalog: MemoryCatalog;
  let tables: SessionTables;
  let rowFilesRead = 0;

  beforeEach(() => {
    catalog = new MemoryCatalog();
    tables = openSessionTables(catalog, NAMES);
    rowFilesRead = 0;
    const read = catalog.io.read.bind(catalog.io);
    catalog.io.read = (location) => {
      if (location.endsWith('.parquet')) rowFilesRead += 1;
      return read(location);
    };
  });

  const add = (...events: readonly SessionEvent[]) => tables.append({ ...NOTHING, events });
  /** As another process sees it. */
  const standing = (process = p) => openSessionTables(catalog, NAMES).standing(process);
  const sessionsTable = () => openTable(catalog, parseIdentifier(NAMES.sessions));
  const withOutcome = (one: SessionEvent, outcome: 'nothing' | 'signal'): SessionEvent => ({
    ...one,
    plan: { ...one.plan, outcome },
  });

  it('is told by every append, without a file of rows', async () => {
    expect(await standing()).toBeUndefined();
    await add(event('p', 's1', 'committed', 1), event('q', 's1', 'held', 1));
    await add(event('p', 's2', 'planned', 2));
    expect(await standing()).toEqual({ settled: 's1', open: ['s2'] });
    expect(await standing('q' as ProcessName)).toEqual({ open: ['s1'] });
    expect(await standing('unheard' as ProcessName)).toEqual({ open: [] });
    await add(event('p', 's2', 'superseded', 3), event('p', 's3', 'committed', 3));
    expect(await standing()).toEqual({ settled: 's3', open: [] });
    expect(rowFilesRead).toBe(0);
  });

  it('is told by a plan that is stored, and not by one that lost the race', async () => {
    await tables.storePlan(event('p', 's1', 'planned', 1));
    await add(event('p', 's1', 'committed', 2));
    await tables.storePlan(event('p', 's1', 'planned', 3));
    expect(await standing()).toEqual({ settled: 's1', open: [] });
  });

  it('counts an empty session as settled only where it left a record', async () => {
    await add(withOutcome(event('p', 's1', 'empty', 1), 'signal'));
    await add(withOutcome(event('p', 's2', 'empty', 2), 'nothing'));
    expect(await standing()).toEqual({ settled: 's1', open: [] });
  });

  it('goes by the time of the event, not of the append', async () => {
    await add(event('p', 's2', 'committed', 2));
    await add(event('p', 's1', 'committed', 1));
    expect((await standing())?.settled).toBe('s2');
  });

  it('survives a compaction', async () => {
    for (let n = 0; n < 62; n += 1) await add(event('p', `s${n}`, 'committed', n));
    await add(event('p', 'open', 'audited', 100));
    await tables.maintain();
    expect((await planFiles(await sessionsTable())).length).toBeLessThan(20);
    expect(await standing()).toEqual({ settled: 's61', open: ['open'] });
  });

  it('is void once somebody else took rows, and made anew of the rows with the next append', async () => {
    await add(event('p', 's1', 'committed', 1));
    await add(event('p', 's2', 'held', 2));
    await add(event('q', 's3', 'committed', 3));
    const table = await sessionsTable();
    const [ofQ] = (await planFiles(table)).filter(({ file }) => file.partition[0] === 'q');
    await deleteFiles(table, [ofQ!.file.path]);
    expect(await standing()).toBeUndefined();
    await add(event('p', 's4', 'planned', 4));
    expect(await standing()).toEqual({ settled: 's1', open: ['s2', 's4'] });
    expect(await standing('q' as ProcessName)).toEqual({ open: [] });
  });

  it('is void after a rollback, and true again at the state that it was written for', async () => {
    await add(event('p', 's1', 'committed', 1));
    const before = (await sessionsTable()).metadata.currentSnapshotId!;
    await add(event('p', 's2', 'committed', 2));
    const after = (await sessionsTable()).metadata.currentSnapshotId!;
    await rollbackTo(await sessionsTable(), before);
    expect(await standing()).toBeUndefined();
    await commitSnapshot(await sessionsTable(), async () => ({
      operation: 'append',
      added: [],
      removed: [],
      summary: () => ({ source: String(after) }),
    }));
    expect(await standing()).toBeUndefined();
    await add(event('p', 's3', 'committed', 3));
    expect(await standing()).toEqual({ settled: 's3', open: [] });
  });

  it('costs nobody a row where the rows of the past cannot be read', async () => {
    await add(event('p', 's1', 'held', 1));
    const table = await sessionsTable();
    const [kept] = await planFiles(table);
    await add(event('q', 's1', 'committed', 1));
    await rollbackTo(await sessionsTable(), table.metadata.currentSnapshotId!);
    await catalog.io.delete(kept!.file.path);
    await add(event('q', 's2', 'committed', 2));
    expect(await standing()).toBeUndefined();
    expect((await tables.events({ process: 'q' as ProcessName })).map(({ session }) => session)).toEqual(['s2']);
  });
});
