import { formatIdentifier } from '../catalog/catalog.ts';
import { UnsupportedFeatureError } from '../errors.ts';
import type { ManifestFile } from '../manifest/manifest-file.ts';
import {
  type EncodedManifest,
  encodeManifest,
  type ManifestEntryToWrite,
  toManifestFile,
} from '../manifest/write-manifest.ts';
import { currentSchema, specById } from '../metadata/history.ts';
import { metadataFolderOf } from '../metadata/next-metadata-version.ts';
import type { TableMetadata } from '../metadata/table-metadata.ts';
import type { SequenceNumber, SnapshotId } from '../spec/ids.ts';
import type { PartitionSpec } from '../spec/partition-spec.ts';
import { findField } from '../spec/schema.ts';
import type { Schema } from '../spec/types.ts';
import type { Table } from '../table.ts';
import type { OwnFiles } from './own-files.ts';

/** A manifest that waits for its commit's sequence number, in storage or on its way there. */
export interface WrittenManifest {
  readonly path: string;
  readonly encoded: EncodedManifest;
}

export const manifestRow = ({ encoded, path }: WrittenManifest, sequenceNumber: SequenceNumber): ManifestFile =>
  toManifestFile(encoded, path, sequenceNumber);

/** Writes the data manifests of one snapshot, numbered through over all attempts: `<commit uuid>-m<n>.avro`, as Java names them. */
export class ManifestWriter {
  readonly #commitUuid: string;
  readonly #files: OwnFiles;
  #count = 0;

  constructor(commitUuid: string, files: OwnFiles) {
    this.#commitUuid = commitUuid;
    this.#files = files;
  }

  /** Begins to write one; {@link OwnFiles} tells when it is there. @throws {UnsupportedFeatureError} the spec has a transform that is not known here */
  write(
    base: Table,
    specId: number,
    snapshotId: SnapshotId,
    entries: readonly ManifestEntryToWrite[],
  ): WrittenManifest {
    const spec = specById(base.metadata, specId);
    refuseUnknownTransforms(base, spec, entries);
    const encoded = encodeManifest(entries, {
      schema: schemaFor(base.metadata, spec),
      spec,
      snapshotId,
      content: 'data',
      formatVersion: 2,
    });
    const path = `${metadataFolderOf(base.metadata)}/${this.#commitUuid}-m${this.#count++}.avro`;
    this.#files.create(path, encoded.bytes);
    return { path, encoded };
  }
}

/** The current schema, or for a spec whose source column was dropped since the newest that still has it. */
export function schemaFor(metadata: TableMetadata, spec: PartitionSpec): Schema {
  const hasSources = (schema: Schema): boolean =>
    spec.fields.every((field) => findField(schema, field.sourceId) !== undefined);
  const current = currentSchema(metadata);
  if (hasSources(current)) return current;
  return [...metadata.schemas].reverse().find(hasSources) ?? current;
}

function refuseUnknownTransforms(base: Table, spec: PartitionSpec, entries: readonly ManifestEntryToWrite[]): void {
  const field = spec.fields.find(({ transform }) => transform.kind === 'unknown');
  if (field === undefined || !entries.some((entry) => entry.status === 'added')) return;
  const text = field.transform.kind === 'unknown' ? field.transform.text : field.transform.kind;
  throw new UnsupportedFeatureError(
    `Partition spec ${spec.specId} of table ${formatIdentifier(base.identifier)} has transform "${text}", which is not known here, so ` +
      'no file may be added under it. Nothing was committed. Write with an engine that knows the transform, or under another spec.',
  );
}
