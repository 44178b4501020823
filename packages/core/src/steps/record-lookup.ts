import type { ProcessName } from '../process/process.ts';
import type { Project } from '../project.ts';
import { recordOfPlan } from '../session/session-record.ts';
import type { RecordLookup } from '../state/record-walk.ts';

/** Finds in the session table the record of a session that another engine published without our keys. */
export function recordLookup(project: Project, process: ProcessName): RecordLookup {
  return async (session) => {
    const event = await project.tables.latest({ process, session });
    const definition = project.processes.get(process);
    return event === undefined || definition === undefined
      ? undefined
      : recordOfPlan(definition, event.plan, event.attempt);
  };
}
