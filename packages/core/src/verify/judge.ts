import { type DataFile, planFiles, type SnapshotId, type Table } from '@psyberg/iceberg';
import type { CompareResult, Relation, RelationPart } from '../engine/engine.ts';
import { readSchemaOf } from '../engine/read-schema.ts';
import type { Process } from '../process/process.ts';
import type { ProcessVerification } from '../reports.ts';
import { BEGINNING_OF_TIME, END_OF_TIME, type Instant } from '../time/instant.ts';
import type { Interval, IntervalSet } from '../time/interval-set.ts';
import type { Recomputation } from './recompute.ts';

const FLOAT_TOLERANCE = 1e-9;
const SAMPLE_SIZE = 10;

/** The target's own columns of both sides, as multisets of rows. */
export async function compare(
  work: Recomputation,
  expected: readonly RelationPart[],
  actual: readonly RelationPart[],
): Promise<CompareResult> {
  const { process, target, project } = work;
  const { time } = process.target;
  const seen = readSchemaOf(target.metadata);
  const relation = (parts: readonly RelationPart[]): Relation => ({ names: [], ...seen, ...(time && { time }), parts });
  return (await project.engineFor(process)()).compare({
    expected: relation(expected),
    actual: relation(actual),
    ignore: process.volatile,
    floatTolerance: FLOAT_TOLERANCE,
    grain: process.target.grain,
    sampleSize: SAMPLE_SIZE,
  });
}

/** Data files of a table as of `head`. */
export const liveFiles = async (table: Table, head: SnapshotId | undefined): Promise<readonly DataFile[]> =>
  head === undefined ? [] : (await planFiles(table, { snapshotId: head })).map((f) => f.file);

/** The span that was asked for; undefined where all is. */
export function limit({ from, to }: { readonly from?: Instant; readonly to?: Instant }): IntervalSet | undefined {
  if (from === undefined && to === undefined) return undefined;
  return [{ start: from ?? BEGINNING_OF_TIME, end: to ?? END_OF_TIME }];
}

/** `alone`: a few intervals computed each on its own, which must come out the same. */
export function fromCompare(
  process: Process,
  result: CompareResult,
  knownDifferences: ProcessVerification['knownDifferences'],
  compared: Interval | undefined,
  alone?: CompareResult,
): ProcessVerification {
  const rangeDependent = alone !== undefined && alone.rowsMissing + alone.rowsExtra > 0;
  const shown = result.rowsMissing + result.rowsExtra > 0 || !rangeDependent ? result : alone;
  const { rowsMissing, rowsExtra, intervals, columns, missingSample, extraSample } = shown;
  const equal = rowsMissing + rowsExtra === 0;
  const known = knownDifferences.length === 0 ? '' : ` ${knownDifferences.length} known difference(s) listed apart.`;
  const message = equal
    ? `Equal to a full recompute.${known}`
    : shown === alone
      ? `Computed alone, an interval has other rows than in its range (${rowsMissing} missing, ${rowsExtra} extra): the transform depends on the range.`
      : `Differs from a full recompute: ${rowsMissing} row(s) missing, ${rowsExtra} extra.${known}`;
  return {
    process: process.name,
    verdict: equal ? 'equal' : 'different',
    rowsMissing,
    rowsExtra,
    intervals,
    columns,
    missingSample,
    extraSample,
    knownDifferences,
    ...(compared && { compared }),
    message,
  };
}

/** Where no rows were compared. */
export function verdict(process: Process, kind: ProcessVerification['verdict'], message: string): ProcessVerification {
  return {
    process: process.name,
    verdict: kind,
    rowsMissing: 0,
    rowsExtra: 0,
    intervals: [],
    columns: [],
    missingSample: [],
    extraSample: [],
    knownDifferences: [],
    message,
  };
}
