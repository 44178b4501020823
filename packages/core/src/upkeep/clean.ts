/**
 * Clean: remove what sessions of ours left behind and nobody can need. Staged snapshots of sessions that are over (discarded,
 * superseded, or planned on a session that is no longer the newest), files of ours that no metadata reaches, and tags on sources
 * that no process needs. Nothing else: only snapshots that carry a wap.id of a configured process, only orphans (see there) in the
 * folders of the targets and of our own tables, only tags by names of ours whose process is configured or has no record in its target.
 * A table whose `gc.enabled` is false shares its files with others, and none can be told to be needed by nobody.
 */
import {
  ancestorsOf,
  commitMetadata,
  formatIdentifier,
  isGcEnabled,
  orphanFiles,
  parseIdentifier,
  readManifestList,
  type Snapshot,
  type SnapshotId,
  snapshotById,
  snapshotChanges,
  type Table,
} from '@psyberg/iceberg';
import { NeedsDecisionError } from '../errors.ts';
import { changesSourcesOf, type Process } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { CleanReport } from '../reports.ts';
import { isTagOf, type PinTag, parsePinTag } from '../session/pin-tag.ts';
import { parseWapId } from '../session/wap-id.ts';
import { STATE_SUMMARY_KEY, WAP_ID_KEY } from '../state/keys.ts';
import { heldState } from '../state/record-walk.ts';
import type { StateRecord } from '../state/state-record.ts';
import { stateRecordFromJson } from '../state/state-record-json.ts';
import { openIfExists } from '../steps/open-if-exists.ts';
import { neededOf } from '../steps/pin-sources.ts';
import { recordLookup } from '../steps/record-lookup.ts';
import { isFirstMetadata, isOursIn, ofTablesThatNeverWere } from './our-files.ts';

/** Younger files may belong to a write that is still at work. */
const FILE_AGE_MIN_MS = 24 * 3_600_000;

interface DeadSnapshot {
  readonly snapshot: Snapshot;
  readonly session: CleanReport['stagedSnapshots'][number]['session'];
  readonly why: string;
}

export async function clean(project: Project, { dryRun }: { readonly dryRun: boolean }): Promise<CleanReport> {
  const staged: CleanReport['stagedSnapshots'][number][] = [];
  const files: CleanReport['files'][number][] = [];
  const leftAlone: string[] = [];
  for (const [name, processes] of processesByTable(project)) {
    const table = await openIfExists(project, parseIdentifier(name));
    if (table === undefined) continue;
    if (!isGcEnabled(table.metadata)) {
      leftAlone.push(name);
      continue;
    }
    const dead: DeadSnapshot[] = [];
    for (const process of processes) dead.push(...(await deadSnapshots(project, process, table)));
    staged.push(
      ...dead.map(({ snapshot, session, why }) => ({ table: name, snapshotId: snapshot.snapshotId, session, why })),
    );
    const brought: CleanReport['files'][number][] = [];
    for (const { snapshot } of dead) brought.push(...(await ownFiles(table, snapshot)));
    const ids = dead.map((d) => d.snapshot.snapshotId);
    // The snapshots first: a file must never be gone while the metadata still names it, because somebody tagged it meanwhile.
    if (!dryRun && dead.length > 0) await removeSnapshots(table, ids);
    const remains = await remainsOf(table, brought, new Set(dryRun ? ids : []), project.clock());
    for (const file of remains) {
      files.push(file);
      if (!dryRun) await table.io.delete(file.location);
    }
  }
  const tags = await staleSourceTags(project);
  if (!dryRun) for (const { source, names } of tags) await removeTags(source, names);
  return {
    dryRun,
    leftAlone,
    stagedSnapshots: staged,
    files,
    tags: tags.flatMap(({ source, names }) =>
      names.map((tag) => ({ table: formatIdentifier(source.identifier), tag, process: parsePinTag(tag)!.process })),
    ),
  };
}

/** Tags of ours on configured sources that nobody needs. */
async function staleSourceTags(project: Project): Promise<readonly { source: Table; names: readonly string[] }[]> {
  const result: { source: Table; names: readonly string[] }[] = [];
  const seen = new Set<string>();
  for (const { table } of [...project.processes.values()].flatMap((p) => changesSourcesOf(p))) {
    if (seen.has(formatIdentifier(table))) continue;
    seen.add(formatIdentifier(table));
    const source = await openIfExists(project, table);
    const names: string[] = [];
    for (const name of Object.keys(source?.metadata.refs ?? {}))
      if (source !== undefined && (await isStale(project, source, name))) names.push(name);
    if (source !== undefined && names.length > 0) result.push({ source, names });
  }
  return result;
}

/** The process of a tag may be another project's: then only a target that knows nothing of it tells that the tag is nobody's. */
async function isStale(project: Project, source: Table, name: string): Promise<boolean> {
  const tag = parsePinTag(name);
  if (tag === undefined || source.metadata.refs[name]?.type !== 'tag') return false;
  const record = await recordOfTag(project, tag);
  if (record === 'unknown') return false;
  const process = project.processes.get(tag.process);
  if (process === undefined || !isTagOf(process, tag)) return record === undefined;
  return !neededOf(process, record, formatIdentifier(source.identifier)).has(tag.snapshotId);
}

