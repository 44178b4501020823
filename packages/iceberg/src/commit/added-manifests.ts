import type { DataFile } from '../manifest/data-file.ts';
import type { SnapshotId } from '../spec/ids.ts';
import type { Table } from '../table.ts';
import type { ManifestWriter, WrittenManifest } from './manifest-writer.ts';
import type { FileGroup } from './snapshot-change.ts';

/** Files per manifest; as Java, which starts another writer for each ten thousand. */
const MAX_FILES_PER_MANIFEST = 10_000;

/**
 * Writes the manifests of added files, one set per group, and remembers them: their entries take the sequence number from
 * the commit, so the same files need no new manifests when the commit is tried again.
 */
export class AddedManifests {
  readonly #writer: ManifestWriter;
  readonly #snapshotId: SnapshotId;
  readonly #written = new Map<
    readonly DataFile[],
    { readonly key: string; readonly manifests: readonly WrittenManifest[] }
  >();

  constructor(writer: ManifestWriter, snapshotId: SnapshotId) {
    this.#writer = writer;
    this.#snapshotId = snapshotId;
  }

  /** Reused when `group.files` is the same array as in an earlier attempt. */
  write(base: Table, group: FileGroup): readonly WrittenManifest[] {
    // The header holds the schema, so another current schema needs other bytes.
    const key = `${base.metadata.currentSchemaId} ${group.dataSequenceNumber ?? ''}`;
    const known = this.#written.get(group.files);
    if (known?.key === key) return known.manifests;
    const manifests = chunksBySpec(group.files).map(({ specId, files }) =>
      this.#writer.write(base, specId, this.#snapshotId, this.#entries(files, group)),
    );
    this.#written.set(group.files, { key, manifests });
    return manifests;
  }

  #entries(files: readonly DataFile[], { dataSequenceNumber }: FileGroup) {
    return files.map((file) => ({
      status: 'added' as const,
      snapshotId: this.#snapshotId,
      file,
      ...(dataSequenceNumber === undefined ? {} : { sequenceNumber: dataSequenceNumber }),
    }));
  }
}

interface SpecChunk {
  readonly specId: number;
  readonly files: readonly DataFile[];
}

function chunksBySpec(files: readonly DataFile[]): SpecChunk[] {
  const bySpec = new Map<number, DataFile[]>();
  for (const file of files) {
    const known = bySpec.get(file.specId);
    if (known === undefined) bySpec.set(file.specId, [file]);
    else known.push(file);
  }
  return [...bySpec].flatMap(([specId, all]) => chunks(all).map((chunk) => ({ specId, files: chunk })));
}

/** In order, none longer than a manifest should be. */
export function chunks<T>(items: readonly T[], size = MAX_FILES_PER_MANIFEST): (readonly T[])[] {
  const parts: (readonly T[])[] = [];
  for (let start = 0; start < items.length; start += size) parts.push(items.slice(start, start + size));
  return parts;
}
