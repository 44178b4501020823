import type { Schema } from '@psyberg/iceberg';
import type { Engine } from '../engine/engine.ts';
import type { AuditHistory } from './audit-context.ts';
import { type AuditOutcome, type AuditSample, fail, pass } from './audit-outcome.ts';
import { rowsText } from './counting.ts';
import { conditionsOf, TARGET_NAME, whereOf } from './failing-rows.ts';
import type { Tolerance } from './parameter-reader.ts';
import { allowedRows, allowedText, type RowParameters } from './row-parameters.ts';

/** What a scan is made for. */
export interface ScanSubject {
  /** For names and literals. */
  readonly engine: Engine;
  /** Name of the target, for messages. */
  readonly table: string;
  readonly schema: Schema;
  readonly nowMs: number;
}

/** Rows worth showing, where the verdict is a failure. */
export interface FailingQuery {
  /** The result's columns, as SQL. */
  readonly columns: string;
  /** FROM and what follows. */
  readonly rest: string;
}

/** Aggregates over the rows written, and what they mean. */
export interface Scan {
  /** Each one SQL aggregate that gives a number. Equal texts are computed once for all audits of a session. */
  readonly aggregates: readonly string[];
  /** The aggregates' values in their order; null for SQL's NULL. */
  readonly judge: (values: readonly (number | null)[], history: AuditHistory) => AuditOutcome | Promise<AuditOutcome>;
  /** Asked only after a failure. */
  readonly sample?: FailingQuery;
  /** The outcome with its sample, for messages that quote failing values. */
  readonly describe?: (outcome: AuditOutcome, sample: AuditSample) => string;
}

/** A condition that no row may meet. */
export interface RowCheck extends RowParameters {
  /** SQL that is true for a row that violates the audit; NULL is no violation. */
  readonly violation: string;
  /** Where it holds: `every plan of dw.signup_f is one of …`. */
  readonly holds: string;
  /** Where it does not: `2 rows …` is put before it. */
  readonly fails: (count: number) => string;
  /** Default: whole rows. */
  readonly sample?: FailingQuery;
  readonly describe?: Scan['describe'];
}

/** Rows that violate a condition are counted; a failure shows them. */
export function rowScan({ violation, where, tolerance, holds, fails, sample, describe }: RowCheck): Scan {
  const violating = `count(CASE WHEN ${conditionsOf(where, violation)} THEN 1 END)`;
  const judged = where === undefined ? 'count(*)' : `count(CASE WHEN ${conditionsOf(where)} THEN 1 END)`;
  return {
    aggregates: needsTotal(tolerance) ? [violating, judged] : [violating],
    judge([count, total]) {
      const failing = count ?? 0;
      const allowed = allowedRows(tolerance, total ?? 0);
      const facts = { observed: failing, expected: `at most ${allowedText(tolerance)} that violate it` };
      if (failing === 0) return pass(holds, facts);
      const message = `${rowsText(failing)} ${fails(failing)}`;
      if (failing <= allowed) return pass(`${message}: ${allowedText(tolerance)} allowed`, facts);
      return fail(
        tolerance.kind === 'rows' && tolerance.rows === 0 ? message : `${message}: ${allowedText(tolerance)} allowed`,
        failing,
        [],
        facts,
      );
    },
    sample: sample ?? { columns: '*', rest: `FROM ${TARGET_NAME}${whereOf(where, violation)}` },
    ...(describe && { describe }),
  };
}

const needsTotal = (tolerance: Tolerance): boolean => tolerance.kind === 'share';

/** Rows with the failing values of one column, and how often each occurs. */
export const valuesSample = (quoted: string, occurrences: string, where: string | undefined, violation: string) => ({
  columns: `${quoted}, count(*) AS ${occurrences}`,
  rest: `FROM ${TARGET_NAME}${whereOf(where, violation)}\nGROUP BY ${quoted} ORDER BY ${quoted}`,
});
