import { InvalidArgumentError, NoSuchSnapshotError, ValidationError } from '../errors.ts';
import type { SnapshotId } from '../spec/ids.ts';
import { change, type MetadataDraft } from './metadata-draft.ts';
import { asSnapshotId } from './snapshot-json.ts';
import type { Snapshot, SnapshotLogEntry, SnapshotRef, TableMetadata, UnknownMembers } from './table-metadata.ts';

const MAIN = 'main';

/** Adds it to the list, and nothing more: without a ref update it is staged. Its sequence number is used up all the same. */
export function addSnapshot(draft: MetadataDraft, snapshot: Snapshot): void {
  const { metadata } = draft;
  if (draft.snapshots.has(snapshot.snapshotId)) {
    throw new InvalidArgumentError(
      `Snapshot ${snapshot.snapshotId} is already in ${metadata.location}. Nothing was changed. Take a fresh random id.`,
    );
  }
  checkSequenceNumber(metadata, snapshot);
  draft.snapshots.set(snapshot.snapshotId, snapshot);
  draft.addedSnapshotIds.add(snapshot.snapshotId);
  const { lastSequenceNumber } = metadata;
  change(draft, {
    snapshots: [...metadata.snapshots, snapshot],
    lastSequenceNumber: snapshot.sequenceNumber > lastSequenceNumber ? snapshot.sequenceNumber : lastSequenceNumber,
  });
}

/**
 * Moves or creates a ref. Settings of retention that `ref` leaves out stay as they were; to drop them, remove the ref first.
 * Moving `main` writes the snapshot-log.
 */
export function setSnapshotRef(draft: MetadataDraft, name: string, ref: SnapshotRef): void {
  const { metadata } = draft;
  const snapshot = draft.snapshots.get(ref.snapshotId);
  if (snapshot === undefined) {
    throw new NoSuchSnapshotError(
      `Ref ${name} cannot point to snapshot ${ref.snapshotId}: ${metadata.location} does not list it. Nothing was changed. ` +
        'It was expired, or belongs to another table.',
    );
  }
  if (name === MAIN && ref.type === 'tag') {
    throw new InvalidArgumentError('main must be a branch, not a tag. Nothing was changed. Give the tag another name.');
  }
  const existing = refNamed(metadata, name);
  const next = existing?.type === ref.type ? { ...existing, ...ref } : ref;
  if (existing !== undefined && sameRef(existing, next)) return;
  change(draft, { refs: { ...metadata.refs, [name]: next } });
  if (name === MAIN && metadata.currentSnapshotId !== ref.snapshotId) moveMain(draft, snapshot);
}

/** Removing `main` leaves the table without a current snapshot; the log stays. A ref that is not there is no error. */
export function removeSnapshotRef(draft: MetadataDraft, name: string): void {
  if (refNamed(draft.metadata, name) === undefined) return;
  const refs = Object.fromEntries(Object.entries(draft.metadata.refs).filter(([candidate]) => candidate !== name));
  change(draft, { refs });
  if (name === MAIN) clearCurrent(draft);
}

/** Drops snapshots with their statistics and the refs that point to them. Ids that are not listed are ignored. */
export function removeSnapshots(draft: MetadataDraft, ids: readonly SnapshotId[]): void {
  const doomed = new Set(ids.filter((id) => draft.snapshots.has(id)));
  if (doomed.size === 0) return;
  const { metadata } = draft;
  for (const id of doomed) draft.snapshots.delete(id);
  draft.removedSnapshots = true;
  const unknown = withoutStatisticsOf(metadata.unknown, doomed);
  change(draft, {
    snapshots: metadata.snapshots.filter((snapshot) => !doomed.has(snapshot.snapshotId)),
    ...(unknown === undefined ? {} : { unknown }),
  });
  for (const [name, ref] of Object.entries(metadata.refs)) {
    if (doomed.has(ref.snapshotId)) removeSnapshotRef(draft, name);
  }
}

/**
 * The snapshot-log once all updates are applied: without heads that this commit itself replaced, and cut behind the last
 * entry whose snapshot is gone, so that time travel never crosses a hole.
 */
