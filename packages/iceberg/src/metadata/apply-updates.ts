import { InvalidArgumentError } from '../errors.ts';
import {
  addSnapshot,
  removeSnapshotRef,
  removeSnapshots,
  setSnapshotRef,
  settleSnapshotLog,
} from './apply-snapshots.ts';
import {
  addPartitionSpec,
  addSchema,
  addSortOrder,
  setCurrentSchema,
  setDefaultSortOrder,
  setDefaultSpec,
} from './apply-structure.ts';
import { checkTableMetadata } from './check-table-metadata.ts';
import { change, type MetadataDraft, startDraft } from './metadata-draft.ts';
import { refuseReservedProperties, requestedFormatVersion } from './reserved-properties.ts';
import type { TableMetadata } from './table-metadata.ts';
import type { MetadataUpdate } from './updates.ts';

/**
 * The metadata that one table commit makes of `base`; pure, and `base` itself when the updates change nothing.
 *
 * Does not write the metadata-log: that needs the base's location, see `nextMetadataVersion`. `lastUpdatedMs` becomes
 * `nowMs`, but never earlier than it was, whatever the writer's clock says.
 *
 * @throws {InvalidArgumentError} an update that contradicts the metadata
 * @throws {NoSuchSnapshotError} a ref to a snapshot that is not listed
 * @throws {ValidationError} a sequence number that was given out already
 * @see Iceberg spec, "Table Metadata and Snapshots"; Iceberg REST catalog, `TableUpdate`
 */
export function applyUpdates(base: TableMetadata, updates: readonly MetadataUpdate[], nowMs: number): TableMetadata {
  const draft = startDraft(base, Math.max(nowMs, base.lastUpdatedMs));
  for (const update of updates) applyUpdate(draft, update);
  settleSnapshotLog(draft);
  if (draft.metadata === base) return base;
  const lastLoggedMs = draft.metadata.snapshotLog.at(-1)?.timestampMs ?? 0;
  change(draft, { lastUpdatedMs: Math.max(draft.nowMs, lastLoggedMs) });
  checkTableMetadata(draft.metadata);
  return draft.metadata;
}

type Action = MetadataUpdate['action'];
type UpdateOf<A extends Action> = Extract<MetadataUpdate, { readonly action: A }>;

/** Keyed by the union, so that a new action does not compile until it is handled. */
const APPLIERS: { readonly [A in Action]: (draft: MetadataDraft, update: UpdateOf<A>) => void } = {
  'assign-uuid': (draft, { uuid }) => assignUuid(draft, uuid),
  'upgrade-format-version': (draft, { formatVersion }) => upgradeFormatVersion(draft, formatVersion),
  'add-schema': (draft, { schema }) => addSchema(draft, schema),
  'set-current-schema': (draft, { schemaId }) => setCurrentSchema(draft, schemaId),
  'add-spec': (draft, { spec }) => addPartitionSpec(draft, spec),
  'set-default-spec': (draft, { specId }) => setDefaultSpec(draft, specId),
  'add-sort-order': (draft, { sortOrder }) => addSortOrder(draft, sortOrder),
  'set-default-sort-order': (draft, { sortOrderId }) => setDefaultSortOrder(draft, sortOrderId),
  'set-location': (draft, { location }) => setLocation(draft, location),
  'set-properties': (draft, { updates }) => setProperties(draft, updates),
  'remove-properties': (draft, { removals }) => removeProperties(draft, removals),
  'add-snapshot': (draft, { snapshot }) => addSnapshot(draft, snapshot),
  'remove-snapshots': (draft, { snapshotIds }) => removeSnapshots(draft, snapshotIds),
  'set-snapshot-ref': (draft, { refName, ref }) => setSnapshotRef(draft, refName, ref),
  'remove-snapshot-ref': (draft, { refName }) => removeSnapshotRef(draft, refName),
};

function applyUpdate<A extends Action>(draft: MetadataDraft, update: UpdateOf<A> & { readonly action: A }): void {
  APPLIERS[update.action](draft, update);
}

function assignUuid(draft: MetadataDraft, uuid: string): void {
  const { tableUuid, location } = draft.metadata;
  if (uuid === tableUuid) return;
  throw new InvalidArgumentError(
    `Table ${location} has uuid ${tableUuid}; it cannot become ${uuid}. Nothing was changed. A uuid is for ever; create a new table instead.`,
  );
}

function upgradeFormatVersion(draft: MetadataDraft, formatVersion: 1 | 2): void {
  const { formatVersion: present, location } = draft.metadata;
  if (formatVersion === present) return;
  if (formatVersion < present) {
    throw new InvalidArgumentError(
      `Table ${location} has format version ${present}; it cannot go down to ${formatVersion}. Nothing was changed.`,
    );
  }
  change(draft, { formatVersion });
}

function setLocation(draft: MetadataDraft, location: string): void {
  const trimmed = location.replace(/(?<=.)\/+$/, '');
  if (trimmed !== draft.metadata.location) change(draft, { location: trimmed });
}

function setProperties(draft: MetadataDraft, updates: Readonly<Record<string, string>>): void {
  const formatVersion = requestedFormatVersion(updates);
  if (formatVersion !== undefined) upgradeFormatVersion(draft, formatVersion);
  const { 'format-version': _instruction, ...stored } = updates;
  refuseReservedProperties(stored);
  const { properties } = draft.metadata;
  const changed = Object.entries(stored).filter(([key, value]) => properties[key] !== value);
  if (changed.length > 0) change(draft, { properties: { ...properties, ...Object.fromEntries(changed) } });
}

function removeProperties(draft: MetadataDraft, removals: readonly string[]): void {
  const { properties } = draft.metadata;
  const kept = Object.entries(properties).filter(([key]) => !removals.includes(key));
  if (kept.length < Object.keys(properties).length) change(draft, { properties: Object.fromEntries(kept) });
}
