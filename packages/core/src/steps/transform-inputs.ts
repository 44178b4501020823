import { currentSchema, formatIdentifier, planFiles, type SnapshotId, type Table } from '@psyberg/iceberg';
import { timePredicate } from '../changes/time-predicate.ts';
import type { Relation } from '../engine/engine.ts';
import { assert } from '../errors.ts';
import { type ChangesSource, changesSourcesOf, lookupSourcesOf, type Process } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { PlannedSource, SessionPlan } from '../session/session-plan.ts';
import { plus } from '../time/instant.ts';
import { clip, type Interval, type IntervalSet, isEmpty } from '../time/interval-set.ts';
import { openIfExists } from './init.ts';
import type { InputRelation, PlannedWork } from './work.ts';

/** What a stateless transform reads: exactly the rows that its sources added, and of a session in parts those of its intervals. */
export function addedRows(work: PlannedWork): readonly InputRelation[] {
  return changesSourcesOf(work.process).map((source, i) => {
    const files = work.observations[i]!.toRead.map((f) => f.file);
    const inParts = !isEmpty(work.plan.pending) || work.held.record?.part !== undefined;
    const within = source.time === undefined ? undefined : spansOf(source, inParts ? work.plan.write : undefined);
    return changesRelation(source, work.sources[i]!, files, within);
  });
}

/** Undefined: no limit but that there is a time. */
function spansOf(source: ChangesSource, write: IntervalSet | undefined): IntervalSet | undefined {
  if (write !== undefined) return clip(write, source.from, undefined);
  return source.from === undefined ? undefined : [{ start: source.from, end: END_OF_TIME }];
}

/** Beyond every timestamp that a 64-bit count of microseconds can hold. */
const END_OF_TIME = (2n ** 63n - 1n) as Interval['end'];

/** What a recomputing transform reads for one call: each source's rows of the interval, widened by its reach. */
export async function rowsOfInterval(
  process: Process,
  sources: readonly Table[],
  pins: readonly (SnapshotId | undefined)[],
  call: Interval,
): Promise<readonly InputRelation[]> {
  const result: InputRelation[] = [];
  for (const [i, source] of changesSourcesOf(process).entries()) {
    const table = sources[i]!;
    const { beforeUs, afterUs } = source.reads;
    const wide = { start: plus(call.start, -beforeUs), end: plus(call.end, afterUs) };
    const within = clip([wide], source.from, undefined);
    const snapshotId = pins[i];
    assert(source.time !== undefined, `${process.name} reads ${source.as} by intervals, but it has no time`);
    const filter = timePredicate(currentSchema(table.metadata), source.time, wide);
    const files = snapshotId === undefined ? [] : await planFiles(table, { snapshotId, filter });
    result.push(
      changesRelation(
        source,
        table,
        files.map((f) => f.file),
        within,
      ),
    );
  }
  return result;
}

function changesRelation(
  source: ChangesSource,
  table: Table,
  files: Relation['parts'][number]['files'],
  within: IntervalSet | undefined,
): InputRelation {
  const relation: Relation = {
    names: namesOf(source.as, formatIdentifier(source.table)),
    schema: currentSchema(table.metadata),
    ...(source.time && { time: source.time }),
    parts: [{ files, ...(within && { within }), ...(source.time && { dropNullTimes: true }) }],
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
        schema: currentSchema(table.metadata),
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