export function settleSnapshotLog(draft: MetadataDraft): void {
  if (draft.intermediateHeads.size === 0 && !draft.removedSnapshots) return;
  const { snapshotLog, currentSnapshotId } = draft.metadata;
  let log: SnapshotLogEntry[] = [];
  for (const entry of snapshotLog) {
    const isKnown = draft.snapshots.has(entry.snapshotId);
    if (!isKnown && draft.removedSnapshots) log = [];
    else if (entry.snapshotId === currentSnapshotId || !draft.intermediateHeads.has(entry.snapshotId)) log.push(entry);
  }
  change(draft, { snapshotLog: log });
}

/** @see Iceberg spec, "Sequence Numbers" (v2) */
function checkSequenceNumber(metadata: TableMetadata, snapshot: Snapshot): void {
  const { sequenceNumber } = snapshot;
  if (metadata.formatVersion === 1) {
    if (sequenceNumber === 0n) return;
    throw new ValidationError(
      `Snapshot ${snapshot.snapshotId} has sequence number ${sequenceNumber}, but ${metadata.location} is a v1 table, where all are 0. Nothing was changed.`,
    );
  }
  if (snapshot.parentSnapshotId === undefined || sequenceNumber > metadata.lastSequenceNumber) return;
  throw new ValidationError(
    `Snapshot ${snapshot.snapshotId} has sequence number ${sequenceNumber}, but ${metadata.location} has given out ${metadata.lastSequenceNumber}. ` +
      'Nothing was changed. Take the next number from the metadata that the commit is based on.',
  );
}

function moveMain(draft: MetadataDraft, snapshot: Snapshot): void {
  const { currentSnapshotId, snapshotLog } = draft.metadata;
  if (currentSnapshotId !== undefined && draft.addedSnapshotIds.has(currentSnapshotId)) {
    draft.intermediateHeads.add(currentSnapshotId);
  }
  const isNew = draft.addedSnapshotIds.has(snapshot.snapshotId);
  const timestampMs = isNew ? snapshot.timestampMs : draft.nowMs;
  // Writers' clocks differ, but Java refuses a log that runs backwards by more than a minute.
  const notBefore = snapshotLog.at(-1)?.timestampMs ?? timestampMs;
  change(draft, {
    currentSnapshotId: snapshot.snapshotId,
    snapshotLog: [...snapshotLog, { timestampMs: Math.max(timestampMs, notBefore), snapshotId: snapshot.snapshotId }],
  });
}

function clearCurrent(draft: MetadataDraft): void {
  const { currentSnapshotId, ...rest } = draft.metadata;
  if (currentSnapshotId !== undefined) draft.metadata = rest;
}

/** A name such as `constructor` must not find what every object inherits. */
const refNamed = (metadata: TableMetadata, name: string): SnapshotRef | undefined =>
  Object.hasOwn(metadata.refs, name) ? metadata.refs[name] : undefined;

function sameRef(a: SnapshotRef, b: SnapshotRef): boolean {
  return (
    a.type === b.type &&
    a.snapshotId === b.snapshotId &&
    a.minSnapshotsToKeep === b.minSnapshotsToKeep &&
    a.maxSnapshotAgeMs === b.maxSnapshotAgeMs &&
    a.maxRefAgeMs === b.maxRefAgeMs
  );
}

function withoutStatisticsOf(
  unknown: UnknownMembers | undefined,
  doomed: ReadonlySet<SnapshotId>,
): UnknownMembers | undefined {
  if (unknown === undefined) return undefined;
  const isKept = (entry: unknown): boolean => {
    const id = (entry as Readonly<Record<string, unknown>> | null)?.['snapshot-id'];
    return id === undefined || !doomed.has(asSnapshotId(id, 'snapshot-id in statistics'));
  };
  return Object.fromEntries(
    Object.entries(unknown).map(([key, value]) =>
      (key === 'statistics' || key === 'partition-statistics') && Array.isArray(value)
        ? [key, value.filter(isKept)]
        : [key, value],
    ),
  );
}
