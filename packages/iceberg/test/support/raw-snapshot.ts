import { newSnapshotId } from '../../src/commit/snapshot-id.ts';
import type { ManifestFile } from '../../src/manifest/manifest-file.ts';
import {
  encodeManifest,
  type ManifestEntryToWrite,
  type ManifestWriteOptions,
  toManifestFile,
} from '../../src/manifest/write-manifest.ts';
import { encodeManifestList } from '../../src/manifest/write-manifest-list.ts';
import { currentSchema, headOf, specById } from '../../src/metadata/history.ts';
import type { Operation, Snapshot } from '../../src/metadata/table-metadata.ts';
import { readManifestList } from '../../src/scan/read-manifest-list.ts';
import { type SnapshotId, toSequenceNumber } from '../../src/spec/ids.ts';
import { refreshTable, type Table } from '../../src/table.ts';

export interface RawManifest {
  readonly content: ManifestWriteOptions['content'];
  readonly specId?: number;
  readonly entries: readonly Omit<ManifestEntryToWrite, 'snapshotId'>[];
}

/** A snapshot by some other writer on main: its own manifests, then those of the head as they are. */
export async function commitRaw(
  table: Table,
  operation: Operation,
  manifests: readonly RawManifest[],
): Promise<{ readonly table: Table; readonly snapshotId: SnapshotId }> {
  const base = await refreshTable(table);
  const { metadata, io } = base;
  const snapshotId = newSnapshotId(metadata);
  const sequenceNumber = toSequenceNumber(metadata.lastSequenceNumber + 1n);
  const rows: ManifestFile[] = [];
  for (const [position, manifest] of manifests.entries()) {
    const encoded = encodeManifest(
      manifest.entries.map((entry) => ({ ...entry, snapshotId })),
      {
        schema: currentSchema(metadata),
        spec: specById(metadata, manifest.specId ?? 0),
        snapshotId,
        content: manifest.content,
        formatVersion: 2,
      },
    );
    const path = `${metadata.location}/metadata/raw-${snapshotId}-${position}.avro`;
    await io.create(path, encoded.bytes);
    rows.push(toManifestFile(encoded, path, sequenceNumber));
  }
  const head = headOf(metadata);
  const parents = head === undefined ? [] : await readManifestList(io, metadata, head);
  const manifestList = `${metadata.location}/metadata/snap-${snapshotId}-raw.avro`;
  const header = { snapshotId, parentSnapshotId: head?.snapshotId, sequenceNumber, formatVersion: 2 } as const;
  await io.create(manifestList, encodeManifestList([...rows, ...parents], header));
  const snapshot: Snapshot = {
    snapshotId,
    ...(head === undefined ? {} : { parentSnapshotId: head.snapshotId }),
    sequenceNumber,
    timestampMs: Date.now(),
    operation,
    summary: {},
    manifestList,
    schemaId: metadata.currentSchemaId,
  };
  await base.catalog.commitTable(
    base,
    [],
    [
      { action: 'add-snapshot', snapshot },
      { action: 'set-snapshot-ref', refName: 'main', ref: { type: 'branch', snapshotId } },
    ],
  );
  return { table: await refreshTable(base), snapshotId };
}
