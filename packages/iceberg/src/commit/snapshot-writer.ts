import { formatIdentifier } from '../catalog/catalog.ts';
import { InvalidArgumentError, UnsupportedFeatureError } from '../errors.ts';
import { schemaUpdates } from '../evolution/schema-updates.ts';
import type { ManifestFile } from '../manifest/manifest-file.ts';
import { encodeManifestList } from '../manifest/write-manifest-list.ts';
import { applyUpdates } from '../metadata/apply-updates.ts';
import { newFileUuid } from '../metadata/file-uuid.ts';
import { snapshotById, specById } from '../metadata/history.ts';
import { metadataFolderOf } from '../metadata/next-metadata-version.ts';
import type { Operation, Snapshot, TableMetadata } from '../metadata/table-metadata.ts';
import type { MetadataChange, MetadataUpdate, TableRequirement } from '../metadata/updates.ts';
import { readManifestList } from '../scan/read-manifest-list.ts';
import { type SequenceNumber, type SnapshotId, toSequenceNumber } from '../spec/ids.ts';
import { partitionPath } from '../spec/partition-path.ts';
import type { Table } from '../table.ts';
import { AddedManifests } from './added-manifests.ts';
import type { PreparedCommit } from './commit-loop.ts';
import { ManifestWriter, manifestRow, schemaFor, type WrittenManifest } from './manifest-writer.ts';
import { OwnFiles } from './own-files.ts';
import { ParentManifestRewriter, type ParentManifests } from './parent-manifests.ts';
import type { SnapshotChange } from './snapshot-change.ts';
import { newSnapshotId } from './snapshot-id.ts';
import { snapshotSummary } from './snapshot-summary.ts';

export interface SnapshotTarget {
  readonly branch: string;
  /** Head of `branch`, which becomes the parent. */
  readonly head: Snapshot | undefined;
  /** Only list the snapshot; no ref moves. */
  readonly stageOnly: boolean;
}

/**
 * Writes one snapshot, attempt after attempt: the same snapshot id and, where they are still true, the same manifests; a new
 * manifest list, parent and sequence number each time. A list of an earlier attempt must never be used again: it would leave
 * out what the winner of the race committed.
 */
export class SnapshotWriter {
  readonly #snapshotId: SnapshotId;
  readonly #commitUuid: string;
  readonly #clock: () => number;
  readonly #files: OwnFiles;
  readonly #added: AddedManifests;
  readonly #parents: ParentManifestRewriter;
  #used: ReadonlySet<string> = new Set();

