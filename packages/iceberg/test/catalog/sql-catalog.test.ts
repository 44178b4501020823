import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LoadedTable } from '../../src/catalog/catalog.ts';
import type { CatalogFaults } from '../../src/catalog/catalog-faults.ts';
import { SqlCatalog, type SqlCatalogOptions } from '../../src/catalog/sql-catalog.ts';
import { loadSqliteDriver, type SqliteConnection } from '../../src/catalog/sqlite-driver.ts';
import { sqlitePath } from '../../src/catalog/sqlite-uri.ts';
import { warehouseLocation } from '../../src/catalog/warehouse-location.ts';
import { metadataFiles, SCHEMA, table } from '../../src/conformance/catalog-tables.ts';
import {
  AlreadyExistsError,
  CatalogError,
  CommitConflictError,
  CommitStateUnknownError,
  InvalidArgumentError,
  NoSqliteError,
  NoSuchNamespaceError,
  NoSuchTableError,
} from '../../src/errors.ts';
import { availableDrivers } from './sqlite-drivers.ts';

let folder: string;
let opened: SqlCatalog[];
let connections: SqliteConnection[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sql-catalog-'));
  opened = [];
  connections = [];
});
afterEach(async () => {
  for (const catalog of opened) await catalog.close();
  for (const connection of connections) connection.close();
  await rm(folder, { recursive: true });
});

const file = (): string => join(folder, 'db', 'catalog.db');

async function open(options: Partial<SqlCatalogOptions> = {}): Promise<SqlCatalog> {
  const catalog = await SqlCatalog.open({ uri: `sqlite:${file()}`, warehouse: join(folder, 'wh'), ...options });
  opened.push(catalog);
  return catalog;
}

/** The database as another program would open it. */
async function connect(driver = availableDrivers[0]!): Promise<SqliteConnection> {
  const connection = (await loadSqliteDriver(driver)).open(file());
  connections.push(connection);
  return connection;
}

async function withTable(): Promise<{ catalog: SqlCatalog; base: LoadedTable }> {
  const catalog = await open();
  await catalog.createNamespace(['ns'], { a: '1' });
  return { catalog, base: await catalog.createTable(table(), { schema: SCHEMA }) };
}

const color = { action: 'set-properties', updates: { color: 'blue' } } as const;

/** Everything about a folder's files that a reader could have disturbed. */
const fingerprint = (path: string): string[] =>
  readdirSync(path).map((name) => {
    const { mtimeMs, size } = statSync(join(path, name));
    return [
      name,
      size,
      mtimeMs,
      createHash('sha256')
        .update(readFileSync(join(path, name)))
        .digest('hex'),
    ].join(' ');
  });

describe.each(availableDrivers)('reading with %s', (driver) => {
  const readAll = async (catalog: SqlCatalog): Promise<void> => {
    await catalog.listNamespaces();
    await catalog.namespaceExists(['ns']);
    await catalog.namespaceProperties(['ns']);
    await catalog.listTables(['ns']);
    await catalog.tableExists(table('none'));
    await catalog.loadTable(table());
    await catalog.metadataLocation(table());
  };

  it.each(['delete', 'wal'])('changes no file of a database in %s mode, and makes none', async (mode) => {
    await (await withTable()).catalog.close();
    const other = await connect(driver);
    other.exec(`PRAGMA journal_mode = ${mode}`);
    other.close();
    connections = [];
    const before = fingerprint(join(folder, 'db'));
    const catalog = await open({ driver, create: false });
    await readAll(catalog);
    if (mode === 'delete') expect(fingerprint(join(folder, 'db'))).toEqual(before);
    await catalog.close();
    expect(fingerprint(join(folder, 'db'))).toEqual(before);
  });

  it('makes nothing where there is nothing, until something is written', async () => {
    const catalog = await open({ driver });
    expect(catalog.name).toBe('psyberg');
    expect(await catalog.listNamespaces()).toEqual([]);
    expect(await catalog.tableExists(table())).toBe(false);
    await expect(catalog.dropTable(table())).rejects.toThrow(NoSuchTableError);
    await expect(catalog.dropNamespace(['ns'])).rejects.toThrow(NoSuchNamespaceError);
    expect(readdirSync(folder)).toEqual([]);
    await catalog.createNamespace(['ns']);
    expect(readdirSync(join(folder, 'db'))).toEqual(['catalog.db']);
  });
});

