/**
 * Write: run the transform and stage its rows in a snapshot that no branch points at.
 *
 * A crash before the staging commit leaves data files that nothing points at; a crash after it leaves a staged snapshot that a
 * later session never publishes. Either way the next run plans anew and nothing is lost or doubled.
 */
import {
  commitSnapshot,
  currentSchema,
  type DataFile,
  formatIdentifier,
  headOf,
  type SnapshotChange,
  type Table,
} from '@psyberg/iceberg';
import { requireAuditColumns } from '../audits/check-columns.ts';
import type { EngineCallOptions, IntervalRows, Relation, TransformResult } from '../engine/engine.ts';
import { readSchemaOf } from '../engine/read-schema.ts';
import { assert, UsageError } from '../errors.ts';
import type { Process } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { SessionPlan } from '../session/session-plan.ts';
import { recordOfSession } from '../session/session-record.ts';
import { ATTEMPT_HEAD_KEY, CARRIED_MANIFESTS_KEY, STATE_SUMMARY_KEY, WAP_ID_KEY } from '../state/keys.ts';
import type { StateRecord } from '../state/state-record.ts';
import { stateRecordToJson } from '../state/state-record-json.ts';
import { grainLengthUs } from '../time/grain.ts';
import { BEGINNING_OF_TIME, END_OF_TIME, plus } from '../time/instant.ts';
import {
  EMPTY_SET,
  type Interval,
  type IntervalSet,
  intervalSet,
  isEmpty,
  subtract,
  union,
} from '../time/interval-set.ts';
import { carryRows } from './carry-rows.ts';
import { ensureTarget, writeTargetOf } from './ensure-target.ts';
import {
  checkEvolution,
  evolutionSummary,
  type TargetEvolution,
  targetEvolution,
  withEmptyPrevious,
  withEvolution,
} from './evolve-target.ts';
import { parametersOf, rangeOfCall } from './parameters.ts';
import { replacedFiles } from './replaced-files.ts';
import { filesOfInterval } from './target-files.ts';
import { tellGoneColumns } from './tell-gone-columns.ts';
import { addedRows, lookupRelations, pinsOf, replacedRows, rowsOfInterval } from './transform-inputs.ts';
import { sqlOf } from './transform-sql.ts';
import type { Attempt, InputRelation, PlannedWork, WrittenWork } from './work.ts';

export interface WriteOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: EngineCallOptions['onProgress'];
}

/** @throws the engine's errors: SQL, schema, rows outside the range, NULL in the time column */
export async function writeSession(
  project: Project,
  work: PlannedWork,
  attempt: Attempt,
  options: WriteOptions = {},
): Promise<WrittenWork> {
  const { process, plan } = work;
  const lookups = await lookupRelations(project, process, plan.lookups);
  const computed = await tellGoneColumns(project, work, () =>
    process.mode === 'stateless'
      ? transformOnce(project, work, lookups, options)
      : transformCalls(project, work, lookups, options),
  );
  const written = writtenIntervals(process, plan, computed.rowsByInterval);
  const record = recordOfSession(process, plan, attempt.number, written, work.held.record);
  const { files, evolution, ...rest } = computed;
  const staged = await stage(project, work, attempt, { ...rest, files, evolution }, record, options);
  return { ...rest, ...staged, record, computed: files };
}

/** Where rows go: the target as it will be, and the columns that this adds to it. */
interface Destination {
  readonly target: Table;
  readonly evolution: TargetEvolution | undefined;
}

interface Computed extends Destination {
  readonly files: readonly DataFile[];
  readonly rows: number;
  readonly rowsByInterval: readonly IntervalRows[];
  readonly rowsDropped: number;
  readonly inputs: readonly InputRelation[];
}

async function transformOnce(
  project: Project,
  work: PlannedWork,
  lookups: readonly InputRelation[],
  options: WriteOptions,
): Promise<Computed> {
  const { process, plan } = work;
  const replace = plan.replace ?? EMPTY_SET;
  const inputs = [...addedRows(work), ...lookups];
  await refuseWholeSetLogic(project, process, inputs);
  const relations = inputs.map((i) => i.relation);
  const destination = await destinationOf(project, process, work.target, relations);
  const call = (rows: readonly InputRelation[], within: IntervalSet | undefined): Promise<TransformResult> =>
    callEngine(
      project,
      process,
      plan,
      destination.target,
      rows.map((i) => i.relation),
      undefined,
      within,
      options,
    );
  const appended = await call(inputs, isEmpty(replace) ? undefined : subtract(ALL_TIME, replace));
  if (isEmpty(replace)) return { ...appended, ...destination, inputs: counted(inputs, appended) };
  const whole = [...(await replacedRows(work)), ...lookups];
  const replaced = await call(whole, replace);
  return {
    ...sumOf([appended, replaced]),
    ...destination,
    inputs: mergeInputs([counted(inputs, appended), counted(whole, replaced)]),
  };
}

