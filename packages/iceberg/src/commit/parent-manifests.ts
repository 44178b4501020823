import { formatIdentifier } from '../catalog/catalog.ts';
import { InvalidArgumentError } from '../errors.ts';
import type { DataFile } from '../manifest/data-file.ts';
import { countEntries, type EntryCounts } from '../manifest/entry-counts.ts';
import type { ManifestEntry } from '../manifest/manifest-entry.ts';
import type { ManifestFile } from '../manifest/manifest-file.ts';
import type { ManifestEntryToWrite } from '../manifest/write-manifest.ts';
import { missingFiles } from '../scan/locate-files.ts';
import { mapConcurrently } from '../scan/map-concurrently.ts';
import { mayHoldLiveFiles, readManifest } from '../scan/read-manifest.ts';
import { MANIFEST_READ_CONCURRENCY } from '../scan/read-manifest-list.ts';
import type { SnapshotId } from '../spec/ids.ts';
import type { Table } from '../table.ts';
import { chunks } from './added-manifests.ts';
import type { ManifestWriter, WrittenManifest } from './manifest-writer.ts';
import type { SnapshotChange } from './snapshot-change.ts';

/** What becomes of the head's manifests. */
export interface ParentManifests {
  /** In the order of the head's list; a carried row as it was, a written one where its predecessor stood. */
  readonly manifests: readonly (ManifestFile | WrittenManifest)[];
  /** Files of all entries that became deleted. */
  readonly removed: readonly DataFile[];
  readonly kept: number;
  readonly replaced: number;
  readonly created: number;
}

interface Rewritten {
  readonly removedPaths: ReadonlySet<string>;
  readonly manifest: WrittenManifest;
  readonly removed: readonly DataFile[];
}

/**
 * Makes the head's manifests those of the next snapshot. Only a manifest that holds a removed file is written anew: the file's
 * entry becomes deleted, the other live ones existing, and what was deleted before drops out. All others are carried over.
 */
export class ParentManifestRewriter {
  readonly #writer: ManifestWriter;
  readonly #snapshotId: SnapshotId;
  readonly #rewritten = new Map<string, Rewritten>();

  constructor(writer: ManifestWriter, snapshotId: SnapshotId) {
    this.#writer = writer;
    this.#snapshotId = snapshotId;
  }

