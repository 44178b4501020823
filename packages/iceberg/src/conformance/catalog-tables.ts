import assert from 'node:assert/strict';
import type { Catalog, LoadedTable, TableIdentifier } from '../catalog/catalog.ts';
import type { Snapshot } from '../metadata/table-metadata.ts';
import { toSequenceNumber, toSnapshotId } from '../spec/ids.ts';
import type { Schema } from '../spec/types.ts';

/** One warehouse; `open` gives catalogs on it, each as another process would have it. */
export interface CatalogSubject {
  readonly open: () => Promise<Catalog>;
  /** Closes what `open` gave, and removes the warehouse. */
  readonly dispose: () => Promise<void>;
}

export const SCHEMA: Schema = {
  schemaId: 0,
  fields: [
    { id: 10, name: 'id', required: true, type: { kind: 'long' } },
    { id: 20, name: 'at', required: false, type: { kind: 'timestamptz' } },
  ],
};

export const table = (name = 't', ...namespace: string[]): TableIdentifier => ({
  namespace: namespace.length > 0 ? namespace : ['ns'],
  name,
});

/** Runs `body` on a fresh warehouse that holds the namespace `ns`, and cleans up. */
export async function withCatalog(
  make: () => Promise<CatalogSubject>,
  body: (catalog: Catalog, subject: CatalogSubject) => Promise<void>,
): Promise<void> {
  const subject = await make();
  try {
    const catalog = await subject.open();
    await catalog.createNamespace(['ns']);
    await body(catalog, subject);
  } finally {
    await subject.dispose();
  }
}

/** The snapshot that an append would add next. */
export function nextSnapshot({ metadata }: LoadedTable, id: bigint): Snapshot {
  const parent = metadata.currentSnapshotId;
  return {
    snapshotId: toSnapshotId(id),
    ...(parent === undefined ? {} : { parentSnapshotId: parent }),
    sequenceNumber: toSequenceNumber(metadata.lastSequenceNumber + 1n),
    timestampMs: metadata.lastUpdatedMs + 1,
    operation: 'append',
    summary: { 'added-records': '1' },
    manifestList: `${metadata.location}/metadata/snap-${id}.avro`,
    schemaId: metadata.currentSchemaId,
  };
}

export function assertSameTable(actual: LoadedTable, expected: LoadedTable): void {
  assert.deepEqual(actual.identifier, expected.identifier);
  assert.equal(actual.metadataLocation, expected.metadataLocation);
  assert.deepEqual(actual.metadata, expected.metadata);
}

/** Locations of the metadata files that a table's folder holds. */
export async function metadataFiles(catalog: Catalog, { metadata }: LoadedTable): Promise<string[]> {
  const locations: string[] = [];
  for await (const file of catalog.io.list(`${metadata.location}/metadata`)) locations.push(file.location);
  return locations.sort();
}
