import { formatDurationLong } from '../../time/duration.ts';
import { type DurationUs, formatInstantShort, instantFromMs, plus } from '../../time/instant.ts';
import type { AuditKind } from '../audit-kind.ts';
import { microsOf, quoteName } from '../audit-sql.ts';
import { needs } from '../column-needs.ts';
import { ROW_PARAMETERS, type RowParameters, readRowParameters } from '../row-parameters.ts';
import { valueScan } from '../value-scan.ts';

interface NotInFuture extends RowParameters {
  readonly column: string;
  /** Clocks differ. */
  readonly ahead: DurationUs;
}

/** No time lies after the moment of the audit, give or take `ahead`. NULL is accepted. */
export const notInFuture: AuditKind<NotInFuture> = {
  kind: 'not_in_future',
  parameters: ['column', 'ahead', ...ROW_PARAMETERS],
  read: (reader) => ({
    column: reader.text('column'),
    ahead: reader.optionalDuration('ahead') ?? 0n,
    ...readRowParameters(reader),
  }),
  columns: ({ column }) => needs('time', column),
  scan: (subject, { column, ahead, ...rows }) => {
    const latest = plus(instantFromMs(subject.nowMs), ahead);
    const margin = ahead === 0n ? '' : ` (${formatDurationLong(ahead)} ahead)`;
    return valueScan(subject, {
      ...rows,
      column,
      violation: `${microsOf(subject.engine, quoteName(subject.engine, column))} > ${latest}`,
      holds: `is at most ${formatInstantShort(latest)}${margin}`,
      flaw: `after ${formatInstantShort(latest)}${margin}`,
    });
  },
};
