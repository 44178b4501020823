/**
 * What a run would do, for the whole chain, without writing anything. A process downstream is planned on what its sources are now
 * and on what the plans before it say their targets will gain; that part is marked as predicted.
 */
import { formatIdentifier } from '@psyberg/iceberg';
import type { FileChange } from '../changes/file-change.ts';
import type { SourceObservation } from '../changes/source-observation.ts';
import type { Process, ProcessName } from '../process/process.ts';
import { formatTimeColumn } from '../process/time-column.ts';
import type { Project } from '../project.ts';
import type { ChainReport, ProcessReport } from '../reports.ts';
import type { SessionPlan } from '../session/session-plan.ts';
import { planProcess } from '../steps/init.ts';
import { limitProblem } from '../steps/limit-problem.ts';
import type { PlannedWork } from '../steps/work.ts';
import { grainLengthUs } from '../time/grain.ts';
import { plus } from '../time/instant.ts';
import { EMPTY_SET, type IntervalSet, intersect, union } from '../time/interval-set.ts';
import { failureReport } from './failure-report.ts';
import { upstreamOf } from './order.ts';
import { chosenProcesses } from './run.ts';

export interface PlanOptions {
  readonly processes?: readonly string[];
  readonly maxIntervals?: number;
}

export async function plan(project: Project, options: PlanOptions = {}): Promise<ChainReport> {
  const reports: ProcessReport[] = [];
  const plans = new Map<ProcessName, { process: Process; plan: SessionPlan }>();
  for (const process of chosenProcesses(project, options.processes)) {
    const upstream = upstreamOf(process, project.processes.values())
      .map((p) => plans.get(p.name))
      .filter((p) => p !== undefined && p.plan.outcome !== 'nothing');
    try {
      const work = await planProcess(project, process, {
        ...(options.maxIntervals !== undefined && { maxIntervals: options.maxIntervals }),
        forecast: (observation) => upstream.reduce((o, u) => predicted(process, o, u!.process, u!.plan), observation),
      });
      plans.set(process.name, { process, plan: work.plan });
      reports.push(planReport(work));
    } catch (error) {
      reports.push(failureReport(process, error, undefined));
    }
  }
  return { processes: reports };
}

function planReport(work: PlannedWork): ProcessReport {
  const { process, plan: sessionPlan, observations } = work;
  const predictedSources = observations.filter((o) => o.predicted).map((o) => o.table);
  const problem = limitProblem(work);
  return {
    process: process.name,
    mode: process.mode,
    status: problem !== undefined ? 'needs_decision' : sessionPlan.outcome === 'work' ? 'ok' : 'nothing_to_do',
    session: sessionPlan.session,
    plan: sessionPlan,
    predictedSources,
    audits: [],
    message: problem?.message ?? sessionPlan.notes.join(' '),
    ...(problem && { error: problem }),
    next: problem?.next ?? [],
    stepsMs: {},
  };
}

/** A source as it will be once the plan upstream is published: its intervals changed, complete up to its new signal. */
function predicted(
  reader: Process,
  observation: SourceObservation,
  writer: Process,
  upstream: SessionPlan,
): SourceObservation {
  if (formatIdentifier(writer.target.table) !== observation.table || writer.target.branch !== observation.source.branch)
    return observation;
  const { signal } = upstream;
  const sameAxis =
    observation.source.time !== undefined &&
    writer.target.time !== undefined &&
    formatTimeColumn(observation.source.time) === formatTimeColumn(writer.target.time);
  const complete =
    signal !== undefined && sameAxis && observation.source.complete === undefined
      ? { until: signal.until, basis: signal.basis }
      : observation.complete;
  return {
    ...observation,
    changes: [...observation.changes, ...predictedChanges(writer, upstream)],
    exempt: union(observation.exempt, intersect(upstream.exempt ?? EMPTY_SET, upstream.write)),
    overwritten: union(observation.overwritten, predictedOverwrites(reader, observation, writer, upstream)),
    ...(complete && { complete }),
    predicted: true,
    notes: [...observation.notes, ...overwriteNote(reader, observation, writer, upstream)],
  };
}

function predictedChanges(writer: Process, upstream: SessionPlan): readonly FileChange[] {
  const length = grainLengthUs(writer.target.grain);
  return upstream.intervals
    .filter((i) => i.action !== 'none')
    .map(({ start, causes, action }): FileChange => {
      const rows = action === 'append' ? causes.reduce((n, c) => n + c.rows, 0) : 0;
      return {
        change: 'added',
        path: '',
        predictedBy: writer.name,
        rows,
        bytes: 0,
        span: [{ start, end: plus(start, length) }],
      };
    });
}

/** Whether the session upstream will take rows away that were published before. */
const overwrites = (writer: Process, upstream: SessionPlan): boolean =>
  writer.mode === 'stateless'
    ? upstream.replace !== undefined
    : upstream.intervals.some((i) => i.state === 'late' || i.state === 'redone');

/** What a stateless reader will replace in its turn. */
function predictedOverwrites(
  reader: Process,
  { source, from }: SourceObservation,
  writer: Process,
  upstream: SessionPlan,
): IntervalSet {
  const replaces = reader.mode === 'stateless' && source.onOverwrite === 'recompute';
  return replaces && from !== undefined && overwrites(writer, upstream) ? upstream.write : EMPTY_SET;
}

/** A stateless reader of a process that overwrites will stop at the first overwrite; better said now than at three in the night. */
function overwriteNote(
  reader: Process,
  { source, table, from }: SourceObservation,
  writer: Process,
  upstream: SessionPlan,
): readonly string[] {
  if (reader.mode !== 'stateless' || source.onOverwrite !== 'error') return [];
  const choices = 'Set onOverwrite of the source to recompute or added-only, or make it stateful.';
  if (from === undefined) {
    if (writer.mode === 'stateless') return [];
    return [
      `${writer.name} overwrites intervals of ${table} when late data comes; ${reader.name} only appends, and will stop there. ${choices}`,
    ];
  }
  if (!overwrites(writer, upstream)) return [];
  return [
    `${writer.name} will overwrite intervals of ${table} that ${reader.name} has read; ${reader.name} only appends, and would stop there. ${choices}`,
  ];
}
