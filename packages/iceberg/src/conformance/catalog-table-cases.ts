import assert from 'node:assert/strict';
import {
  AlreadyExistsError,
  FileNotFoundError,
  InvalidArgumentError,
  NoSuchNamespaceError,
  NoSuchTableError,
  ValidationError,
} from '../errors.ts';
import { assertSameTable, type CatalogSubject, metadataFiles, SCHEMA, table, withCatalog } from './catalog-tables.ts';
import type { ConformanceCase } from './conformance-case.ts';

export const catalogTableCases: readonly ConformanceCase<CatalogSubject>[] = [
  {
    name: 'creates a table that every handle loads, with fresh ids',
    run: (make) =>
      withCatalog(make, async (catalog, { open }) => {
        const created = await catalog.createTable(table(), {
          schema: SCHEMA,
          partitionSpec: {
            specId: 7,
            fields: [{ sourceId: 20, fieldId: 5, name: 'at_hour', transform: { kind: 'hour' } }],
          },
          sortOrder: {
            orderId: 9,
            fields: [{ sourceId: 10, transform: { kind: 'identity' }, direction: 'asc', nullOrder: 'nulls-first' }],
          },
          properties: { 'format-version': '2', owner: 'me' },
        });
        const { metadata } = created;
        assert.deepEqual(
          metadata.schemas[0]?.fields.map((field) => field.id),
          [1, 2],
        );
        assert.equal(metadata.lastColumnId, 2);
        assert.deepEqual(metadata.partitionSpecs, [
          { specId: 0, fields: [{ sourceId: 2, fieldId: 1000, name: 'at_hour', transform: { kind: 'hour' } }] },
        ]);
        assert.equal(metadata.lastPartitionId, 1000);
        assert.equal(metadata.defaultSortOrderId, 1);
        assert.equal(metadata.properties.owner, 'me');
        assert.equal(metadata.properties['format-version'], undefined);
        assert.match(created.metadataLocation, /\/ns\/t\/metadata\/00000-[0-9a-f-]{36}\.metadata\.json$/);
        const other = await open();
        assertSameTable(await other.loadTable(table()), created);
        assert.equal(await other.metadataLocation(table()), created.metadataLocation);
        assert.equal(await other.tableExists(table()), true);
        assert.deepEqual(await other.listTables(['ns']), [table()]);
      }),
  },
  {
    name: 'refuses to create what exists, what has no namespace, and what makes no sense',
    run: (make) =>
      withCatalog(make, async (catalog, { open }) => {
        const created = await catalog.createTable(table(), { schema: SCHEMA });
        await assert.rejects((await open()).createTable(table(), { schema: SCHEMA }), AlreadyExistsError);
        assert.deepEqual(await metadataFiles(catalog, created), [created.metadataLocation]);
        const elsewhere = catalog.createTable(table('t', 'none'), { schema: SCHEMA });
        await assert.rejects(elsewhere, NoSuchNamespaceError);
        const fields = [{ sourceId: 99, fieldId: 1000, name: 'x', transform: { kind: 'identity' } }] as const;
        for (const request of [
          { schema: SCHEMA, partitionSpec: { specId: 0, fields } },
          { schema: SCHEMA, properties: { 'current-snapshot-id': '1' } },
          { schema: SCHEMA, properties: { 'format-version': '3' } },
          { schema: { ...SCHEMA, fields: [SCHEMA.fields[0]!, SCHEMA.fields[0]!] } },
        ]) {
          await assert.rejects(catalog.createTable(table('bad'), request), InvalidArgumentError);
        }
        await assert.rejects(catalog.createTable(table('a.b'), { schema: SCHEMA }), InvalidArgumentError);
        assert.deepEqual(await catalog.listTables(['ns']), [table()]);
      }),
  },
  {
    name: 'lets one of several handles create a table',
    run: (make) =>
      withCatalog(make, async (catalog, { open }) => {
        const handles = [catalog, await open(), await open()];
        const attempts = await Promise.allSettled(
          handles.map((handle) => handle.createTable(table(), { schema: SCHEMA })),
        );
        const winners = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
        assert.equal(winners.length, 1);
        for (const attempt of attempts) {
          if (attempt.status === 'rejected') assert.ok(attempt.reason instanceof AlreadyExistsError);
        }
        assertSameTable(await catalog.loadTable(table()), winners[0]!);
        assert.deepEqual(await metadataFiles(catalog, winners[0]!), [winners[0]!.metadataLocation]);
      }),
  },
  {
    name: 'places tables below the location of their namespace, or where the request says',
    run: (make) =>
      withCatalog(make, async (catalog) => {
        const { metadata } = await catalog.createTable(table(), { schema: SCHEMA });
        const warehouse = metadata.location.slice(0, -'/ns/t'.length);
        await catalog.createNamespace(['a', 'b']);
        await catalog.createNamespace(['placed'], { location: `${warehouse}/elsewhere/` });
        const located = async (namespace: string[], location?: string): Promise<string> => {
          const request = { schema: SCHEMA, ...(location === undefined ? {} : { location }) };
          const name = location === undefined ? 't' : 'u';
          return (await catalog.createTable(table(name, ...namespace), request)).metadata.location;
        };
        assert.equal(await located(['a', 'b']), `${warehouse}/a.b/t`);
        assert.equal(await located(['placed']), `${warehouse}/elsewhere/t`);
        assert.equal(await located(['ns'], `${warehouse}/own/`), `${warehouse}/own`);
      }),
  },
  {
    name: 'writes format version 1 on request',
    run: (make) =>
      withCatalog(make, async (catalog) => {
        const created = await catalog.createTable(table(), { schema: SCHEMA, formatVersion: 1 });
        assert.equal(created.metadata.formatVersion, 1);
        assertSameTable(await catalog.loadTable(table()), created);
      }),
  },
  {
    name: 'says which table is missing',
    run: (make) =>
      withCatalog(make, async (catalog) => {
        const missing = { name: 'NoSuchTableError', message: /ns\.none/ };
        assert.equal(await catalog.tableExists(table('none')), false);
        assert.equal(await catalog.tableExists(table('t', 'nowhere')), false);
        await assert.rejects(catalog.loadTable(table('none')), missing);
        await assert.rejects(catalog.metadataLocation(table('none')), missing);
        await assert.rejects(catalog.dropTable(table('none')), missing);
        await assert.rejects(catalog.dropTable(table('none'), { purge: true }), missing);
        await assert.rejects(catalog.renameTable(table('none'), table('u')), missing);
        assert.deepEqual(await catalog.listTables(['ns']), []);
      }),
  },
  {
    name: 'drops a table and keeps its files, or purges them',
    run: (make) =>
      withCatalog(make, async (catalog, { open }) => {
        const kept = await catalog.createTable(table('kept'), { schema: SCHEMA });
        const purged = await catalog.createTable(table('purged'), { schema: SCHEMA });
        await catalog.io.create(`${purged.metadata.location}/data/f.parquet`, new Uint8Array(3));
        await catalog.dropTable(table('kept'));
        await catalog.dropTable(table('purged'), { purge: true });
        assert.deepEqual(await (await open()).listTables(['ns']), []);
        assert.equal(await catalog.io.exists(kept.metadataLocation), true);
        assert.equal(await catalog.io.exists(`${purged.metadata.location}/data/f.parquet`), false);
        assert.deepEqual(await metadataFiles(catalog, purged), []);
      }),
  },
  {
    name: 'purges nothing that another table keeps, nor what is protected',
    run: (make) =>
      withCatalog(make, async (catalog) => {
        const outer = await catalog.createTable(table('outer'), { schema: SCHEMA });
        const location = `${outer.metadata.location}/inner`;
        await catalog.createTable(table('inner'), { schema: SCHEMA, location });
        await assert.rejects(catalog.dropTable(table('outer'), { purge: true }), ValidationError);
        assertSameTable(await catalog.loadTable(table('outer')), outer);
        await catalog.createTable(table('safe'), { schema: SCHEMA, properties: { 'gc.enabled': 'false' } });
        await assert.rejects(catalog.dropTable(table('safe'), { purge: true }), ValidationError);
        assert.equal(await catalog.tableExists(table('safe')), true);
      }),
  },
  {
    name: 'renames a table, its files stay where they are',
    run: (make) =>
      withCatalog(make, async (catalog, { open }) => {
        await catalog.createNamespace(['other']);
        const created = await catalog.createTable(table(), { schema: SCHEMA });
        await catalog.createTable(table('taken'), { schema: SCHEMA });
        await assert.rejects(catalog.renameTable(table(), table('taken')), AlreadyExistsError);
        await assert.rejects(catalog.renameTable(table(), table('t', 'none')), NoSuchNamespaceError);
        await catalog.renameTable(table(), table('moved', 'other'));
        const handle = await open();
        await assert.rejects(handle.loadTable(table()), NoSuchTableError);
        assertSameTable(await handle.loadTable(table('moved', 'other')), {
          ...created,
          identifier: table('moved', 'other'),
        });
      }),
  },
  {
    name: 'registers an existing metadata file',
    run: (make) =>
      withCatalog(make, async (catalog) => {
        const created = await catalog.createTable(table(), { schema: SCHEMA });
        await catalog.dropTable(table());
        await assert.rejects(
          catalog.registerTable(table(), `${created.metadata.location}/none.metadata.json`),
          FileNotFoundError,
        );
        assertSameTable(await catalog.registerTable(table(), created.metadataLocation), created);
        assertSameTable(await catalog.loadTable(table()), created);
        await assert.rejects(catalog.registerTable(table(), created.metadataLocation), AlreadyExistsError);
      }),
  },
];
