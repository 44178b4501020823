import { formatIdentifier, type SnapshotId, toSnapshotId } from '@psyberg/iceberg';
import type { Process, ProcessName } from '../process/process.ts';

const PREFIX = ['psyberg', 'pin'];

/** `namespace.table` */
const TABLE = /^[^.]+(\.[^.]+)+$/;

/** A tag on a source's snapshot that a process must not lose to expiry. Process and target together are one pipeline in a catalog. */
export interface PinTag {
  /** `namespace.table` */
  readonly target: string;
  readonly branch: string;
  readonly process: ProcessName;
  readonly snapshotId: SnapshotId;
}

/** `psyberg:pin:` and target, branch, process and snapshot id, each percent-encoded, joined by `:`. */
export const pinTagName = (process: Process, snapshotId: SnapshotId): string =>
  [...PREFIX, formatIdentifier(process.target.table), process.target.branch, process.name, String(snapshotId)]
    .map(encodeURIComponent)
    .join(':');

/** What a tag of our making says; undefined for any other ref name. */
export function parsePinTag(name: string): PinTag | undefined {
  const [first, second, ...rest] = name.split(':');
  const [target, branch, process, id] = rest;
  if (first !== PREFIX[0] || second !== PREFIX[1] || rest.length !== 4) return undefined;
  if (!target || !branch || !process || id === undefined || !/^-?\d{1,19}$/.test(id)) return undefined;
  try {
    const named = decodeURIComponent(target);
    if (!TABLE.test(named)) return undefined;
    return {
      target: named,
      branch: decodeURIComponent(branch),
      process: decodeURIComponent(process) as ProcessName,
      snapshotId: toSnapshotId(BigInt(id)),
    };
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** Whether the tag was made for this process, whatever snapshot it is on. */
export const isTagOf = (process: Process, tag: PinTag): boolean =>
  tag.process === process.name &&
  tag.branch === process.target.branch &&
  tag.target === formatIdentifier(process.target.table);
