import { type RegisteredAudit, registered } from './audit-kind.ts';
import { acceptedRange } from './kinds/accepted-range.ts';
import { acceptedValues } from './kinds/accepted-values.ts';
import { atLeastOne } from './kinds/at-least-one.ts';
import { boundsOutsideInterval } from './kinds/bounds-outside-interval.ts';
import { countBalance } from './kinds/count-balance.ts';
import { distinctCount } from './kinds/distinct-count.ts';
import { duplicateFiles } from './kinds/duplicate-files.ts';
import { emptyInterval } from './kinds/empty-interval.ts';
import { equalToQuery } from './kinds/equal-to-query.ts';
import { expression } from './kinds/expression.ts';
import { freshness } from './kinds/freshness.ts';
import { meanInBand } from './kinds/mean-in-band.ts';
import { monotonic } from './kinds/monotonic.ts';
import { mutuallyExclusive } from './kinds/mutually-exclusive.ts';
import { mutuallyExclusiveRanges } from './kinds/mutually-exclusive-ranges.ts';
import { noGaps } from './kinds/no-gaps.ts';
import { noMissingEvents } from './kinds/no-missing-events.ts';
import { notAcceptedValues } from './kinds/not-accepted-values.ts';
import { notConstant } from './kinds/not-constant.ts';
import { notEmptyString } from './kinds/not-empty-string.ts';
import { notInFuture } from './kinds/not-in-future.ts';
import { notNull } from './kinds/not-null.ts';
import { notPattern } from './kinds/not-pattern.ts';
import { nullCounts } from './kinds/null-counts.ts';
import { nullShare } from './kinds/null-share.ts';
import { pattern } from './kinds/pattern.ts';
import { quantileInBand } from './kinds/quantile-in-band.ts';
import { relationships } from './kinds/relationships.ts';
import { rowCount } from './kinds/row-count.ts';
import { schema } from './kinds/schema.ts';
import { sequentialValues } from './kinds/sequential-values.ts';
import { sourceFreshness } from './kinds/source-freshness.ts';
import { sourceTargetCount } from './kinds/source-target-count.ts';
import { customSql } from './kinds/sql.ts';
import { stddevInBand } from './kinds/stddev-in-band.ts';
import { stringLength } from './kinds/string-length.ts';
import { sumInBand } from './kinds/sum-in-band.ts';
import { unique } from './kinds/unique.ts';
import { validFormat } from './kinds/valid-format.ts';
import { volumeBand } from './kinds/volume-band.ts';
import { vttsBackwards } from './kinds/vtts-backwards.ts';
import { zScore } from './kinds/z-score.ts';

/** Every kind of audit there is, in the order of `docs/audits/README.md`. A new one is a file in `kinds/` and a line here. */
export const AUDIT_KINDS: ReadonlyMap<string, RegisteredAudit> = new Map(
  [
    registered(sourceTargetCount),
    registered(noMissingEvents),
    registered(relationships),
    registered(equalToQuery),
    registered(unique),
    registered(notNull),
    registered(notEmptyString),
    registered(acceptedValues),
    registered(notAcceptedValues),
    registered(acceptedRange),
    registered(pattern),
    registered(notPattern),
    registered(validFormat),
    registered(stringLength),
    registered(notInFuture),
    registered(expression),
    registered(mutuallyExclusive),
    registered(atLeastOne),
    registered(notConstant),
    registered(nullShare),
    registered(distinctCount),
    registered(meanInBand),
    registered(sumInBand),
    registered(stddevInBand),
    registered(quantileInBand),
    registered(zScore),
    registered(sequentialValues),
    registered(monotonic),
    registered(noGaps),
    registered(mutuallyExclusiveRanges),
    registered(rowCount),
    registered(freshness),
    registered(customSql),
    registered(duplicateFiles),
    registered(countBalance),
    registered(boundsOutsideInterval),
    registered(emptyInterval),
    registered(volumeBand),
    registered(nullCounts),
    registered(vttsBackwards),
    registered(sourceFreshness),
    registered(schema),
  ].map((audit) => [audit.kind, audit]),
);
