/**
 * The law on the user's own tables: a full recompute against what is there, restricted to what the process has loaded.
 *
 * Pending intervals are left out. Skipped ones, and ones that an older transform computed, are compared apart, and what really
 * differs there is listed as known. Where a snapshot that is needed is gone the verdict is `unverifiable`, never `equal`.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Table } from '@psyberg/iceberg';
import { chosenProcesses } from '../chain/run.ts';
import { fingerprintsOf } from '../plan/fingerprints.ts';
import { lookupSourcesOf, type Process } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { ProcessVerification, VerifyReport } from '../reports.ts';
import { heldState } from '../state/record-walk.ts';
import type { StateRecord } from '../state/state-record.ts';
import { schemaRelations, targetEvolution, withEvolution } from '../steps/evolve-target.ts';
import { openIfExists } from '../steps/open-if-exists.ts';
import { recordLookup } from '../steps/record-lookup.ts';
import { isEmpty } from '../time/interval-set.ts';
import { verdict } from './judge.ts';
import { openSources, type Recomputation, Unverifiable } from './recompute.ts';
import { verifyIntervals } from './verify-intervals.ts';
import type { VerifyOptions } from './verify-options.ts';
import { verifyStateless } from './verify-stateless.ts';

/** Where recomputed rows lie while they are compared; an engine must be allowed to write there. */
export const SCRATCH_LOCATION = join(tmpdir(), 'psyberg-scratch');

export async function verify(project: Project, options: VerifyOptions = {}): Promise<VerifyReport> {
  const results: ProcessVerification[] = [];
  for (const process of chosenProcesses(project, options.processes)) {
    project.emit({ kind: 'step-started', process: process.name, session: undefined, step: 'verify' });
    const begun = performance.now();
    const result = await verifyProcess(project, process, options);
    results.push(result);
    project.emit({
      kind: 'step-finished',
      process: process.name,
      session: undefined,
      step: 'verify',
      elapsedMs: performance.now() - begun,
      message: result.message,
    });
  }
  return { processes: results };
}

async function verifyProcess(project: Project, process: Process, options: VerifyOptions): Promise<ProcessVerification> {
  const target = await openIfExists(project, process.target.table);
  const held =
    target && (await heldState(target, process.target.branch, process.name, recordLookup(project, process.name)));
  if (target === undefined || held?.record === undefined) {
    return verdict(process, 'no_sessions', 'There is no session to verify yet.');
  }
  await mkdir(SCRATCH_LOCATION, { recursive: true });
  const scratch = await mkdtemp(join(SCRATCH_LOCATION, 'verify-'));
  try {
    const sources = await openSources(project, process, held.record);
    const work: Recomputation = {
      project,
      process,
      record: held.record,
      target: await asTransformed(project, process, target, held.record, sources),
      head: held.head?.snapshotId,
      sources,
      scratch: `file://${scratch}`,
    };
    const result =
      process.mode === 'stateless' ? await verifyStateless(work, options) : await verifyIntervals(work, options);
    return isEmpty(held.record.pending) ? result : { ...result, pending: held.record.pending };
  } catch (error) {
    if (!(error instanceof Unverifiable)) throw error;
    return verdict(process, 'unverifiable', `Cannot be verified: ${error.message}.`);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** With the columns that a changed transform returns and its next session will add: until then they read NULL. */
async function asTransformed(
  project: Project,
  process: Process,
  target: Table,
  record: StateRecord,
  sources: readonly Table[],
): Promise<Table> {
  if (record.fingerprints.transform === fingerprintsOf(process).transform) return target;
  const lookups = await Promise.all(lookupSourcesOf(process).map((s) => openIfExists(project, s.table)));
  const relations = schemaRelations(process, [...sources, ...lookups.filter((t) => t !== undefined)]);
  return relations === undefined
    ? target
    : withEvolution(target, await targetEvolution(project, process, target, relations));
}
