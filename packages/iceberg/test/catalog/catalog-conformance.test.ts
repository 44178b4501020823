import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { MemoryCatalog } from '../../src/catalog/memory-catalog.ts';
import { SqlCatalog } from '../../src/catalog/sql-catalog.ts';
import { catalogConformance } from '../../src/conformance/catalog.ts';
import type { CatalogSubject } from '../../src/conformance/catalog-tables.ts';
import { availableDrivers } from './sqlite-drivers.ts';

describe('MemoryCatalog', () => {
  it.each(catalogConformance)('$name', ({ run }) =>
    run(async () => {
      const catalog = new MemoryCatalog();
      return { open: async () => catalog.anotherHandle(), dispose: async () => {} };
    }),
  );
});

describe.each(availableDrivers)('SqlCatalog on %s', (driver) => {
  it.each(catalogConformance)('$name', ({ run }) => run(() => sqlSubject(driver)));
});

async function sqlSubject(driver: (typeof availableDrivers)[number]): Promise<CatalogSubject> {
  const folder = await mkdtemp(join(tmpdir(), 'sql-catalog-'));
  const opened: SqlCatalog[] = [];
  return {
    async open() {
      const catalog = await SqlCatalog.open({ uri: `sqlite:${folder}/catalog.db`, warehouse: `${folder}/wh`, driver });
      opened.push(catalog);
      return catalog;
    },
    async dispose() {
      for (const catalog of opened) await catalog.close();
      await rm(folder, { recursive: true });
    },
  };
}
