/**
 * `sources[].pin`: the snapshot up to which a source was read carries a tag of ours, so that expiry cannot overtake the process.
 *
 * The order makes that true at every moment of a crash: what the new record will vouch for is tagged before publication, what the
 * old one vouched for is untagged after it. A run that dies in between leaves a tag too many, which the next run takes away.
 */
import {
  commitMetadata,
  formatIdentifier,
  IcebergError,
  type MetadataUpdate,
  openTable,
  type SnapshotId,
  snapshotById,
  type Table,
  type TableIdentifier,
} from '@psyberg/iceberg';
import { AttemptRefusedError, NeedsDecisionError } from '../errors.ts';
import { changesSourcesOf, type Process } from '../process/process.ts';
import type { Project } from '../project.ts';
import { isTagOf, parsePinTag, pinTagName } from '../session/pin-tag.ts';
import type { StateRecord } from '../state/state-record.ts';

/** Whatever the table says of the age of refs. */
const FOREVER_MS = Number.MAX_SAFE_INTEGER;

/** Snapshots of one source table that the record vouches for, where the process pins it. */
interface Pinned {
  readonly table: TableIdentifier;
  readonly snapshots: ReadonlySet<SnapshotId>;
}

/** Of a session in parts, what is already in the target lies between two snapshots, and both are needed to go on. */
function pinnedBy(process: Process, record: StateRecord): readonly Pinned[] {
  const states = [...record.sources, ...(record.part?.pins ?? [])];
  const result = new Map<string, { table: TableIdentifier; snapshots: Set<SnapshotId> }>();
  for (const source of changesSourcesOf(process).filter((s) => s.pin)) {
    const name = formatIdentifier(source.table);
    const found = result.get(name) ?? { table: source.table, snapshots: new Set<SnapshotId>() };
    result.set(name, found);
    for (const { table, branch, snapshotId } of states)
      if (table === name && branch === source.branch && snapshotId !== undefined) found.snapshots.add(snapshotId);
  }
  return [...result.values()];
}

/**
 * Tags what a record about to be published vouches for; tags that are there stay. A snapshot for which the record before vouched
 * already may be gone: a skip and the parts of a split session hand it on, and what came since was told without it.
 *
 * @param held the record that holds until then
 * @throws {NeedsDecisionError} the catalog does not let us tag
 * @throws {AttemptRefusedError} a snapshot has expired meanwhile
 */
export async function tagBeforePublication(
  project: Project,
  process: Process,
  record: StateRecord,
  held: StateRecord | undefined,
): Promise<void> {
  for (const { table: identifier, snapshots } of pinnedBy(process, record)) {
    const table = await openTable(project.catalog, identifier);
    const name = formatIdentifier(identifier);
    const before = neededOf(process, held, name);
    for (const id of snapshots) {
      if (snapshotById(table.metadata, id) !== undefined || before.has(id)) continue;
      throw new AttemptRefusedError(
        `Snapshot ${id} of ${name}, which session ${record.session} of ${process.name} has read, has expired before ` +
          'it could be tagged (sources[].pin). Nothing was published. Give the session up; the next run plans anew.',
        { next: [`psyberg discard ${record.session}`, `psyberg run ${process.name}`] },
      );
    }
    await changeTags(table, process, (base) => missingTags(base, process, snapshots), 'Nothing was published.');
  }
}

/**
 * Brings the tags in line with the record that holds: what it vouches for is tagged if it is still there, the rest of the process's
 * tags go.
 *
 * @throws {NeedsDecisionError} the catalog does not let us tag
 */
export async function settleTags(project: Project, process: Process, record: StateRecord): Promise<void> {
  for (const { table: identifier, snapshots } of pinnedBy(process, record)) {
    const table = await openTable(project.catalog, identifier);
    await changeTags(
      table,
      process,
      (base) => [...missingTags(base, process, snapshots), ...removals(staleTags(base, process, snapshots))],
      'What was published stays published.',
    );
  }
}

const removals = (names: readonly string[]): readonly MetadataUpdate[] =>
  names.map((refName) => ({ action: 'remove-snapshot-ref', refName }));

function missingTags({ metadata }: Table, process: Process, wanted: ReadonlySet<SnapshotId>): MetadataUpdate[] {
  return [...wanted]
    .filter((id) => snapshotById(metadata, id) !== undefined)
    .map((snapshotId) => ({ refName: pinTagName(process, snapshotId), snapshotId }))
    .filter(({ refName, snapshotId }) => metadata.refs[refName]?.snapshotId !== snapshotId)
    .map(({ refName, snapshotId }) => ({
      action: 'set-snapshot-ref',
      refName,
      ref: { type: 'tag', snapshotId, maxRefAgeMs: FOREVER_MS },
    }));
}

/** Tags of the process on snapshots that it does not need (any more), by name. */
function staleTags({ metadata }: Table, process: Process, needed: ReadonlySet<SnapshotId>): readonly string[] {
  return Object.entries(metadata.refs).flatMap(([name, { type }]) => {
    const tag = type === 'tag' ? parsePinTag(name) : undefined;
    return tag !== undefined && isTagOf(process, tag) && !needed.has(tag.snapshotId) ? [name] : [];
  });
}

/** What the record that holds still needs of one table; nothing where the process does not pin it (any more). */
export function neededOf(process: Process, record: StateRecord | undefined, table: string): ReadonlySet<SnapshotId> {
  const pinned = record && pinnedBy(process, record).find((p) => formatIdentifier(p.table) === table);
  return pinned?.snapshots ?? new Set();
}

async function changeTags(
  table: Table,
  process: Process,
  updatesOn: (base: Table) => readonly MetadataUpdate[],
  state: string,
): Promise<void> {
  if (updatesOn(table).length === 0) return;
  try {
    await commitMetadata(table, async (base) => {
      const updates = updatesOn(base);
      return updates.length === 0 ? undefined : { updates };
    });
  } catch (error) {
    if (error instanceof IcebergError && error.outcome !== 'terminal') throw error;
    const name = formatIdentifier(table.identifier);
    throw new NeedsDecisionError(
      `${name} could not be tagged for ${process.name}, which sources[].pin asks for: ` +
        `${error instanceof Error ? error.message : String(error)} ${state} Without the tag an expiry could overtake the process. Give it ` +
        'the right to set tags there, or take "pin" out.',
      { next: [`psyberg run ${process.name}`], cause: error },
    );
  }
}
