import { ancestorsOf, headOf, landingTimeMs, parseTableMetadata, type SnapshotId, type Table } from '@psyberg/iceberg';

/** A table as it stood when a snapshot was its head, for what it said of itself then. */
export interface PinnedTable {
  /** Its branch ends at the pin. Properties are those of then, unless `propertiesOf` says otherwise. */
  readonly table: Table;
  /** `now`: the metadata files of then are gone, and properties may have been set since. */
  readonly propertiesOf: 'then' | 'now';
  /** When rows first came that the pin has not; absent while it has all. */
  readonly outdatedSinceMs?: number;
}

/**
 * What a session pinned to an older snapshot may believe: promises made since speak of rows that it does not read. Properties have no
 * place in the history of snapshots, so the newest metadata file whose branch ended at the pin, or before it, tells them. Reads no file
 * where the pin is the branch's head.
 */
export async function tableAtPin(table: Table, branch: string, pin: SnapshotId | undefined): Promise<PinnedTable> {
  const { metadata } = table;
  if (pin === undefined || headOf(metadata, branch)?.snapshotId === pin) return { table, propertiesOf: 'then' };
  const outdatedSinceMs = firstRowsAfter(table, branch, pin);
  const since = outdatedSinceMs === undefined ? {} : { outdatedSinceMs };
  const atPin = { [branch]: { type: 'branch', snapshotId: pin } } as const;
  const then = await metadataOfThen(table, branch, pin);
  if (then === undefined) {
    return { table: { ...table, metadata: { ...metadata, refs: atPin } }, propertiesOf: 'now', ...since };
  }
  const endsThere = then.refs[branch]?.snapshotId === pin;
  const told = endsThere ? then : { ...then, snapshots: metadata.snapshots, refs: atPin };
  return { table: { ...table, metadata: told }, propertiesOf: 'then', ...since };
}

async function metadataOfThen({ metadata, io }: Table, branch: string, pin: SnapshotId) {
  const upToPin = new Set([...ancestorsOf(metadata, pin)].map((snapshot) => snapshot.snapshotId));
  for (const { metadataFile } of [...metadata.metadataLog].reverse()) {
    if (!(await io.exists(metadataFile))) continue;
    const older = parseTableMetadata(await io.read(metadataFile), metadataFile);
    const head = older.refs[branch]?.snapshotId;
    if (head !== undefined && upToPin.has(head)) return older;
  }
  return undefined;
}

/** A compaction brings no rows. A pin that the branch has left is outdated since it came. */
function firstRowsAfter({ metadata }: Table, branch: string, pin: SnapshotId): number | undefined {
  const head = headOf(metadata, branch);
  let first: number | undefined;
  for (const snapshot of head === undefined ? [] : ancestorsOf(metadata, head.snapshotId)) {
    if (snapshot.snapshotId === pin) return first;
    if (snapshot.operation !== 'replace') first = landingTimeMs(metadata, snapshot);
  }
  const pinned = metadata.snapshots.find((snapshot) => snapshot.snapshotId === pin);
  return pinned === undefined ? undefined : landingTimeMs(metadata, pinned);
}
