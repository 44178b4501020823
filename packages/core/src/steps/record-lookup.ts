import type { ProcessName } from '../process/process.ts';
import type { Project } from '../project.ts';
import { recordOfPlan } from '../session/session-record.ts';
import type { RecordLookup } from '../state/record-walk.ts';

/** Finds in the session table the record of a session that another engine published without our keys. */
export function recordLookup(project: Project, process: ProcessName): RecordLookup {
  return async (session) => {
    const event = await project.tables.latest({ process, session });
    const definition = project.processes.get(process);
    if (event === undefined || definition === undefined) return undefined;
    // Of a session in parts the plan has the pins, but not the watermarks that it keeps until the last part.
    if (definition.mode === 'stateless' && event.plan.pending.length > 0) return undefined;
    return recordOfPlan(definition, event.plan, event.attempt);
  };
}