async function destinationOf(
  project: Project,
  process: Process,
  target: Table | undefined,
  relations: readonly Relation[],
): Promise<Destination> {
  if (target === undefined)
    return { target: await ensureTarget(project, process, undefined, relations), evolution: undefined };
  const evolution = await targetEvolution(project, process, target, relations);
  const evolved = withEvolution(target, evolution);
  requireAuditColumns(process.audits, formatIdentifier(target.identifier), currentSchema(evolved.metadata));
  return { target: evolved, evolution };
}

const ALL_TIME: IntervalSet = [{ start: BEGINNING_OF_TIME, end: END_OF_TIME }];

const sumOf = (parts: readonly TransformResult[]): Omit<TransformResult, 'inputs'> => ({
  files: parts.flatMap((p) => p.files),
  rows: parts.reduce((n, p) => n + p.rows, 0),
  rowsByInterval: parts.flatMap((p) => p.rowsByInterval),
  rowsDropped: parts.reduce((n, p) => n + p.rowsDropped, 0),
});

/**
 * A stateless transform sees only new rows: whatever looks at several rows at once would have to see those of earlier sessions.
 *
 * @throws {UsageError}
 */
async function refuseWholeSetLogic(
  project: Project,
  process: Process,
  inputs: readonly InputRelation[],
): Promise<void> {
  if (process.transform.kind !== 'sql' || process.transform.rowwise) return;
  const engine = await project.engineFor(process)();
  const analysis = await engine.analyze({
    sql: sqlOf(process, engine.name),
    relations: inputs.map((i) => i.relation),
    parameters: parametersOf(process, 'analysis', undefined, undefined),
  });
  const problems = analysis.rowwiseProblems(
    inputs.filter((i) => i.role === 'changes').flatMap((i) => i.relation.names),
  );
  if (problems.length === 0) return;
  throw new UsageError(
    `The transform of ${process.name} is not row-wise: ${problems.join('; ')}. A stateless process sees only rows that are new, so the ` +
      'result would miss what earlier sessions read. Nothing was written. Use mode: stateful, or assert transform.rowwise: true.',
    { next: ['psyberg check'] },
  );
}

/** One call per run of intervals, or per interval; a sequential one hands each interval's rows to the next as `previous`. */
async function transformCalls(
  project: Project,
  work: PlannedWork,
  lookups: readonly InputRelation[],
  options: WriteOptions,
): Promise<Computed> {
  const { process, plan } = work;
  const pins = pinsOf(plan.sources);
  const parts: (TransformResult & { inputs: TransformResult['inputs'] })[] = [];
  const inputs: (readonly InputRelation[])[] = [];
  let destination: Destination | undefined;
  let previous: readonly DataFile[] = [];
  for (const [i, call] of plan.calls.entries()) {
    const changes = await rowsOfInterval(process, work.sources, pins, call);
    const relations = [...changes, ...lookups].map((input) => input.relation);
    destination ??= await destinationOf(project, process, work.target, withEmptyPrevious(process, relations));
    const { target } = destination;
    if (process.mode === 'sequential')
      relations.push(await previousRows(process, target, work, call, i === 0 ? undefined : previous));
    const result = await callEngine(project, process, plan, target, relations, call, [call], options);
    previous = result.files;
    parts.push(result);
    inputs.push(counted([...changes, ...lookups], result));
    options.onProgress?.({ fraction: (i + 1) / plan.calls.length, rows: parts.reduce((n, p) => n + p.rows, 0) });
  }
  assert(destination !== undefined, `${process.name} has work but no interval to compute`);
  return { ...sumOf(parts), ...destination, inputs: mergeInputs(inputs) };
}

async function callEngine(
  project: Project,
  process: Process,
  plan: SessionPlan,
  target: Table,
  relations: readonly Relation[],
  call: Interval | undefined,
  within: IntervalSet | undefined,
  options: WriteOptions,
): Promise<TransformResult> {
  const engine = await project.engineFor(process)();
  return engine.transform(
    {
      sql: sqlOf(process, engine.name),
      relations,
      parameters: parametersOf(process, plan.session, rangeOfCall(process, plan.range, call), call),
      target: writeTargetOf(process, target),
      grain: process.target.grain,
      ...(within && { within }),
      outside: process.sources.some((s) => s.role === 'changes' && s.reads.beforeUs + s.reads.afterUs > 0n)
        ? 'drop'
        : 'error',
      nullTime: 'error',
    },
    {
      ...(options.signal && { signal: options.signal }),
      ...(options.onProgress && { onProgress: options.onProgress }),
    },
  );
}