describe('opening', () => {
  it('refuses a missing warehouse when it may not create one', async () => {
    await expect(open({ create: false })).rejects.toThrow(CatalogError);
    await expect(open({ create: false })).rejects.toThrow(/Warehouse missing.*does not exist/);
    expect(existsSync(file())).toBe(false);
    await withTable();
    expect((await open({ create: false })).name).toBe('psyberg');
  });

  it('refuses a file that is no catalog', async () => {
    const path = join(folder, 'other.db');
    writeFileSync(path, '');
    await expect(open({ uri: `sqlite:${path}`, create: false })).rejects.toThrow(/has no Iceberg catalog in it/);
    writeFileSync(path, 'this is not a database, but it is long enough to be taken for one'.repeat(50));
    await expect(open({ uri: `sqlite:${path}` })).rejects.toThrow(/could not be read.*intact SQLite database/);
  });

  it('takes the one name that the database holds, and asks when there are several', async () => {
    await (await open({ name: 'prod' })).createNamespace(['a']);
    expect((await open()).name).toBe('prod');
    await (await open({ name: 'dev' })).createNamespace(['b']);
    await expect(open()).rejects.toThrow(CatalogError);
    await expect(open()).rejects.toThrow(/dev, prod/);
    expect(await (await open({ name: 'dev' })).listNamespaces()).toEqual([['b']]);
  });

  it.each([
    ['sqlite:/a/b.db', '/a/b.db'],
    ['sqlite:////a/b.db', '/a/b.db'],
    ['sqlite:///rel.db', join(process.cwd(), 'rel.db')],
    ['sqlite:rel/b c.db', join(process.cwd(), 'rel/b c.db')],
  ])('reads %s', (uri, path) => expect(sqlitePath(uri)).toBe(path));

  it.each(['postgres://x/y', 'sqlite:', 'sqlite::memory:', 'sqlite://host/x', '/a/b.db'])('refuses uri %s', (uri) => {
    expect(() => sqlitePath(uri)).toThrow(InvalidArgumentError);
  });

  it.each([
    ['/a/wh/', 'file:///a/wh'],
    ['/a/my dir%20', 'file:///a/my dir%20'],
    ['/a/#1', '/a/#1'],
    ['file:/a', 'file:/a'],
    ['s3://b/x/', 's3://b/x'],
  ])('stores warehouse %s as %s', (given, stored) => expect(warehouseLocation(given)).toBe(stored));

  it('refuses relative warehouses, and schemes that it cannot serve', async () => {
    await expect(open({ warehouse: 'wh' })).rejects.toThrow(InvalidArgumentError);
    await expect(open({ warehouse: 's3://b/wh' })).rejects.toThrow(/Pass `io`/);
  });

  it('says what to install when the asked SQLite is not there', async () => {
    if (availableDrivers.includes('node:sqlite')) return;
    await expect(open({ driver: 'node:sqlite' })).rejects.toThrow(NoSqliteError);
    await expect(open({ driver: 'node:sqlite' })).rejects.toThrow('npm install better-sqlite3@~12.11.1');
  });

  it('does nothing after it was closed', async () => {
    const { catalog } = await withTable();
    await catalog.close();
    await catalog.close();
    await expect(catalog.loadTable(table())).rejects.toThrow(/is closed/);
  });
});

describe('a database of other clients', () => {
  it('without iceberg_type works and is not migrated', async () => {
    const { catalog } = await withTable();
    const connection = await connect();
    connection.exec('ALTER TABLE iceberg_tables DROP COLUMN iceberg_type');
    await catalog.close();
    const old = await open();
    const base = await old.loadTable(table());
    await old.commitTable(base, [], [color]);
    await old.createTable(table('u'), { schema: SCHEMA });
    await old.renameTable(table('u'), table('v'));
    expect((await old.listTables(['ns'])).map(({ name }) => name)).toEqual(['t', 'v']);
    await old.dropTable(table('v'));
    const columns = connection.all("SELECT name FROM pragma_table_info('iceberg_tables')").map(({ name }) => name);
    expect(columns).not.toContain('iceberg_type');
  });

  it('keeps its views to itself, but their names are taken', async () => {
    const { catalog } = await withTable();
    const connection = await connect();
    connection.run(
      "INSERT INTO iceberg_tables VALUES ('psyberg', 'ns', 'v', '/v.json', NULL, 'VIEW'), ('psyberg', 'ns', 'old', '/o.json', NULL, NULL)",
    );
    expect((await catalog.listTables(['ns'])).map(({ name }) => name)).toEqual(['old', 't']);
    expect(await catalog.tableExists(table('v'))).toBe(false);
    await expect(catalog.createTable(table('v'), { schema: SCHEMA })).rejects.toThrow(AlreadyExistsError);
    await expect(catalog.renameTable(table(), table('v'))).rejects.toThrow(AlreadyExistsError);
    await expect(catalog.dropTable(table('v'))).rejects.toThrow(/ns\.v is not in catalog/);
    expect(connection.get("SELECT count(*) AS n FROM iceberg_tables WHERE table_name = 'v'")).toEqual({ n: 1 });
  });

  it('keeps a namespace that stands by one property alone when this is removed', async () => {
    const { catalog } = await withTable();
    const connection = await connect();
    connection.run("INSERT INTO iceberg_namespace_properties VALUES ('psyberg', 'theirs', 'owner', 'x')");
    expect(await catalog.namespaceProperties(['theirs'])).toEqual({ owner: 'x' });
    expect(await catalog.compareAndSetNamespaceProperty(['theirs'], 'owner', 'x', undefined)).toBe(true);
    expect(await catalog.namespaceExists(['theirs'])).toBe(true);
  });

  it('sees rows as PyIceberg and Java write them', async () => {
    const { catalog, base } = await withTable();
    const next = await catalog.commitTable(base, [], [color]);
    const connection = await connect();
    expect(connection.all('SELECT * FROM iceberg_tables')).toEqual([
      {
        catalog_name: 'psyberg',
        table_namespace: 'ns',
        table_name: 't',
        metadata_location: next.metadataLocation,
        previous_metadata_location: base.metadataLocation,
        iceberg_type: 'TABLE',
      },
    ]);
    expect(next.metadataLocation).toContain(`file://${folder}/wh/ns/t/metadata/00001-`);
    const properties = connection.all('SELECT * FROM iceberg_namespace_properties ORDER BY property_key');
    expect(properties.map((row) => [row.property_key, row.property_value])).toEqual([
      ['a', '1'],
      ['exists', 'true'],
    ]);
  });
});

