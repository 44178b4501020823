/** What the READMEs of core and duckdb show is what runs here. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fastAppend, openSqlCatalog, openTable, parseIdentifier, type Table } from '@psyberg/iceberg';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ROOT } from '../support/source-tree.ts';
import { type ValueRow, writeFiles } from '../support/write-files.ts';
import { loadChanges } from './readmes/core.ts';
import { countByCountry } from './readmes/duckdb.ts';

const CONFIG = `
processes:
  signups_by_hour:
    mode: stateful
    sources: [{ table: raw.signups, time: event_ts }]
    target: { table: dw.signups_by_hour, time: hour, partition: ["hour(hour)"] }
    transform: { sql: "select date_trunc('hour', event_ts) as hour, count(*) as signups from signups group by all" }
`;
const HOUR_US = 3_600_000_000n;
const FIRST_US = BigInt(Date.UTC(2023, 8, 14)) * 1_000n;

let folder: string;
let uri: string;
let warehouse: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'psyberg-readme-'));
  warehouse = path.join(folder, 'warehouse');
  uri = `sqlite:${path.join(warehouse, 'catalog.db')}`;
  await writeFile(path.join(folder, 'psyberg.yaml'), CONFIG);
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const signup = (userId: bigint, country: string, hour: bigint): ValueRow => ({
  user_id: userId,
  country,
  event_ts: FIRST_US + hour * HOUR_US,
});

/** Opens a handle of its own, makes the table if need be, appends, and leaves nothing open. */
async function append(rows: readonly ValueRow[]): Promise<Table> {
  const catalog = await openSqlCatalog({ uri, warehouse });
  const identifier = parseIdentifier('raw.signups');
  if (!(await catalog.namespaceExists(identifier.namespace))) {
    await catalog.createNamespace(identifier.namespace);
    const fields = [
      { id: 1, name: 'user_id', required: false, type: { kind: 'long' } },
      { id: 2, name: 'country', required: false, type: { kind: 'string' } },
      { id: 3, name: 'event_ts', required: false, type: { kind: 'timestamptz' } },
    ] as const;
    await catalog.createTable(identifier, { schema: { schemaId: 0, fields } });
  }
  const table = await openTable(catalog, identifier);
  const done = await fastAppend(table, await writeFiles(table, rows));
  await catalog.close();
  return done.table;
}

it.each(['core', 'duckdb'])('%s shows exactly what runs here', async (name) => {
  const readme = await readFile(path.join(ROOT, 'packages', name, 'README.md'), 'utf8');
  const shown = [...readme.matchAll(/```ts\n(.*?)```/gs)].map((match) => match[1]);
  expect(shown).toEqual([await readFile(path.join(import.meta.dirname, 'readmes', `${name}.ts`), 'utf8')]);
});

it('loads what changed by the lines of core, and then has nothing to do', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  try {
    await append([signup(1n, 'NL', 0n), signup(2n, 'BE', 1n)]);
    expect(await loadChanges(folder, uri, warehouse)).toEqual([expect.stringMatching(/^signups_by_hour ok: /)]);
    expect(log.mock.calls.flat()).toContain('chain-started');
    expect(await loadChanges(folder, uri, warehouse)).toEqual([
      expect.stringMatching(/^signups_by_hour nothing_to_do: /),
    ]);
  } finally {
    log.mockRestore();
  }
});

it('counts by the lines of duckdb', async () => {
  const table = await append([signup(1n, 'NL', 0n), signup(2n, 'BE', 0n), signup(3n, 'NL', 0n), signup(4n, 'NL', 1n)]);
  expect(await countByCountry(table, 1n)).toEqual([
    ['BE', 1n],
    ['NL', 2n],
  ]);
});
