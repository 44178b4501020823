/** Which files of the targets and of our own tables nothing needs, worked out apart from `clean`: all that is in their folders less all that is reached. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { openTable, parseIdentifier, readManifest, readManifestList } from '@psyberg/iceberg';

const OWN_TABLES = ['psyberg.sessions', 'psyberg.watermarks', 'psyberg.audits'];

export const local = (location) => location.replace(/^file:\/*/, '/');

/** @param gone snapshots that are given up, with all that only they need */
export async function unreachableFiles(world, gone) {
  const unreachable = new Set();
  const targets = Object.values(world.processes).map(({ target }) => target.table);
  for (const name of [...targets, ...OWN_TABLES]) {
    const identifier = parseIdentifier(name);
    if (!(await world.catalog.tableExists(identifier))) continue;
    const table = await openTable(world.catalog, identifier);
    const reached = await reachedFiles(table, gone);
    for (const file of await filesBelow(local(table.metadata.location))) if (!reached.has(file)) unreachable.add(file);
  }
  return unreachable;
}

async function reachedFiles({ io, metadata, metadataLocation }, gone) {
  const reached = new Set([local(metadataLocation), ...metadata.metadataLog.map((entry) => local(entry.metadataFile))]);
  for (const snapshot of metadata.snapshots.filter(({ snapshotId }) => !gone.has(snapshotId))) {
    reached.add(local(snapshot.manifestList));
    for (const manifest of await readManifestList(io, metadata, snapshot)) {
      reached.add(local(manifest.path));
      // One that a manifest has as deleted is needed by older snapshots alone, in which it is live.
      for (const { status, file } of await readManifest(io, metadata, manifest))
        if (status !== 'deleted') reached.add(local(file.path));
    }
  }
  return reached;
}

async function filesBelow(folder) {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name));
}