describe('a commit', () => {
  const broken: CatalogFaults = {
    afterSwap: () => {
      throw new TypeError('connection lost');
    },
  };

  it('whose answer is lost is unknown, and no file is deleted', async () => {
    const { catalog, base } = await withTable();
    const failure = await (await open({ faults: broken }))
      .commitTable(base, [], [color])
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CommitStateUnknownError);
    expect(failure).toMatchObject({ outcome: 'unknown', cause: { message: 'connection lost' } });
    const now = await catalog.loadTable(table());
    expect(now.metadata.properties.color).toBe('blue');
    expect((failure as Error).message).toContain(now.metadataLocation);
    expect(await metadataFiles(catalog, now)).toEqual([base.metadataLocation, now.metadataLocation].sort());
  });

  it('that never arrived is unknown too, and its file is kept', async () => {
    const { catalog, base } = await withTable();
    const lost = await open({ faults: { beforeSwap: broken.afterSwap! } });
    await expect(lost.commitTable(base, [], [color])).rejects.toThrow(CommitStateUnknownError);
    expect((await catalog.loadTable(table())).metadataLocation).toBe(base.metadataLocation);
    expect(await metadataFiles(catalog, base)).toHaveLength(2);
  });

  it('that loses the race between writing and swapping deletes its file', async () => {
    const { catalog, base } = await withTable();
    const late = await open({
      faults: { beforeSwap: async () => void (await catalog.commitTable(base, [], [color])) },
    });
    await expect(late.commitTable(base, [], [color])).rejects.toThrow(CommitConflictError);
    const now = await catalog.loadTable(table());
    expect(await metadataFiles(catalog, now)).toEqual([base.metadataLocation, now.metadataLocation].sort());
  });

  it('that finds the database locked did not happen and may be tried again', async () => {
    const { base } = await withTable();
    // Two copies of SQLite in one process do not see each other's locks (POSIX locks are the process's), so both use one driver.
    const waiting = await open({ busyTimeoutMs: 50, driver: availableDrivers[0]! });
    const connection = await connect();
    connection.exec('BEGIN IMMEDIATE');
    const failure = await waiting.commitTable(base, [], [color]).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(CommitConflictError);
    expect((failure as Error).message).toContain('stayed locked');
    expect(await metadataFiles(waiting, base)).toEqual([base.metadataLocation]);
    connection.exec('ROLLBACK');
    expect((await waiting.commitTable(base, [], [color])).metadata.properties.color).toBe('blue');
  });
});

describe('two processes', () => {
  it('lose no update of a table or a namespace', async () => {
    const { catalog } = await withTable();
    const times = 20;
    const drivers = [availableDrivers[0]!, availableDrivers.at(-1)!];
    await Promise.all(drivers.map((driver) => runWriter(driver, times)));
    const { metadata, metadataLocation } = await catalog.loadTable(table());
    expect(metadata.properties.counter).toBe(String(2 * times));
    expect(metadata.metadataLog).toHaveLength(2 * times);
    expect(await metadataFiles(catalog, { identifier: table(), metadata, metadataLocation })).toHaveLength(
      2 * times + 1,
    );
    expect(await catalog.namespaceProperties(['ns'])).toEqual({ a: '1', counter: String(2 * times) });
    expect(readdirSync(join(folder, 'db'))).toEqual(['catalog.db']);
  });
});

async function runWriter(driver: string, times: number): Promise<void> {
  const script = join(import.meta.dirname, 'racing-writer.ts');
  const parameters = [`sqlite:${file()}`, join(folder, 'wh'), driver, String(times)];
  const writer = spawn(process.execPath, ['--import', 'tsx', script, ...parameters], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaints = '';
  writer.stderr.on('data', (chunk) => {
    complaints += chunk;
  });
  const status = await new Promise<number | null>((resolve) => writer.on('close', resolve));
  expect({ status, complaints }).toEqual({ status: 0, complaints: '' });
}
