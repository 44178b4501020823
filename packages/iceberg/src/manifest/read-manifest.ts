import type { PartitionSpec } from '../spec/partition-spec.ts';
import type { Schema } from '../spec/types.ts';
import type { ManifestEntry } from './manifest-entry.ts';
import type { ManifestFile } from './manifest-file.ts';

declare const later: <T>() => T;
/**
 * How much of each entry is decoded: `planning` stops at partition, record count and size; `metrics` adds counts and bounds;
 * `all` is what a rewrite of the manifest needs.
 */
export type ManifestProjection = 'planning' | 'metrics' | 'all';
export interface ManifestReadContext {
  /** All specs of the table; the manifest's is chosen by the id in the manifest list. */
  readonly specs: readonly PartitionSpec[];
  /** All schemas of the table: a partition's source column may have been dropped since. */
  readonly schemas: readonly Schema[];
  /** Default `all`. */
  readonly projection?: ManifestProjection;
  /** Named in messages. */
  readonly table?: string;
}
/** All entries, deleted ones included, in file order, inheritance filled in. @throws {InvalidAvroError} */
export function decodeManifest(
  bytes: Uint8Array,
  manifest: ManifestFile,
  context: ManifestReadContext,
): ManifestEntry[] {
  void bytes;
  void manifest;
  void context;
  return later();
}
/** As {@link decodeManifest}, one Avro block at a time. */
export function* decodeManifestBlocks(
  bytes: Uint8Array,
  manifest: ManifestFile,
  context: ManifestReadContext,
): Generator<ManifestEntry[], void> {
  void bytes;
  void manifest;
  void context;
  yield later();
}
/** What a manifest says of itself in its header; for v1 snapshots that list manifests without a manifest list. */
export interface ManifestHeader {
  readonly specId: number;
  readonly content: 'data' | 'deletes';
  readonly formatVersion: number;
}
export function readManifestHeader(bytes: Uint8Array, path: string): ManifestHeader {
  void bytes;
  void path;
  return later();
}
