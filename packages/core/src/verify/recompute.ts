/**
 * What a target should hold: the transform run in full over the sources as the state record says they were read. Rows go to a
 * scratch folder that the caller removes; no table is touched.
 */
import {
  type DataFile,
  formatIdentifier,
  openTable,
  planFiles,
  type SnapshotId,
  snapshotById,
  type Table,
} from '@psyberg/iceberg';
import { NOTHING_TO_READ, type RowsToRead, rowsToRead, sourceReads } from '../changes/source-reads.ts';
import { tableChanges } from '../changes/table-changes.ts';
import type { Relation, RelationPart } from '../engine/engine.ts';
import { readSchemaOf } from '../engine/read-schema.ts';
import { type ChangesSource, changesSourcesOf, type Process } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { LookupState, SourceState, StateRecord } from '../state/state-record.ts';
import { writeTargetOf } from '../steps/ensure-target.ts';
import { parametersOf, rangeOfCall } from '../steps/parameters.ts';
import { filesOfInterval } from '../steps/target-files.ts';
import { lookupRelations, rowsOfInterval } from '../steps/transform-inputs.ts';
import { sqlOf } from '../steps/transform-sql.ts';
import { grainLengthUs } from '../time/grain.ts';
import { BEGINNING_OF_TIME, END_OF_TIME, type Instant, plus } from '../time/instant.ts';
import {
  clip,
  covers,
  EMPTY_SET,
  enumerate,
  type Interval,
  type IntervalSet,
  isEmpty,
  subtract,
  union,
} from '../time/interval-set.ts';

/** A needed snapshot is gone, so nothing can be proven. */
export class Unverifiable extends Error {}

export interface Recomputation {
  readonly project: Project;
  readonly process: Process;
  readonly record: StateRecord;
  readonly target: Table;
  readonly head: SnapshotId | undefined;
  readonly sources: readonly Table[];
  readonly scratch: string;
}

/** Opens the sources and makes sure that every snapshot the record speaks of is still there. @throws {Unverifiable} */
export async function openSources(project: Project, process: Process, record: StateRecord): Promise<readonly Table[]> {
  const tables: Table[] = [];
  for (const source of changesSourcesOf(process)) {
    const table = await openTable(project.catalog, source.table);
    const name = formatIdentifier(source.table);
    const state = record.sources.find((s) => s.table === name && s.branch === source.branch);
    if (state === undefined || state.uuid !== table.metadata.tableUuid)
      throw new Unverifiable(`${name} is not the table that was read`);
    if (state.snapshotId !== undefined && snapshotById(table.metadata, state.snapshotId) === undefined) {
      throw new Unverifiable(`snapshot ${state.snapshotId} of ${name}, up to which it was read, has expired`);
    }
    tables.push(table);
  }
  return tables;
}

const pinsOf = ({ process, record }: Recomputation): readonly (SnapshotId | undefined)[] =>
  changesSourcesOf(process).map(
    (source) =>
      record.sources.find((s) => s.table === formatIdentifier(source.table) && s.branch === source.branch)?.snapshotId,
  );

/** All rows of a stateless process: its transform over everything live at the high watermarks. */
export async function recomputeAll(work: Recomputation, lookups: readonly LookupState[]): Promise<readonly DataFile[]> {
  return recomputeAdded(work, lookups, async (table, source) => {
    const pin = stateOf(work.record, source)?.snapshotId;
    return pin === undefined ? NOTHING_TO_READ : { files: await planFiles(table, { snapshotId: pin }), without: [] };
  });
}

