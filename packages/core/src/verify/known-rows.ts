/** Where a stateless process holds rows that are known not to be what its transform gives today. */
import type { CompareResult, RelationPart } from '../engine/engine.ts';
import { fingerprintsOf } from '../plan/fingerprints.ts';
import type { Process } from '../process/process.ts';
import type { ProcessVerification } from '../reports.ts';
import type { StateRecord } from '../state/state-record.ts';
import { grainLengthUs } from '../time/grain.ts';
import { plus } from '../time/instant.ts';
import { EMPTY_SET, type IntervalSet, isEmpty, overlaps, subtract, union } from '../time/interval-set.ts';
import { type Recomputation, Unverifiable } from './recompute.ts';
import { type Skipping, skippedBy } from './skipped-by.ts';

/** Where rows are judged: all of them, or those within; but not those in what is left out. */
export const judgedPart = (within: IntervalSet | undefined, leftOut: IntervalSet): Omit<RelationPart, 'files'> => ({
  ...(within && { within: subtract(within, leftOut) }),
  ...(within === undefined && !isEmpty(leftOut) && { except: leftOut }),
});

/** Intervals in which an older transform wrote rows that stand: which of them, nobody can tell. @throws {Unverifiable} there is no time axis */
export function olderIntervals({ process }: Recomputation, records: readonly StateRecord[]): IntervalSet {
  const transform = fingerprintsOf(process).transform;
  let older: IntervalSet = EMPTY_SET;
  let replacedSince: IntervalSet = EMPTY_SET;
  for (const { kind, fingerprints, written, replaced } of records) {
    const isOlder = fingerprints.transform !== transform && kind !== 'adopt';
    if (isOlder && process.target.time === undefined)
      throw new Unverifiable(
        'an older transform wrote rows, and without a time of the target they cannot be told apart',
      );
    if (isOlder) older = union(older, subtract(written, replacedSince));
    replacedSince = union(replacedSince, replaced ?? EMPTY_SET);
  }
  return older;
}

/** What differs there: each interval with the session that left it out, or the newest one of another transform that wrote into it. */
export function knownOf(
  process: Process,
  result: Pick<CompareResult, 'intervals'>,
  records: readonly StateRecord[],
  skips: readonly (readonly Skipping[])[],
): ProcessVerification['knownDifferences'] {
  const transform = fingerprintsOf(process).transform;
  return result.intervals.map(({ start, missing, extra }) => {
    const interval = { start, end: plus(start, grainLengthUs(process.target.grain)) };
    const skipping = skips.find((own) => own[0] !== undefined && overlaps(own[0].skipped, interval));
    const session = skipping
      ? skippedBy(skipping, interval)
      : records.find((r) => r.fingerprints.transform !== transform && overlaps(r.written, interval))?.session;
    const reason = skipping ? 'skipped' : 'older transform';
    return { start, reason, ...(session !== undefined && { session }), missing, extra };
  });
}
