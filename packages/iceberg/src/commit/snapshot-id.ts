import { randomUUID } from 'node:crypto';
import { snapshotById } from '../metadata/history.ts';
import type { TableMetadata } from '../metadata/table-metadata.ts';
import { type SnapshotId, toSnapshotId } from '../spec/ids.ts';

const MASK_63_BITS = 0x7fff_ffff_ffff_ffffn;

/** A random id that the table does not have; the two halves of a UUID folded together, as Java makes it. Never made of the time. */
export function newSnapshotId(metadata: TableMetadata): SnapshotId {
  for (;;) {
    const hex = randomUUID().replaceAll('-', '');
    const folded = BigInt(`0x${hex.slice(0, 16)}`) ^ BigInt(`0x${hex.slice(16)}`);
    const id = toSnapshotId(folded & MASK_63_BITS);
    if (id > 0n && snapshotById(metadata, id) === undefined) return id;
  }
}