  /** @throws {ValidationError} a file to remove is not live where it was found; nothing is published then */
  async rewrite(base: Table, parents: readonly ManifestFile[], change: SnapshotChange): Promise<ParentManifests> {
    const removals = removalsByManifest(change);
    const moved = new Set(change.movedManifests);
    assertListed(base, parents, removals, moved);
    const pooled = await this.#move(
      base,
      parents.filter(({ path }) => moved.has(path)),
      removals,
    );
    const dropsDead = change.operation !== 'append';
    const staying = parents.filter(
      (manifest) =>
        !moved.has(manifest.path) && (removals.has(manifest.path) || !dropsDead || mayHoldLiveFiles(manifest)),
    );
    const inPlace = await mapConcurrently(staying, MANIFEST_READ_CONCURRENCY, async (manifest) => {
      const removedPaths = removals.get(manifest.path);
      if (removedPaths !== undefined) return this.#rewriteOne(base, manifest, removedPaths);
      return { manifest: await withCounts(base, manifest), removed: [] };
    });
    const created = staying.filter(({ path }) => removals.has(path)).length;
    return {
      manifests: [...pooled.manifests, ...inPlace.map(({ manifest }) => manifest)],
      removed: [...pooled.removed, ...inPlace.flatMap(({ removed }) => removed)],
      kept: staying.length - created,
      replaced: parents.length - (staying.length - created),
      created: pooled.manifests.length + created,
    };
  }

  /** A manifest never changes, so the result for the same removals is good for every attempt. */
  async #rewriteOne(
    base: Table,
    manifest: ManifestFile,
    removedPaths: ReadonlySet<string>,
  ): Promise<Omit<Rewritten, 'removedPaths'>> {
    const known = this.#rewritten.get(manifest.path);
    if (known !== undefined && sameSet(known.removedPaths, removedPaths)) return known;
    const { entries, removed } = await this.#entriesAfter(base, manifest, removedPaths);
    const written = this.#writer.write(base, manifest.specId, this.#snapshotId, entries);
    const result = { removedPaths, manifest: written, removed };
    this.#rewritten.set(manifest.path, result);
    return result;
  }

  /** Live entries of several manifests, together in as few as possible, one spec each. */
  async #move(
    base: Table,
    manifests: readonly ManifestFile[],
    removals: ReadonlyMap<string, ReadonlySet<string>>,
  ): Promise<{ readonly manifests: readonly WrittenManifest[]; readonly removed: readonly DataFile[] }> {
    const bySpec = new Map<number, ManifestEntryToWrite[]>();
    const removed: DataFile[] = [];
    for (const manifest of manifests) {
      const after = await this.#entriesAfter(base, manifest, removals.get(manifest.path) ?? new Set());
      removed.push(...after.removed);
      const pool = bySpec.get(manifest.specId) ?? [];
      for (const entry of after.entries) pool.push(entry);
      bySpec.set(manifest.specId, pool);
    }
    const written: WrittenManifest[] = [];
    for (const [specId, entries] of bySpec) {
      for (const chunk of chunks(entries)) {
        written.push(this.#writer.write(base, specId, this.#snapshotId, chunk));
      }
    }
    return { manifests: written, removed };
  }

  async #entriesAfter(base: Table, manifest: ManifestFile, removedPaths: ReadonlySet<string>) {
    const live = (await readManifest(base.io, base.metadata, manifest)).filter((entry) => entry.status !== 'deleted');
    const removed = live.filter((entry) => removedPaths.has(entry.file.path)).map((entry) => entry.file);
    const found = new Set(removed.map((file) => file.path));
    const missing = [...removedPaths].filter((path) => !found.has(path));
    if (missing.length > 0) throw missingFiles(base, missing);
    return { entries: live.map((entry) => this.#entryAfter(entry, found.has(entry.file.path))), removed };
  }

  #entryAfter(entry: ManifestEntry, isRemoved: boolean): ManifestEntryToWrite {
    return isRemoved ? { ...entry, status: 'deleted', snapshotId: this.#snapshotId } : { ...entry, status: 'existing' };
  }
}

/** v2 lists need the counts that old v1 writers left out. */
async function withCounts(base: Table, row: ManifestFile): Promise<ManifestFile> {
  if (COUNTS.every((name) => row[name] !== undefined)) return row;
  return { ...row, ...countEntries(await readManifest(base.io, base.metadata, row)) };
}

const COUNTS = [
  'addedFilesCount',
  'existingFilesCount',
  'deletedFilesCount',
  'addedRowsCount',
  'existingRowsCount',
  'deletedRowsCount',
] as const satisfies readonly (keyof EntryCounts)[];

function removalsByManifest({ removed }: SnapshotChange): Map<string, Set<string>> {
  const byManifest = new Map<string, Set<string>>();
  for (const { file, manifestPath } of removed) {
    const known = byManifest.get(manifestPath);
    if (known === undefined) byManifest.set(manifestPath, new Set([file.path]));
    else known.add(file.path);
  }
  return byManifest;
}

function assertListed(
  base: Table,
  parents: readonly ManifestFile[],
  removals: ReadonlyMap<string, ReadonlySet<string>>,
  moved: ReadonlySet<string>,
): void {
  const data = new Set(parents.filter(({ content }) => content === 'data').map(({ path }) => path));
  const lost = [...removals].filter(([path]) => !data.has(path)).flatMap(([, files]) => [...files]);
  if (lost.length > 0) throw missingFiles(base, lost);
  const unknown = [...moved].filter((path) => !data.has(path));
  if (unknown.length === 0) return;
  throw new InvalidArgumentError(
    `Manifests to move are not data manifests of the head of ${formatIdentifier(base.identifier)}: ${unknown.join(', ')}. ` +
      'Nothing was committed. Choose them from the head of each attempt.',
  );
}

function sameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  if (a.size !== b.size) return false;
  for (const value of a) if (!b.has(value)) return false;
  return true;
}
