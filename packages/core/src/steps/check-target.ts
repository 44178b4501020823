/** What in a target forbids to plan: rows that are not ours to replace or to double. */
import { formatIdentifier, headOf, type Snapshot, snapshotById, type Table } from '@psyberg/iceberg';
import { NeedsDecisionError } from '../errors.ts';
import type { Process } from '../process/process.ts';
import type { Project } from '../project.ts';
import { processesWithState, STATE_SUMMARY_KEY } from '../state/keys.ts';
import { stateRecordFromJson } from '../state/state-record-json.ts';
import { sameTable } from './same-table.ts';

/** Rows that no configured process wrote must not be taken for ours, nor be doubled. */
export function checkUnclaimedRows(project: Project, process: Process, target: Table): void {
  const ours = new Set([...project.processes.keys()].map(String));
  let snapshot: Snapshot | undefined = headOf(target.metadata, process.target.branch);
  while (snapshot !== undefined) {
    const text = snapshot.summary[STATE_SUMMARY_KEY];
    const writer = text === undefined ? undefined : stateRecordFromJson(text).process;
    const adds =
      snapshot.operation !== 'replace' &&
      snapshot.operation !== 'delete' &&
      snapshot.summary['added-records'] !== undefined;
    if (adds && (writer === undefined || !ours.has(writer) || writer === process.name)) {
      const name = formatIdentifier(target.identifier);
      throw new NeedsDecisionError(
        `${name} holds rows (snapshot ${snapshot.snapshotId}) and no state record of ${process.name}: a new name, or a table that ` +
          'another job has filled. Nothing was changed. If it already holds what the sources hold, adopt it; else recompute it.',
        { next: [`psyberg adopt ${process.name} --at current`, `psyberg run ${process.name} --recompute`] },
      );
    }
    snapshot =
      snapshot.parentSnapshotId === undefined ? undefined : snapshotById(target.metadata, snapshot.parentSnapshotId);
  }
}

/** A recompute replaces the whole target, and others some intervals, so nobody else may have rows there. */
export function checkOnlyWriter(project: Project, process: Process, target: Table, what: string): void {
  const { branch } = process.target;
  const configured = [...project.processes.values()].filter(
    (p) => sameTable(p.target.table, target.identifier) && p.target.branch === branch,
  );
  const others = [...configured.map((p) => p.name), ...processesWithState(target.metadata.properties, branch)].filter(
    (name) => name !== process.name,
  );
  if (others.length === 0) return;
  throw new NeedsDecisionError(
    `${formatIdentifier(target.identifier)} is written by ${[...new Set(others)].join(', ')} as well as by ${process.name}, and ${what} would ` +
      'remove those rows. Nothing was changed. Give each process a table of its own, or empty the table and run them all.',
  );
}
