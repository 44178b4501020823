import { beforeEach, describe, expect, it } from 'vitest';
import type { CatalogFaults } from '../../src/catalog/catalog-faults.ts';
import type { MemoryCatalog } from '../../src/catalog/memory-catalog.ts';
import { commitMetadata } from '../../src/commit/commit-metadata.ts';
import { CommitConflictError, CommitStateUnknownError } from '../../src/errors.ts';
import type { MetadataChange } from '../../src/metadata/updates.ts';
import { fastAppend } from '../../src/producers/fast-append.ts';
import { rollbackTo } from '../../src/producers/refs/set-current-snapshot.ts';
import { openTable, refreshTable, type Table } from '../../src/table.ts';
import { dataFile, makeTable, NAME } from '../support/test-table.ts';

const setting = (updates: Record<string, string>): MetadataChange => ({
  updates: [{ action: 'set-properties', updates }],
});
const NO_WAIT = { retry: { retries: 4, minWaitMs: 0, maxWaitMs: 0, totalTimeoutMs: 60_000 } };

let table: Table;
beforeEach(async () => {
  table = await makeTable();
});

const through = async (faults: CatalogFaults): Promise<Table> =>
  openTable((table.catalog as MemoryCatalog).anotherHandle(faults), NAME);

describe('commitMetadata', () => {
  it('decides again on what the others made of the table', async () => {
    const seen: (string | undefined)[] = [];
    const now = await commitMetadata(
      table,
      async (base, attempt) => {
        seen.push(base.metadata.properties.count);
        if (attempt === 1) await commitMetadata(base, async () => setting({ count: '1' }));
        return setting({ count: String(Number(base.metadata.properties.count ?? 0) + 1) });
      },
      NO_WAIT,
    );
    expect(seen).toEqual([undefined, '1']);
    expect(now.metadata.properties.count).toBe('2');
  });

  it('returns the table as it is now when there is nothing to do', async () => {
    const stale = table;
    const moved = await commitMetadata(table, async () => setting({ a: '1' }));
    expect((await commitMetadata(stale, async () => undefined)).metadataLocation).toBe(moved.metadataLocation);
  });

  it('gives up when a requirement of the caller never holds', async () => {
    const impossible = {
      ...setting({ a: '1' }),
      requirements: [{ type: 'assert-current-schema-id', currentSchemaId: 9 } as const],
    };
    await expect(commitMetadata(table, async () => impossible, NO_WAIT)).rejects.toThrow(CommitConflictError);
    expect((await refreshTable(table)).metadataLocation).toBe(table.metadataLocation);
  });

  it('counts as done when the answer was lost and the table has what was asked for', async () => {
    const broken = await through({ afterSwap: () => Promise.reject(new Error('connection reset')) });
    expect((await commitMetadata(broken, async () => setting({ a: '1' }))).metadata.properties.a).toBe('1');
  });

  it('is unknown when the answer was lost and the table has it not', async () => {
    const broken = await through({ beforeSwap: () => Promise.reject(new Error('connection reset')) });
    await expect(commitMetadata(broken, async () => setting({ a: '1' }))).rejects.toThrow(CommitStateUnknownError);
    expect((await refreshTable(table)).metadata.properties.a).toBeUndefined();
  });
  it('does not take a snapshot that was behind the ref all along for a rollback that took place', async () => {
    const one = await fastAppend(table, [dataFile('a')]);
    const two = await fastAppend(one.table, [dataFile('b')]);
    const broken = await through({ beforeSwap: () => Promise.reject(new Error('connection reset')) });
    await expect(rollbackTo(broken, one.snapshot.snapshotId)).rejects.toThrow(CommitStateUnknownError);
    expect((await refreshTable(table)).metadata.currentSnapshotId).toBe(two.snapshot.snapshotId);
  });
});
