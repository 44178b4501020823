import { type RegisteredAudit, registered } from './audit-kind.ts';
import { acceptedValues } from './kinds/accepted-values.ts';
import { freshness } from './kinds/freshness.ts';
import { noMissingEvents } from './kinds/no-missing-events.ts';
import { notNull } from './kinds/not-null.ts';
import { rowCount } from './kinds/row-count.ts';
import { sourceTargetCount } from './kinds/source-target-count.ts';
import { customSql } from './kinds/sql.ts';
import { unique } from './kinds/unique.ts';

/** Every kind of audit there is. A new one is a file in `kinds/` and a line here. */
export const AUDIT_KINDS: ReadonlyMap<string, RegisteredAudit> = new Map(
  [
    registered(sourceTargetCount),
    registered(noMissingEvents),
    registered(unique),
    registered(notNull),
    registered(acceptedValues),
    registered(rowCount),
    registered(freshness),
    registered(customSql),
  ].map((audit) => [audit.kind, audit]),
);
