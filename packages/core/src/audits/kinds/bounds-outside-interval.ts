import { specById } from '@psyberg/iceberg';
import { fileSpan } from '../../changes/time-span.ts';
import { formatInstantShort, type Instant } from '../../time/instant.ts';
import { type Interval, type IntervalSet, intersect, subtract } from '../../time/interval-set.ts';
import type { MetadataAudit } from '../audit-kind.ts';
import { pass } from '../audit-outcome.ts';
import { type Finding, findingsOutcome } from '../changed-tables.ts';

/**
 * Every staged file lies, by the bounds of its time column, in the intervals that the session writes. A file without bounds is placed
 * by its partition and fails only if that holds none of them; one that has neither is not judged. From manifests alone.
 */
export const boundsOutsideInterval: MetadataAudit<Record<never, never>> = {
  kind: 'bounds_outside_interval',
  parameters: [],
  read: () => ({}),
  ofSources: () => false,
  async judge({ plan, process, staged }) {
    const target = await staged?.();
    const time = process.target.time;
    if (target === undefined || time === undefined)
      return pass(`${process.name} has no intervals: its target has no time`);
    const files = await target.files();
    const found: Finding[] = [];
    let unplaced = 0;
    for (const file of files) {
      const spec = specById(target.table.metadata, file.specId);
      const placed = fileSpan(target.schema, spec ?? { specId: file.specId, fields: [] }, time, file);
      if (placed.kind === 'unknown') unplaced += 1;
      if (placed.kind !== 'span' || isInside(placed.span, placed.tight, plan.write)) continue;
      const { start, end } = placed.span;
      found.push({
        row: { file: file.path, from: shown(start), until: shown(end), rows: String(file.recordCount) },
        failingRows: file.recordCount,
      });
    }
    const unknown = unplaced === 0 ? '' : `; ${unplaced} without bounds were not judged`;
    return findingsOutcome(
      found,
      `${files.length} staged files of ${target.name} lie in the session's intervals${unknown}`,
      (count) =>
        `${count} of ${files.length} staged files of ${target.name} ${count === 1 ? 'reaches' : 'reach'} outside the session's intervals${unknown}`,
    );
  },
};

const isInside = (span: Interval, tight: boolean, intervals: IntervalSet): boolean =>
  tight ? subtract([span], intervals).length === 0 : intersect([span], intervals).length > 0;

const shown = (instant: Instant): string => formatInstantShort(instant);
