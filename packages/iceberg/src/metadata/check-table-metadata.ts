import { InvalidMetadataError } from '../errors.ts';
import { snapshotById } from './history.ts';
import type { TableMetadata } from './table-metadata.ts';

/**
 * What must hold inside any table metadata. Java refuses to load a table for which it does not.
 *
 * Java also refuses clocks that run backwards; as a reader has nothing to gain from that, it is not checked here
 * (`applyUpdates` keeps it true for what we write).
 *
 * @throws {InvalidMetadataError} with the part that is wrong; the caller adds which file
 */
export function checkTableMetadata(metadata: TableMetadata): void {
  checkCurrentIds(metadata);
  checkSnapshots(metadata);
  checkRefs(metadata);
}

function checkCurrentIds(metadata: TableMetadata): void {
  const { schemas, currentSchemaId, partitionSpecs, defaultSpecId, sortOrders, defaultSortOrderId } = metadata;
  check(
    schemas.some(({ schemaId }) => schemaId === currentSchemaId),
    `current-schema-id ${currentSchemaId} is not in schemas.`,
  );
  check(
    partitionSpecs.some(({ specId }) => specId === defaultSpecId),
    `default-spec-id ${defaultSpecId} is not in partition-specs.`,
  );
  // Order 0 is defined by the spec; some writers leave it out of the list.
  check(
    defaultSortOrderId === 0 || sortOrders.some(({ orderId }) => orderId === defaultSortOrderId),
    `default-sort-order-id ${defaultSortOrderId} is not in sort-orders.`,
  );
}

function checkSnapshots({ snapshots, lastSequenceNumber, formatVersion }: TableMetadata): void {
  for (const { snapshotId, sequenceNumber } of snapshots) {
    check(
      sequenceNumber <= lastSequenceNumber,
      formatVersion === 1
        ? `Snapshot ${snapshotId} of a v1 table has sequence number ${sequenceNumber}; in v1 all are 0.`
        : `Snapshot ${snapshotId} has sequence number ${sequenceNumber}, above last-sequence-number ${lastSequenceNumber}.`,
    );
  }
  const ids = new Set(snapshots.map(({ snapshotId }) => snapshotId));
  check(ids.size === snapshots.length, 'Two snapshots have the same id.');
}

function checkRefs(metadata: TableMetadata): void {
  for (const [name, ref] of Object.entries(metadata.refs)) {
    check(
      snapshotById(metadata, ref.snapshotId) !== undefined,
      `Ref ${name} points to snapshot ${ref.snapshotId}, which is not listed.`,
    );
  }
  const { main } = metadata.refs;
  check(main?.type !== 'tag', 'main is a tag; it must be a branch.');
  check(
    main?.snapshotId === metadata.currentSnapshotId,
    `current-snapshot-id is ${metadata.currentSnapshotId ?? 'absent'}, but branch main is at ${main?.snapshotId ?? 'nothing'}.`,
  );
}

function check(holds: boolean, what: string): asserts holds {
  if (!holds) throw new InvalidMetadataError(what);
}
