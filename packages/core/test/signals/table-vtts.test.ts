import { commitMetadata, fastAppend, MemoryCatalog, openTable, type Table } from '@psyberg/iceberg';
import { expect, it } from 'vitest';
import { tableVtts } from '../../src/signals/table-vtts.ts';
import { formatInstant } from '../../src/time/instant.ts';

const TIME = { kind: 'column', column: 'ts' } as const;
const [HOUR_6, HOUR_7] = ['2023-09-14T06:00:00Z', '2023-09-14T07:00:00Z'] as const;

async function newTable(): Promise<Table> {
  const catalog = new MemoryCatalog();
  await catalog.createNamespace(['raw']);
  const identifier = { namespace: ['raw'], name: 'events' };
  const ts = { id: 1, name: 'ts', required: false, type: { kind: 'timestamp' } } as const;
  await catalog.createTable(identifier, { schema: { schemaId: 0, fields: [ts] } });
  return openTable(catalog, identifier);
}

const setProperty = (table: Table, vtts: string): Promise<Table> =>
  commitMetadata(table, async () => ({ updates: [{ action: 'set-properties', updates: { 'psyberg.vtts': vtts } }] }));

async function append(table: Table, vtts?: string): Promise<Table> {
  await fastAppend(table, [], { summary: vtts === undefined ? {} : { 'psyberg.vtts': vtts } });
  return openTable(table.catalog, table.identifier);
}

const until = async (table: Table): Promise<string> => formatInstant((await tableVtts(table, 'main', TIME))!.until);

it.each([
  [HOUR_6, HOUR_7],
  [HOUR_7, HOUR_6],
])('takes a summary of %s written after a property, whichever promises more', async (summary, property) => {
  expect(await until(await append(await append(await setProperty(await newTable(), property), summary)))).toBe(summary);
});

it.each([
  [HOUR_6, HOUR_7],
  [HOUR_7, HOUR_6],
])('takes a property of %s set after a summary, whichever promises more', async (property, summary) => {
  expect(await until(await append(await setProperty(await append(await newTable(), summary), property)))).toBe(
    property,
  );
});

it('takes the lesser promise where the older metadata files are gone', async () => {
  const table = await append(await setProperty(await newTable(), HOUR_7), HOUR_6);
  for (const { metadataFile } of table.metadata.metadataLog) await table.io.delete(metadataFile);
  expect(await until(table)).toBe(HOUR_6);
});