/** The target's rows of the interval before: from this session where it computed them, else from the branch. */
async function previousRows(
  process: Process,
  target: Table,
  work: PlannedWork,
  call: Interval,
  computed: readonly DataFile[] | undefined,
): Promise<Relation> {
  const before = { start: plus(call.start, -grainLengthUs(process.target.grain)), end: call.start };
  const { time } = process.target;
  const relation = { names: ['previous'], ...readSchemaOf(target.metadata), ...(time && { time }) };
  if (computed !== undefined) return { ...relation, parts: [{ files: computed }] };
  const files =
    work.plan.kind === 'recompute'
      ? []
      : await filesOfInterval(
          target,
          headOf(target.metadata, process.target.branch)?.snapshotId,
          process.target.time,
          before,
        );
  return { ...relation, parts: [{ files, within: [before] }] };
}

const counted = (inputs: readonly InputRelation[], { inputs: counts }: TransformResult): readonly InputRelation[] =>
  inputs.map((input, i) => {
    const count = counts[i];
    return count === undefined ? input : { ...input, rows: count.rows, nullTimeRows: count.nullTimeRows };
  });

/** Inputs of several calls as one: their parts side by side. A lookup is the same in each. */
function mergeInputs(calls: readonly (readonly InputRelation[])[]): readonly InputRelation[] {
  const [first = []] = calls;
  return first.map((input, i): InputRelation => {
    if (input.role === 'lookup') return input;
    const all = calls.map((c) => c[i]!);
    return {
      role: 'changes',
      relation: { ...input.relation, parts: all.flatMap((c) => c.relation.parts) },
      rows: all.reduce((n, c) => n + (c.rows ?? 0), 0),
      nullTimeRows: all.reduce((n, c) => n + (c.nullTimeRows ?? 0), 0),
    };
  });
}

/** What is replaced is written, also to nothing; of what is appended to, just the intervals that got rows. */
function writtenIntervals(process: Process, plan: SessionPlan, rows: readonly IntervalRows[]): IntervalSet {
  if (process.mode !== 'stateless' || process.target.time === undefined) return plan.write;
  const length = grainLengthUs(process.target.grain);
  const touched = intervalSet(rows.map(({ start }) => ({ start, end: plus(start, length) })));
  return plan.replace === undefined ? touched : union(touched, plan.replace);
}

/** Stages what was computed; on each attempt the rows to carry are made anew from the head of that attempt. */
async function stage(
  project: Project,
  { process, plan }: PlannedWork,
  attempt: Attempt,
  { target, files: computed, evolution }: Destination & { readonly files: readonly DataFile[] },
  record: StateRecord,
  options: WriteOptions,
): Promise<Pick<WrittenWork, 'stagedSnapshotId' | 'attemptHead'>> {
  const attemptHead = headOf(target.metadata, process.target.branch)?.snapshotId;
  const produce = async (base: Table): Promise<SnapshotChange | undefined> => {
    checkEvolution({ process, plan }, base, evolution);
    const head = headOf(base.metadata, process.target.branch);
    const replaced = await replacedFiles(project, process, plan, base, head?.snapshotId);
    const carried = await carryRows(project, process, base, replaced, plan);
    const removed = [...replaced.inside, ...replaced.mixed];
    if (computed.length === 0 && removed.length === 0) return undefined;
    return {
      operation: removed.length === 0 ? 'append' : computed.length + carried.length === 0 ? 'delete' : 'overwrite',
      added: [
        { name: 'computed', files: computed },
        { name: 'carried', files: carried },
      ],
      removed,
      summary: (manifests) => ({
        [WAP_ID_KEY]: attempt.wapId,
        [STATE_SUMMARY_KEY]: stateRecordToJson(record),
        ...(attemptHead !== undefined && { [ATTEMPT_HEAD_KEY]: String(attemptHead) }),
        ...evolutionSummary(evolution),
        ...(carried.length > 0 && { [CARRIED_MANIFESTS_KEY]: JSON.stringify(manifests.get('carried') ?? []) }),
      }),
      ...(evolution && { evolution }),
    };
  };
  const result = await commitSnapshot(target, produce, {
    branch: process.target.branch,
    stageOnly: true,
    ...(options.signal && { signal: options.signal }),
  });
  return {
    ...(attemptHead !== undefined && { attemptHead }),
    ...(result && { stagedSnapshotId: result.snapshot.snapshotId }),
  };
}
