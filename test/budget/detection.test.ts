/**
 * What detection may read: its cost follows the change and not the table. Files are counted by name, on handles that have read
 * nothing before.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { changes, plan } from '@psyberg/core';
import {
  type FileAccess,
  LocalFileIO,
  observeFileIO,
  openTable,
  parseIdentifier,
  planFiles,
  requireSnapshot,
  type SnapshotId,
  snapshotChanges,
} from '@psyberg/iceberg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeLargeTable, openLakeCatalog, openLakeProject, PROCESS, SOURCE } from '../../bench/large-table.mjs';

const FILES = 100_000;
const LATE = 50;

let folder: string;
let read: SnapshotId;
let head: SnapshotId;
/** The metadata file, the head's manifest list, and the manifests that the head wrote. */
let allowed: readonly string[];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'psyberg-budget-'));
  ({ read, head } = await makeLargeTable(folder, { files: FILES, commits: 10, late: LATE }));
  allowed = await filesOfHead();
}, 120_000);

afterAll(() => rm(folder, { recursive: true, force: true }));

async function filesOfHead(): Promise<readonly string[]> {
  const catalog = await openLakeCatalog(folder);
  const table = await openTable(catalog, parseIdentifier(SOURCE));
  const { manifestList } = requireSnapshot(table.metadata, head);
  const commitId = /-([0-9a-f-]{36})\.avro$/.exec(manifestList!)![1]!;
  const own: string[] = [];
  for await (const { location } of table.io.list(`${table.metadata.location}/metadata`)) {
    if (path.basename(location).startsWith(`${commitId}-m`)) own.push(location);
  }
  await catalog.close();
  return [table.metadataLocation, manifestList!, ...own].map(nameOf).sort();
}

const nameOf = (location: string): string => path.basename(location);

/** Names of the source's files that were opened, once for each time. */
function observed() {
  const opened: string[] = [];
  const note = ({ kind, location }: FileAccess): void => {
    if (['read', 'read-range'].includes(kind) && location.includes('/raw/events/')) opened.push(nameOf(location));
  };
  return { opened, io: observeFileIO(new LocalFileIO(), note) };
}

describe(`on ${FILES} files, of which the last commit added ${LATE}`, () => {
  it('would notice a walk over the table, which opens every manifest', async () => {
    const { opened, io } = observed();
    const catalog = await openLakeCatalog(folder, io);
    const files = await planFiles(await openTable(catalog, parseIdentifier(SOURCE)));
    await catalog.close();
    expect(files).toHaveLength(FILES + LATE);
    expect(allowed).toHaveLength(3);
    expect(opened.length).toBeGreaterThanOrEqual(allowed.length + 10);
  });

  it('plans from one metadata file, one manifest list and the manifests of that commit', async () => {
    const { opened, io } = observed();
    const project = await openLakeProject(folder, io);
    const report = await plan(project, { processes: [PROCESS] });
    await project.close();
    const [planned] = report.processes;
    expect(planned?.error).toBeUndefined();
    expect(planned?.plan?.sources[0]).toMatchObject({
      files: LATE,
      from: { snapshotId: read },
      to: { snapshotId: head },
    });
    expect(opened.sort()).toEqual(allowed);
  });

  it('tells a snapshot’s changes from the same files', async () => {
    const { opened, io } = observed();
    const catalog = await openLakeCatalog(folder, io);
    const table = await openTable(catalog, parseIdentifier(SOURCE));
    const { added, removed } = await snapshotChanges(table, head);
    await catalog.close();
    expect([added.length, removed.length]).toEqual([LATE, 0]);
    expect(opened.sort()).toEqual(allowed);
  });

  it('lists changes since a snapshot from the same files', async () => {
    const { opened, io } = observed();
    const project = await openLakeProject(folder, io);
    const report = await changes(project, { table: SOURCE, from: read });
    await project.close();
    expect(report.snapshots).toMatchObject([{ snapshotId: head, addedFiles: LATE, removedFiles: 0 }]);
    expect(report.intervals.flatMap((interval) => interval.causes).reduce((n, cause) => n + cause.files, 0)).toBe(LATE);
    expect(opened.sort()).toEqual(allowed);
  });
});
