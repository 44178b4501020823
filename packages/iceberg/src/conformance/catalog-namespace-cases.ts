import assert from 'node:assert/strict';
import type { Catalog } from '../catalog/catalog.ts';
import { AlreadyExistsError, InvalidArgumentError, NamespaceNotEmptyError, NoSuchNamespaceError } from '../errors.ts';
import { type CatalogSubject, SCHEMA, table, withCatalog } from './catalog-tables.ts';
import type { ConformanceCase } from './conformance-case.ts';

export const catalogNamespaceCases: readonly ConformanceCase<CatalogSubject>[] = [
  {
    name: 'creates, lists and drops namespaces',
    run: (make) =>
      withCatalog(make, async (catalog) => {
        await catalog.createNamespace(['a', 'b', 'c'], { owner: 'me' });
        await catalog.createNamespace(['a_b']);
        assert.deepEqual(await catalog.listNamespaces(), [['a'], ['a_b'], ['ns']]);
        assert.deepEqual(await catalog.listNamespaces(['a']), [['a', 'b']]);
        assert.deepEqual(await catalog.listNamespaces(['a', 'b']), [['a', 'b', 'c']]);
        assert.deepEqual(await catalog.listNamespaces(['a', 'b', 'c']), []);
        assert.equal(await catalog.namespaceExists(['a']), true);
        assert.equal(await catalog.namespaceExists(['a', 'x']), false);
        await assert.rejects(catalog.dropNamespace(['a']), NamespaceNotEmptyError);
        await catalog.dropNamespace(['a', 'b', 'c']);
        assert.equal(await catalog.namespaceExists(['a']), false);
        assert.equal(await catalog.namespaceExists(['a_b']), true);
      }),
  },
  {
    name: 'refuses namespaces that exist, that do not, that are not empty, and that have no proper name',
    run: (make) =>
      withCatalog(make, async (catalog) => {
        await assert.rejects(catalog.createNamespace(['ns']), AlreadyExistsError);
        await assert.rejects(catalog.dropNamespace(['none']), NoSuchNamespaceError);
        await assert.rejects(catalog.namespaceProperties(['none']), NoSuchNamespaceError);
        await assert.rejects(catalog.listNamespaces(['none']), NoSuchNamespaceError);
        await assert.rejects(catalog.listTables(['none']), NoSuchNamespaceError);
        for (const bad of [[], [''], ['a.b'], ['a', '']]) {
          await assert.rejects(catalog.createNamespace(bad), InvalidArgumentError);
        }
        await catalog.createTable(table(), { schema: SCHEMA });
        await assert.rejects(catalog.dropNamespace(['ns']), NamespaceNotEmptyError);
        await catalog.dropTable(table());
        await catalog.dropNamespace(['ns']);
        assert.deepEqual(await catalog.listNamespaces(), []);
      }),
  },
  {
    name: 'changes a property of a namespace only if it has the expected value',
    run: (make) =>
      withCatalog(make, async (catalog, { open }) => {
        const other = await open();
        const set = (expected: string | undefined, next: string | undefined): Promise<boolean> =>
          catalog.compareAndSetNamespaceProperty(['ns'], 'lease', expected, next);
        assert.deepEqual(await catalog.namespaceProperties(['ns']), {});
        assert.equal(await set('x', 'y'), false);
        assert.equal(await set(undefined, 'one'), true);
        assert.equal(await set(undefined, 'two'), false);
        assert.equal(await set('one', 'two'), true);
        assert.deepEqual(await other.namespaceProperties(['ns']), { lease: 'two' });
        assert.equal(await set('one', undefined), false);
        assert.equal(await set('two', ''), true);
        assert.deepEqual(await other.namespaceProperties(['ns']), { lease: '' });
        assert.equal(await set('', undefined), true);
        assert.equal(await set(undefined, undefined), true);
        assert.deepEqual(await other.namespaceProperties(['ns']), {});
        assert.equal(await catalog.namespaceExists(['ns']), true);
        const missing = catalog.compareAndSetNamespaceProperty(['none'], 'lease', undefined, 'x');
        await assert.rejects(missing, NoSuchNamespaceError);
        await assert.rejects(
          catalog.compareAndSetNamespaceProperty(['ns'], 'exists', 'true', undefined),
          InvalidArgumentError,
        );
      }),
  },
  {
    name: 'lets every increment of a property by two handles count once',
    run: (make) =>
      withCatalog(make, async (catalog, { open }) => {
        const handles = [catalog, await open()];
        await Promise.all(handles.map((handle) => increment(handle, 25)));
        assert.deepEqual(await catalog.namespaceProperties(['ns']), { counter: '50' });
      }),
  },
  {
    name: 'lets one of several handles create a namespace',
    run: (make) =>
      withCatalog(make, async (catalog, { open }) => {
        const handles = [catalog, await open(), await open()];
        const attempts = await Promise.allSettled(handles.map((handle) => handle.createNamespace(['raced'])));
        assert.equal(attempts.filter(({ status }) => status === 'fulfilled').length, 1);
        for (const attempt of attempts) {
          if (attempt.status === 'rejected') assert.ok(attempt.reason instanceof AlreadyExistsError);
        }
      }),
  },
];

async function increment(catalog: Catalog, times: number): Promise<void> {
  for (let done = 0; done < times; ) {
    const { counter } = await catalog.namespaceProperties(['ns']);
    const next = String(Number(counter ?? 0) + 1);
    if (await catalog.compareAndSetNamespaceProperty(['ns'], 'counter', counter, next)) done++;
  }
}
