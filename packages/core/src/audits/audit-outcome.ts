import type { AuditRow } from '../session/rows.ts';

export type AuditSample = AuditRow['sample'];

/** What an audit found; whether a failure blocks is for its definition to say. */
export interface AuditOutcome {
  readonly passed: boolean;
  /** One sentence with the numbers, without a full stop at the end. */
  readonly message: string;
  readonly failingRows: number;
  readonly sample: AuditSample;
  /** The one number that was judged; kept, so that later sessions can be compared with it. */
  readonly observed?: number;
  /** What it was held against, for people: `between 1 and 5`. */
  readonly expected?: string;
  /** Several numbers, by what they are of: an interval (its start as ISO instant) or a table. */
  readonly observedBy?: Readonly<Record<string, number>>;
}

type OutcomeFacts = Pick<AuditOutcome, 'observed' | 'expected' | 'observedBy'>;

export const pass = (message: string, facts: OutcomeFacts = {}): AuditOutcome => ({
  passed: true,
  message,
  failingRows: 0,
  sample: [],
  ...facts,
});

export const fail = (
  message: string,
  failingRows: number,
  sample: AuditSample = [],
  facts: OutcomeFacts = {},
): AuditOutcome => ({ passed: false, message, failingRows, sample, ...facts });
