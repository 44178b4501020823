import { formatIdentifier, planFiles, type SnapshotId, type Table } from '@psyberg/iceberg';
import { filesWithin } from '../changes/files-within.ts';
import { landingOf } from '../changes/place-changes.ts';
import { NOTHING_TO_READ, type RowsToRead } from '../changes/source-reads.ts';
import type { Relation, RelationPart } from '../engine/engine.ts';
import { readSchemaOf } from '../engine/read-schema.ts';
import { assert } from '../errors.ts';
import { type ChangesSource, changesSourcesOf, lookupSourcesOf, type Process } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { PlannedSource, SessionPlan } from '../session/session-plan.ts';
import { END_OF_TIME, instantFromMs, plus } from '../time/instant.ts';
import {
  clip,
  containsInstant,
  EMPTY_SET,
  hull,
  type Interval,
  type IntervalSet,
  isEmpty,
  subtract,
} from '../time/interval-set.ts';
import { openIfExists } from './open-if-exists.ts';
import type { InputRelation, PlannedWork } from './work.ts';

/**
 * What a stateless transform appends: exactly the rows that its sources added, outside the intervals that the session replaces, and
 * of a session in parts those of its intervals.
 */
export function addedRows(work: PlannedWork): readonly InputRelation[] {
  const { plan } = work;
  const replace = plan.replace ?? EMPTY_SET;
  const inParts = !isEmpty(plan.pending) || work.held.record?.part !== undefined;
  return changesSourcesOf(work.process).map((source, i) => {
    const table = work.sources[i]!;
    const toRead = work.observations[i]?.toRead ?? NOTHING_TO_READ;
    if (source.time === undefined)
      return changesRelation(source, table, inParts ? landedIn(table, toRead, plan, i) : toRead, {});
    const within = spansOf(source, inParts ? subtract(plan.write, replace) : undefined);
    const except = !inParts && !isEmpty(replace) ? { except: replace } : {};
    return changesRelation(source, table, toRead, { ...(within && { within }), ...except });
  });
}

/** By landing time a file lies in one interval whole, and a difference in that of its pin. */
function landedIn(
  table: Table,
  { files, without }: RowsToRead,
  { write, sources }: SessionPlan,
  i: number,
): RowsToRead {
  const to = sources[i]?.to;
  if (to === undefined) return NOTHING_TO_READ;
  if (without.length > 0)
    return containsInstant(write, instantFromMs(to.committedAtMs)) ? { files, without } : NOTHING_TO_READ;
  return { files: files.filter((file) => containsInstant(write, landingOf(table, file, to))), without };
}

/** What a stateless transform recomputes the replaced intervals from: all rows of them that each source holds at its pin. */
export async function replacedRows(work: PlannedWork): Promise<readonly InputRelation[]> {
  const replace = work.plan.replace ?? EMPTY_SET;
  const whole = hull(replace);
  if (whole === undefined) return [];
  const pins = pinsOf(work.plan.sources);
  const result: InputRelation[] = [];
  for (const [i, source] of changesSourcesOf(work.process).entries()) {
    result.push(await rowsAt(work.process, source, work.sources[i]!, pins[i], whole, replace));
  }
  return result;
}

/** Inputs of several calls as one: their parts side by side. */
export function unitedInputs(calls: readonly (readonly InputRelation[])[]): readonly InputRelation[] {
  const some = calls.filter((call) => call.length > 0);
  const [first = []] = some;
  return first.map((input, i) => ({
    ...input,
    relation: { ...input.relation, parts: some.flatMap((call) => call[i]!.relation.parts) },
  }));
}

/** Undefined: no limit but that there is a time. */
function spansOf(source: ChangesSource, write: IntervalSet | undefined): IntervalSet | undefined {
  if (write !== undefined) return clip(write, source.from, undefined);
  return source.from === undefined ? undefined : [{ start: source.from, end: END_OF_TIME }];
}

/** What a recomputing transform reads for one call: each source's rows of the interval, widened by its reach. */
export async function rowsOfInterval(
  process: Process,
  sources: readonly Table[],
  pins: readonly (SnapshotId | undefined)[],
  call: Interval,
): Promise<readonly InputRelation[]> {
  const result: InputRelation[] = [];
  for (const [i, source] of changesSourcesOf(process).entries()) {
    const { beforeUs, afterUs } = source.reads;
    const wide = { start: plus(call.start, -beforeUs), end: plus(call.end, afterUs) };
    result.push(await rowsAt(process, source, sources[i]!, pins[i], wide, [wide]));
  }
  return result;
}

async function rowsAt(
  process: Process,
  source: ChangesSource,
  table: Table,
  snapshotId: SnapshotId | undefined,
  whole: Interval,
  spans: IntervalSet,
): Promise<InputRelation> {
  assert(source.time !== undefined, `${process.name} reads ${source.as} by intervals, but it has no time`);
  const files = snapshotId === undefined ? [] : await filesWithin(table, snapshotId, source.time, whole);
  return changesRelation(source, table, { files, without: [] }, { within: clip(spans, source.from, undefined) });
}

function changesRelation(
  source: ChangesSource,
  table: Table,
  { files, without }: RowsToRead,
  limits: Pick<RelationPart, 'within' | 'except'>,
): InputRelation {
  const part: RelationPart = {
    files: files.map((f) => f.file),
    ...(without.length > 0 && { without: without.map((f) => f.file) }),
    ...limits,
    ...(source.time && { dropNullTimes: true }),
  };
  const relation: Relation = {
    names: namesOf(source.as, formatIdentifier(source.table)),
    ...readSchemaOf(table.metadata),
    ...(source.time && { time: source.time }),
    parts: [part],
  };
  return { role: 'changes', relation };
}

/** Each lookup whole, at the snapshot that the session pins. */
export async function lookupRelations(
  project: Project,
  process: Process,
  pins: SessionPlan['lookups'],
): Promise<readonly InputRelation[]> {
  const result: InputRelation[] = [];
  for (const source of lookupSourcesOf(process)) {
    const name = formatIdentifier(source.table);
    const table = await openIfExists(project, source.table);
    const pin = pins.find((p) => p.table === name && p.branch === source.branch);
    assert(table !== undefined && pin !== undefined, `lookup ${name} was pinned and is not there`);
    const files = pin.snapshotId === undefined ? [] : await planFiles(table, { snapshotId: pin.snapshotId });
    result.push({
      role: 'lookup',
      relation: {
        names: namesOf(source.as, name),
        ...readSchemaOf(table.metadata),
        parts: [{ files: files.map((f) => f.file) }],
      },
    });
  }
  return result;
}

/** The pins of a plan's sources, in order. */
export const pinsOf = (sources: readonly PlannedSource[]): readonly (SnapshotId | undefined)[] =>
  sources.map((s) => s.to?.snapshotId);

const namesOf = (short: string, full: string): readonly string[] => (short === full ? [short] : [short, full]);
