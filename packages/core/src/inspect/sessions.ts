import { SessionNotFoundError, UsageError } from '../errors.ts';
import type { SessionId } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { ExplainReport, IntervalHistoryReport } from '../reports.ts';
import type { SessionEvent } from '../session/rows.ts';
import { floorTo, grainLengthUs } from '../time/grain.ts';
import { type Instant, plus } from '../time/instant.ts';
import { overlaps } from '../time/interval-set.ts';

/** The newest event of every session, oldest session first; of one process or of all. */
export async function sessions(
  project: Project,
  { process }: { readonly process?: string } = {},
): Promise<readonly SessionEvent[]> {
  return project.tables.sessions(process === undefined ? undefined : project.process(process).name);
}

/** All that is known of one session. @throws {SessionNotFoundError} @throws {UsageError} several processes have it */
export async function explain(
  project: Project,
  { process, session }: { readonly process?: string; readonly session: string },
): Promise<ExplainReport> {
  const key = {
    session: session as SessionId,
    ...(process !== undefined && { process: project.process(process).name }),
  };
  const history = await project.tables.events(key);
  const named = [...new Set(history.map((e) => e.process))];
  if (named.length > 1) {
    throw new UsageError(
      `Session ${session} is one of ${named.join(', ')}. Say which: psyberg explain PROCESS ${session}.`,
      { next: named.map((name) => `psyberg explain ${name} ${session}`) },
    );
  }
  const event = history.at(-1);
  if (event === undefined) {
    throw new SessionNotFoundError(
      `There is no session "${session}"${process === undefined ? '' : ` of ${process}`}.`,
      {
        next: [`psyberg sessions${process === undefined ? '' : ` ${process}`}`],
      },
    );
  }
  return { event, history, audits: await project.tables.audits({ process: event.process, session: event.session }) };
}

/** Every session that wrote one interval, oldest first. */
export async function explainInterval(
  project: Project,
  { process, interval }: { readonly process: string; readonly interval: Instant },
): Promise<IntervalHistoryReport> {
  const definition = project.process(process);
  const { grain } = definition.target;
  const start = floorTo(grain, interval);
  const whole = { start, end: plus(start, grainLengthUs(grain)) };
  const all = await project.tables.sessions(definition.name);
  const writers = all
    .filter((e) => e.state === 'published' || e.state === 'committed')
    .filter((e) => overlaps(e.plan.write, whole))
    .map((event) => {
      const planned = event.plan.intervals.find((i) => i.start === start);
      return { event, ...(planned && { interval: planned }) };
    });
  return { process: definition.name, interval: whole, writers };
}