/** Rows that the parts of a split catch-up have appended so far, between the watermarks that it keeps and its pins. */
export async function recomputeDone(
  work: Recomputation,
  { pins, done }: NonNullable<StateRecord['part']>,
  lookups: readonly LookupState[],
): Promise<readonly DataFile[]> {
  const { process, record } = work;
  const whole = changesSourcesOf(process).some((s) => s.time === undefined || s.onOverwrite !== 'error');
  if (whole)
    throw new Unverifiable(
      'a split catch-up is in progress, and its parts cannot be told apart; run it to its end first',
    );
  return recomputeAdded(
    work,
    lookups,
    async (table, source) => {
      const pin = pins.find(
        (s) => s.table === formatIdentifier(source.table) && s.branch === source.branch,
      )?.snapshotId;
      if (pin === undefined) return NOTHING_TO_READ;
      requireSnapshots(table, record, [pin]);
      const state = stateOf(record, source);
      const changes = await tableChanges(table, state, pin);
      const { dropped } = state ?? {};
      return rowsToRead(
        await sourceReads(table, state, changes, { process, source, to: pin, dropped }),
        source.onOverwrite,
      );
    },
    { within: done },
  );
}

/**
 * Rows of one stateless session that still stand: its transform, with its own lookups, over what came between its two watermarks, and
 * in the intervals that it replaced over everything its sources held then. `later`: what sessions after it replaced.
 */
export async function recomputeSession(
  work: Recomputation,
  session: StateRecord,
  later: IntervalSet,
): Promise<readonly DataFile[]> {
  const replaced = session.replaced ?? EMPTY_SET;
  const appended = await recomputeAdded(
    work,
    session.lookups,
    (table, source) => rowsOfSession(work, session, table, source),
    { except: union(replaced, later) },
  );
  const own = subtract(replaced, later);
  if (isEmpty(own)) return appended;
  const whole = await recomputeAdded(
    work,
    session.lookups,
    async (table, source) => {
      const pin = stateOf(session, source)?.snapshotId;
      if (pin === undefined) return NOTHING_TO_READ;
      requireSnapshots(table, session, [pin]);
      return { files: await planFiles(table, { snapshotId: pin }), without: [] };
    },
    { within: own },
  );
  return [...appended, ...whole];
}

function requireSnapshots(table: Table, { session }: StateRecord, ids: readonly (SnapshotId | undefined)[]): void {
  for (const id of ids) {
    if (id === undefined || snapshotById(table.metadata, id) !== undefined) continue;
    throw new Unverifiable(
      `snapshot ${id} of ${formatIdentifier(table.identifier)}, between which and another session ${session} read, has expired`,
    );
  }
}

async function rowsOfSession(
  work: Recomputation,
  session: StateRecord,
  table: Table,
  source: ChangesSource,
): Promise<RowsToRead> {
  const state = stateOf(session, source);
  const { snapshotId: pin, readFrom } = state ?? {};
  if (state === undefined || pin === undefined) return NOTHING_TO_READ;
  requireSnapshots(table, session, [pin, readFrom]);
  const { snapshotId: _, ...unread } = state;
  const from: SourceState = readFrom === undefined ? unread : { ...unread, snapshotId: readFrom };
  const reads = await sourceReads(table, from, await tableChanges(table, from, pin), {
    process: work.process,
    source,
    to: pin,
    dropped: stateOf(work.record, source)?.dropped,
  });
  // A session that replaced nothing took such a change as one of rows, whatever the source is configured to do today.
  return rowsToRead(reads, session.replaced === undefined ? 'added-only' : source.onOverwrite);
}

async function recomputeAdded(
  work: Recomputation,
  lookups: readonly LookupState[],
  rowsOf: (table: Table, source: ChangesSource) => Promise<RowsToRead>,
  limits: Pick<RelationPart, 'within' | 'except'> = {},
): Promise<readonly DataFile[]> {
  const relations: Relation[] = [];
  for (const [i, source] of changesSourcesOf(work.process).entries()) {
    const table = work.sources[i]!;
    const { files, without } = await rowsOf(table, source);
    const { within = [{ start: BEGINNING_OF_TIME, end: END_OF_TIME }], except = EMPTY_SET } = limits;
    const limited = limits.within !== undefined || source.from !== undefined;
    const part: RelationPart = {
      files: files.map((f) => f.file),
      ...(without.length > 0 && { without: without.map((f) => f.file) }),
      ...(limited && { within: clip(within, source.from, undefined) }),
      ...(!isEmpty(except) && { except }),
      ...(source.time && { dropNullTimes: true }),
    };
    relations.push({
      names: [source.as, formatIdentifier(source.table)],
      ...readSchemaOf(table.metadata),
      ...(source.time && { time: source.time }),
      parts: [part],
    });
  }
  return transformInto(work, [...relations, ...(await lookupsOf(work, lookups))], undefined, undefined);
}