  constructor(table: Table, clock: () => number) {
    this.#snapshotId = newSnapshotId(table.metadata);
    this.#commitUuid = newFileUuid(table.metadata.tableUuid);
    this.#clock = clock;
    this.#files = new OwnFiles(table.io);
    const writer = new ManifestWriter(this.#commitUuid, this.#files);
    this.#added = new AddedManifests(writer, this.#snapshotId);
    this.#parents = new ParentManifestRewriter(writer, this.#snapshotId);
  }

  get snapshotId(): SnapshotId {
    return this.#snapshotId;
  }

  /** Writes the manifests and the manifest list of one attempt. @throws what {@link commitSnapshot} throws, but for conflicts */
  async prepare(
    present: Table,
    attempt: number,
    target: SnapshotTarget,
    change: SnapshotChange,
  ): Promise<PreparedCommit> {
    assertWritable(present);
    assertConsistent(present, change);
    const { base, structure } = evolved(present, target, change);
    const { metadata, io } = base;
    const parentList = target.head === undefined ? [] : await readManifestList(io, metadata, target.head);
    const groups = new Map<string, readonly WrittenManifest[]>();
    for (const group of change.added) {
      groups.set(group.name, this.#added.write(base, group));
    }
    const parents = await this.#parents.rewrite(base, parentList, change);
    const summary = summaryOf(base, target.head, change, groups, parents, this.#commitUuid);
    const snapshot = this.#snapshot(base, attempt, target.head, summary, change.operation);
    this.#writeList(snapshot, [...[...groups.values()].flat(), ...parents.manifests]);
    await this.#files.written();
    return {
      requirements: [...refRequirement(target), ...(structure?.requirements ?? [])],
      updates: [
        ...(structure?.updates ?? []),
        { action: 'add-snapshot', snapshot },
        ...refUpdate(metadata, target, snapshot),
        ...(await propertyUpdates(change, snapshot.snapshotId)),
      ],
      isIn: (now) => snapshotById(now, snapshot.snapshotId) !== undefined,
    };
  }

  /** Deletes files of attempts that were lost; those of the last one stay. Only when that one is known to be in the table. */
  async cleanUpAfterSuccess(): Promise<void> {
    await this.#files.deleteUnused(this.#used);
  }

  /** Deletes all files that were written. Only when the snapshot is known not to be in the table, and never to come. */
  async cleanUpAfterFailure(): Promise<void> {
    await this.#files.deleteUnused(new Set());
  }

  #snapshot(
    { metadata }: Table,
    attempt: number,
    head: Snapshot | undefined,
    summary: Snapshot['summary'],
    operation: Operation,
  ): Snapshot & { readonly manifestList: string } {
    const fileName = `snap-${this.#snapshotId}-${attempt}-${this.#commitUuid}.avro`;
    return {
      snapshotId: this.#snapshotId,
      ...(head === undefined ? {} : { parentSnapshotId: head.snapshotId }),
      sequenceNumber: toSequenceNumber(metadata.lastSequenceNumber + 1n),
      timestampMs: this.#clock(),
      operation,
      summary,
      manifestList: `${metadataFolderOf(metadata)}/${fileName}`,
      schemaId: metadata.currentSchemaId,
    };
  }

  #writeList(
    snapshot: Snapshot & { readonly manifestList: string },
    manifests: readonly (ManifestFile | WrittenManifest)[],
  ): void {
    const rows = manifests.map((manifest) => toRow(manifest, snapshot.sequenceNumber));
    const bytes = encodeManifestList(rows, {
      snapshotId: snapshot.snapshotId,
      parentSnapshotId: snapshot.parentSnapshotId,
      sequenceNumber: snapshot.sequenceNumber,
      formatVersion: 2,
    });
    this.#used = new Set([snapshot.manifestList, ...rows.map((row) => row.path)]);
    this.#files.create(snapshot.manifestList, bytes);
  }
}

const toRow = (manifest: ManifestFile | WrittenManifest, sequenceNumber: SequenceNumber): ManifestFile =>
  'encoded' in manifest ? manifestRow(manifest, sequenceNumber) : manifest;

function summaryOf(
  { metadata }: Table,
  head: Snapshot | undefined,
  change: SnapshotChange,
  groups: ReadonlyMap<string, readonly WrittenManifest[]>,
  parents: ParentManifests,
  commitId: string,
): Snapshot['summary'] {
  const written = [...groups.values()].flat();
  const paths = new Map([...groups].map(([name, manifests]) => [name, manifests.map(({ path }) => path)]));
  return snapshotSummary({
    operation: change.operation,
    commitId,
    added: change.added.flatMap((group) => group.files),
    removed: parents.removed,
    manifestsCreated: written.length + parents.created,
    manifestsKept: parents.kept,
    manifestsReplaced: parents.replaced,
    previous: head,
    own: change.summary(paths),
    partitionLimit: Number(metadata.properties['write.summary.partition-limit'] ?? 0),
    partitionPath: (file) => {
      const spec = specById(metadata, file.specId);
      return partitionPath(spec, schemaFor(metadata, spec), file.partition);
    },
  });
}

/** The table as the snapshot's manifests shall see it: with the schema that the same table commit brings. */
function evolved(
  present: Table,
  { stageOnly }: SnapshotTarget,
  { evolution }: SnapshotChange,
): { readonly base: Table; readonly structure: MetadataChange | undefined } {
  if (evolution === undefined) return { base: present, structure: undefined };
  const { metadata } = present;
  const asCurrent = schemaUpdates(metadata, evolution);
  const base = { ...present, metadata: applyUpdates(metadata, asCurrent?.updates ?? [], metadata.lastUpdatedMs) };
  return { base, structure: stageOnly ? schemaUpdates(metadata, evolution, { makeCurrent: false }) : asCurrent };
}

const refRequirement = ({ stageOnly, branch, head }: SnapshotTarget): TableRequirement[] =>
  stageOnly ? [] : [{ type: 'assert-ref-snapshot-id', ref: branch, snapshotId: head?.snapshotId }];

/** The whole ref is sent, because it replaces the old one with all its settings of retention. */
function refUpdate(metadata: TableMetadata, target: SnapshotTarget, snapshot: Snapshot): MetadataUpdate[] {
  if (target.stageOnly) return [];
  const ref = Object.hasOwn(metadata.refs, target.branch) ? metadata.refs[target.branch] : undefined;
  const moved = { ...(ref ?? { type: 'branch' as const }), snapshotId: snapshot.snapshotId };
  return [{ action: 'set-snapshot-ref', refName: target.branch, ref: moved }];
}

async function propertyUpdates(
  { setProperties = {}, removeProperties = [] }: SnapshotChange,
  snapshotId: SnapshotId,
): Promise<MetadataUpdate[]> {
  const updates = typeof setProperties === 'function' ? await setProperties(snapshotId) : setProperties;
  return [
    ...(Object.keys(updates).length === 0 ? [] : [{ action: 'set-properties', updates } as const]),
    ...(removeProperties.length === 0 ? [] : [{ action: 'remove-properties', removals: removeProperties } as const]),
  ];
}

function assertWritable({ identifier, metadata }: Table): void {
  if (metadata.formatVersion === 2) return;
  throw new UnsupportedFeatureError(
    `Table ${formatIdentifier(identifier)} (head: snapshot ${metadata.currentSnapshotId ?? 'none'}) is of format version ` +
      `${metadata.formatVersion}; snapshots are written for version 2 only. Nothing was committed. Upgrade it (table property format-version = 2) first.`,
  );
}

function assertConsistent({ identifier }: Table, change: SnapshotChange): void {
  const problem = problemOf(change);
  if (problem === undefined) return;
  throw new InvalidArgumentError(
    `The change of table ${formatIdentifier(identifier)} is not one that can be written: ${problem}. Nothing was committed. Correct the change.`,
  );
}

function problemOf({ operation, added, removed }: SnapshotChange): string | undefined {
  const files = added.flatMap((group) => group.files);
  if (operation === 'append' && removed.length > 0) return 'an append removes files';
  if (operation === 'delete' && files.length > 0) return 'a delete adds files';
  if (new Set(added.map((group) => group.name)).size < added.length) return 'two groups have the same name';
  if (new Set(files.map((file) => file.path)).size < files.length) return 'a file is added twice';
  if (files.some((file) => file.content !== 'data')) return 'a delete file is added';
  return undefined;
}
