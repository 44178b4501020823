import type { Process } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { HeldState } from '../state/record-walk.ts';

/** Ids of sessions that the target knows, or that this very run has made; one that did nothing is known to the run alone. */
export function takenSessionIds(project: Project, process: Process, held: HeldState): ReadonlySet<string> {
  const { record, base, property } = held;
  const known = [record?.session, base, property?.record.session, property?.before?.record.session];
  const made = project.remembered.filter((e) => e.process === process.name).map((e) => e.session);
  return new Set([...known, ...made].filter((s) => s !== undefined));
}