const stateOf = (record: StateRecord, source: ChangesSource): SourceState | undefined =>
  record.sources.find((s) => s.table === formatIdentifier(source.table) && s.branch === source.branch);

/** Rows of the given calls of a stateful process, each call on its own. */
export async function recomputeCalls(
  work: Recomputation,
  calls: readonly Interval[],
  lookups: readonly LookupState[],
): Promise<readonly DataFile[]> {
  const files: DataFile[] = [];
  for (const call of calls) {
    const changes = await rowsOfInterval(work.process, work.sources, pinsOf(work), call);
    const relations = [...changes.map((c) => c.relation), ...(await lookupsOf(work, lookups))];
    files.push(...(await transformInto(work, relations, undefined, call)));
  }
  return files;
}

/**
 * Replays a sequential process in order. Intervals of `given` are not recomputed: the target's own rows stand there, and the replay
 * goes on from them. Returns the recomputed files only.
 */
export async function replay(
  work: Recomputation,
  range: Interval,
  given: IntervalSet,
  lookupsAt: (interval: Interval) => readonly LookupState[],
): Promise<readonly DataFile[]> {
  const { process, target } = work;
  const grain = process.target.grain;
  const own = (interval: Interval): Promise<readonly DataFile[]> =>
    filesOfInterval(target, work.head, process.target.time, interval);
  const before = (start: Instant): Interval => ({ start: plus(start, -grainLengthUs(grain)), end: start });
  const { time } = process.target;
  const shape = { names: ['previous'], ...readSchemaOf(target.metadata), ...(time && { time }) };
  let previous: Relation = {
    ...shape,
    parts: [{ files: await own(before(range.start)), within: [before(range.start)] }],
  };
  const files: DataFile[] = [];
  for (const interval of enumerate(grain, [range])) {
    if (covers(given, interval)) {
      previous = { ...shape, parts: [{ files: await own(interval), within: [interval] }] };
      continue;
    }
    const changes = await rowsOfInterval(process, work.sources, pinsOf(work), interval);
    const relations = [...changes.map((c) => c.relation), ...(await lookupsOf(work, lookupsAt(interval))), previous];
    const computed = await transformInto(work, relations, range, interval);
    previous = { ...shape, parts: [{ files: computed }] };
    files.push(...computed);
  }
  return files;
}

async function lookupsOf(
  { project, process }: Recomputation,
  pins: readonly LookupState[],
): Promise<readonly Relation[]> {
  for (const pin of pins) {
    const source = process.sources.find((s) => formatIdentifier(s.table) === pin.table && s.branch === pin.branch);
    if (source === undefined || pin.snapshotId === undefined) continue;
    const table = await openTable(project.catalog, source.table);
    if (snapshotById(table.metadata, pin.snapshotId) === undefined) {
      throw new Unverifiable(`snapshot ${pin.snapshotId} of lookup ${pin.table} has expired`);
    }
  }
  const named = pins.map((pin) => ({ ...pin, as: pin.table.slice(pin.table.lastIndexOf('.') + 1) }));
  return (await lookupRelations(project, process, named)).map((l) => l.relation);
}

async function transformInto(
  { project, process, target, scratch }: Recomputation,
  relations: readonly Relation[],
  range: Interval | undefined,
  call: Interval | undefined,
): Promise<readonly DataFile[]> {
  const engine = await project.engineFor(process)();
  const reaches = process.sources.some((s) => s.role === 'changes' && s.reads.beforeUs + s.reads.afterUs > 0n);
  const result = await engine.transform({
    sql: sqlOf(process, engine.name),
    relations,
    parameters: parametersOf(process, 'verify', rangeOfCall(process, range, call), call),
    target: { ...writeTargetOf(process, target), dataLocation: scratch },
    grain: process.target.grain,
    ...(call && { within: [call] }),
    outside: reaches ? 'drop' : 'error',
    nullTime: 'error',
  });
  return result.files;
}
