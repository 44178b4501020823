import type { AuditRow } from '../session/rows.ts';
import type { AuditContext } from './audit-context.ts';
import { type ParameterProblem, ParameterReader } from './parameter-reader.ts';

export type AuditSample = AuditRow['sample'];

/** What an audit found; whether a failure blocks is for its definition to say. */
export interface AuditOutcome {
  readonly passed: boolean;
  /** One sentence with the numbers, without a full stop at the end. */
  readonly message: string;
  readonly failingRows: number;
  readonly sample: AuditSample;
}

/** A kind of audit: what it takes and how it is run. One file each; `registry.ts` lists them. */
export interface AuditKind<P> {
  /** As a configuration names it, e.g. `unique`. */
  readonly kind: string;
  /** Names of all parameters. */
  readonly parameters: readonly string[];
  /** Reads them; what is wrong is noted in the reader, and the value then not used. */
  readonly read: (reader: ParameterReader) => P;
  readonly run: (context: AuditContext, parameters: P) => Promise<AuditOutcome>;
}

/** A kind whose parameter type is nobody else's affair. */
export interface RegisteredAudit {
  readonly kind: string;
  readonly parameters: readonly string[];
  check(parameters: Readonly<Record<string, unknown>>): readonly ParameterProblem[];
  run(context: AuditContext, parameters: Readonly<Record<string, unknown>>): Promise<AuditOutcome>;
}

export function registered<P>(audit: AuditKind<P>): RegisteredAudit {
  const parse = (parameters: Readonly<Record<string, unknown>>) => {
    const reader = new ParameterReader(parameters, audit.parameters);
    const value = audit.read(reader);
    return { value, problems: reader.problems };
  };
  return {
    kind: audit.kind,
    parameters: audit.parameters,
    check: (parameters) => parse(parameters).problems,
    run: (context, parameters) => audit.run(context, parse(parameters).value),
  };
}

export const pass = (message: string): AuditOutcome => ({ passed: true, message, failingRows: 0, sample: [] });

export const fail = (message: string, failingRows: number, sample: AuditSample = []): AuditOutcome => ({
  passed: false,
  message,
  failingRows,
  sample,
});