/** What its target holds of the process of a tag; unknown where history does not tell. */
async function recordOfTag(project: Project, tag: PinTag): Promise<StateRecord | undefined | 'unknown'> {
  const target = await openIfExists(project, parseIdentifier(tag.target));
  if (target === undefined || target.metadata.refs[tag.branch] === undefined) return undefined;
  try {
    return (await heldState(target, tag.branch, tag.process, recordLookup(project, tag.process))).record;
  } catch (error) {
    if (error instanceof NeedsDecisionError) return 'unknown';
    throw error;
  }
}

const removeTags = (source: Table, names: readonly string[]): Promise<Table> =>
  commitMetadata(source, async ({ metadata }) => {
    const left = names.filter((name) => metadata.refs[name]?.type === 'tag');
    return left.length === 0
      ? undefined
      : { updates: left.map((refName) => ({ action: 'remove-snapshot-ref', refName })) };
  });

/** Targets with the processes that write them, and our own tables, in which nothing is ever staged. */
function processesByTable(project: Project): ReadonlyMap<string, readonly Process[]> {
  const result = new Map<string, Process[]>();
  for (const process of project.processes.values()) {
    const name = formatIdentifier(process.target.table);
    result.set(name, [...(result.get(name) ?? []), process]);
  }
  for (const name of Object.values(project.tableNames)) result.set(name, result.get(name) ?? []);
  return result;
}

async function deadSnapshots(project: Project, process: Process, table: Table): Promise<readonly DeadSnapshot[]> {
  const held = await heldState(table, process.target.branch, process.name, recordLookup(project, process.name));
  const states = new Map((await project.tables.sessions(process.name)).map((e) => [e.session, e]));
  const reachable = reachableSnapshots(table);
  const result: DeadSnapshot[] = [];
  for (const snapshot of table.metadata.snapshots) {
    const named = parseWapId(snapshot.summary[WAP_ID_KEY] ?? '');
    if (named === undefined || named.process !== process.name || reachable.has(snapshot.snapshotId)) continue;
    const event = states.get(named.session);
    const text = snapshot.summary[STATE_SUMMARY_KEY];
    const planned = text === undefined ? event?.plan.previous : stateRecordFromJson(text).previous;
    const why =
      event?.state === 'discarded' ||
      event?.state === 'superseded' ||
      event?.state === 'committed' ||
      event?.state === 'published'
        ? `session ${event.state}`
        : event !== undefined && event.attempt > named.attempt
          ? 'attempt ended'
          : planned !== held.record?.session
            ? 'planned on a session that is no longer the newest'
            : undefined;
    if (why !== undefined) result.push({ snapshot, session: named.session, why });
  }
  return result;
}

/** Ancestors of every branch and tag. */
function reachableSnapshots(table: Table): ReadonlySet<SnapshotId> {
  const result = new Set<SnapshotId>();
  for (const ref of Object.values(table.metadata.refs)) {
    for (const { snapshotId } of ancestorsOf(table.metadata, ref.snapshotId)) {
      if (result.has(snapshotId)) break;
      result.add(snapshotId);
    }
  }
  return result;
}

function removeSnapshots(table: Table, ids: readonly SnapshotId[]): Promise<Table> {
  return commitMetadata(table, async (base) => {
    const reachable = reachableSnapshots(base);
    const left = ids.filter((id) => snapshotById(base.metadata, id) !== undefined && !reachable.has(id));
    return left.length === 0 ? undefined : { updates: [{ action: 'remove-snapshots', snapshotIds: left }] };
  });
}

/**
 * Files that nothing needs once the dead snapshots are gone: what those brought at once, and once they are old the files that dead
 * processes left in the folders: data files that were never staged, what table commits wrote that never came to be, temporary files.
 */
async function remainsOf(
  table: Table,
  brought: CleanReport['files'],
  except: ReadonlySet<SnapshotId>,
  nowMs: number,
): Promise<CleanReport['files']> {
  const isOurs = isOursIn(table.metadata);
  const orphans = await orphanFiles(table, {
    isOurs: (location) => isOurs(location) || isFirstMetadata(location),
    minAgeMs: FILE_AGE_MIN_MS,
    nowMs,
    except,
    also: brought,
  });
  const isAnothers = (location: string): boolean => !isOurs(location) && isFirstMetadata(location);
  const locations = orphans.map(({ location }) => location).filter(isAnothers);
  const neverWere = await ofTablesThatNeverWere(table, locations);
  return orphans
    .filter(({ location }) => !isAnothers(location) || neverWere.has(location))
    .map(({ location, sizeBytes }) => ({ location, sizeBytes }));
}

/** The manifest list, the manifests and the data files that a snapshot brought. */
async function ownFiles(table: Table, snapshot: Snapshot): Promise<CleanReport['files']> {
  const files: CleanReport['files'][number][] = [];
  if (snapshot.manifestList !== undefined) files.push(await sized(table, snapshot.manifestList));
  for (const manifest of await readManifestList(table.io, table.metadata, snapshot)) {
    if (manifest.addedSnapshotId === snapshot.snapshotId)
      files.push({ location: manifest.path, sizeBytes: manifest.lengthBytes });
  }
  const { added } = await snapshotChanges(table, snapshot.snapshotId);
  return [...files, ...added.map(({ file }) => ({ location: file.path, sizeBytes: file.fileSizeBytes }))];
}

const sized = async (table: Table, location: string): Promise<CleanReport['files'][number]> => ({
  location,
  sizeBytes: await table.io.size(location),
});
