import { parseIdentifier } from '@psyberg/iceberg';
import type { Project } from '../project.ts';
import type { DoctorFinding } from '../reports.ts';
import { leases } from '../state/lease.ts';
import { formatDurationLong } from '../time/duration.ts';
import { finding } from './finding.ts';

/** A run that takes longer has probably stopped moving. */
const LONG_MS = 6 * 3_600_000;

/** Leases whose owner is dead, and those held for very long. */
export async function leaseFindings(project: Project): Promise<readonly DoctorFinding[]> {
  const { namespace } = parseIdentifier(project.tableNames.sessions);
  const found = await leases(project.catalog, namespace, project.clock());
  return found.flatMap(({ process, owner, ageMs, alive }) => {
    const since = formatDurationLong(BigInt(Math.max(0, ageMs)) * 1000n);
    if (!alive) {
      const message = `The lease of ${process} was left by ${owner}, ${since} ago, which is dead. That stops nobody: the next run takes it.`;
      return [finding('info', 'lease', process, message, [`psyberg run ${process}`])];
    }
    if (ageMs < LONG_MS) return [];
    const message = `${process} is being run by ${owner} since ${since}. See whether it still moves; its lease ends with it.`;
    return [finding('warning', 'lease', process, message, ['psyberg status'])];
  });
}
