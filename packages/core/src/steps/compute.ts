/**
 * Compute: run the transform of a session and collect what it made. Data files are written, nothing points at them yet.
 */
import { currentSchema, type DataFile, formatIdentifier, headOf, type Table } from '@psyberg/iceberg';
import { requireAuditColumns } from '../audits/check-columns.ts';
import type { EngineCallOptions, IntervalRows, Relation, TransformResult } from '../engine/engine.ts';
import { readSchemaOf } from '../engine/read-schema.ts';
import { assert, UsageError } from '../errors.ts';
import type { Process } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { SessionPlan } from '../session/session-plan.ts';
import { grainLengthUs } from '../time/grain.ts';
import { BEGINNING_OF_TIME, END_OF_TIME, plus } from '../time/instant.ts';
import { EMPTY_SET, type Interval, type IntervalSet, isEmpty, subtract } from '../time/interval-set.ts';
import { ensureTarget, writeTargetOf } from './ensure-target.ts';
import { type TargetEvolution, targetEvolution, withEmptyPrevious, withEvolution } from './evolve-target.ts';
import { parametersOf, rangeOfCall } from './parameters.ts';
import { filesOfInterval } from './target-files.ts';
import { tellGoneColumns } from './tell-gone-columns.ts';
import { addedRows, lookupRelations, pinsOf, replacedRows, rowsOfInterval } from './transform-inputs.ts';
import { sqlOf } from './transform-sql.ts';
import type { InputRelation, PlannedWork } from './work.ts';

export interface WriteOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: EngineCallOptions['onProgress'];
}

/** Where rows go: the target as it will be, and the columns that this adds to it. */
interface Destination {
  readonly target: Table;
  readonly evolution: TargetEvolution | undefined;
}

export interface Computed extends Destination {
  readonly files: readonly DataFile[];
  readonly rows: number;
  readonly rowsByInterval: readonly IntervalRows[];
  readonly rowsDropped: number;
  readonly inputs: readonly InputRelation[];
}

/** @throws the engine's errors: SQL, schema, rows outside the range, NULL in the time column */
export async function compute(project: Project, work: PlannedWork, options: WriteOptions): Promise<Computed> {
  const { process, plan } = work;
  const lookups = await lookupRelations(project, process, plan.lookups);
  return tellGoneColumns(project, work, () =>
    process.mode === 'stateless'
      ? transformOnce(project, work, lookups, options)
      : transformCalls(project, work, lookups, options),
  );
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
