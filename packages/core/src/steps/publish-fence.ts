import type { Table } from '@psyberg/iceberg';
import { FencedError } from '../errors.ts';
import type { Project } from '../project.ts';
import { type HeldState, heldState } from '../state/record-walk.ts';
import type { StateRecord } from '../state/state-record.ts';
import type { PublishableWork } from './publishable-work.ts';
import { recordLookup } from './record-lookup.ts';

/** The record of the process that holds in the target now. */
export const holding = (project: Project, table: Table, { process }: PublishableWork): Promise<HeldState> =>
  heldState(table, process.target.branch, process.name, recordLookup(project, process.name));

/**
 * Whether this very session is published already.
 *
 * @throws {FencedError} published was another plan of that name: where no lease holds them apart, two runs may begin in one second
 */
export function isPublished({ record, base }: HeldState, work: PublishableWork): boolean {
  const { process, plan } = work;
  if (record?.session !== plan.session) return base === plan.session;
  if (pinsOf(record) === pinsOf(work.record)) return true;
  throw new FencedError(
    `Another run of ${process.name} that calls its session ${plan.session} too was published since this one was planned, and it read ` +
      'other snapshots. Nothing of this session was published. Run again: the next run plans on what is there now.',
    { next: [`psyberg run ${process.name}`] },
  );
}

const pinsOf = ({ part, sources }: StateRecord): string =>
  (part?.pins ?? sources).map((pin) => `${pin.table} ${pin.branch} ${pin.uuid} ${pin.snapshotId ?? ''}`).join('\n');

/** No clock decides: the newest session of the process in the branch's history must be the one that the plan was made on. @throws {FencedError} */
export function checkFence(held: HeldState, { process, plan }: PublishableWork): void {
  if (held.record?.session === plan.previous) return;
  throw new FencedError(
    `Session ${plan.session} of ${process.name} was planned on ${plan.previous ?? 'an empty history'}, but ` +
      `${held.record === undefined ? 'the target holds no session any more' : `session ${held.record.session} was published since`}. ` +
      'Nothing of this session was published. Run again: the next run plans on what is there now.',
    { next: [`psyberg run ${process.name}`] },
  );
}
