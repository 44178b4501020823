import type { AuditContext, AuditHistory, MetadataContext } from './audit-context.ts';
import type { AuditOutcome } from './audit-outcome.ts';
import type { ColumnNeed } from './column-needs.ts';
import { type ParameterProblem, ParameterReader } from './parameter-reader.ts';
import type { Scan, ScanSubject } from './scan.ts';

interface Declared<P> {
  /** As a configuration names it, e.g. `unique`; its page is `docs/audits/<kind>.md`. */
  readonly kind: string;
  /** Names of all parameters. */
  readonly parameters: readonly string[];
  /** Reads them; what is wrong is noted in the reader, and the value then not used. */
  readonly read: (reader: ParameterReader) => P;
  /** Columns of the target that it cannot do without, so that a wrong name or type is told before anything is written. */
  readonly columns?: (parameters: P) => readonly ColumnNeed[];
}

/** Asks the engine by itself: for what several rows only together can tell, or that needs other tables. */
export interface QueryAudit<P> extends Declared<P> {
  readonly run: (context: AuditContext, parameters: P) => Promise<AuditOutcome>;
}

/** Judges aggregates over the rows that the session wrote. All of a session's scans are one query; see `shared-scan.ts`. */
export interface ScanAudit<P> extends Declared<P> {
  readonly scan: (subject: ScanSubject, parameters: P) => Scan;
}

/** Judges metadata alone: manifests and summaries of what changed. Opens no data file and no engine. */
export interface MetadataAudit<P> extends Declared<P> {
  /** Whether it looks at sources, and so is run before anything is written. */
  readonly ofSources: (parameters: P) => boolean;
  readonly judge: (context: MetadataContext, parameters: P, history: AuditHistory) => Promise<AuditOutcome>;
}

/** A kind of audit: what it takes and how it is run. One file each; `registry.ts` lists them. */
export type AuditKind<P> = QueryAudit<P> | ScanAudit<P> | MetadataAudit<P>;

/** How the work is done, and so what it costs. */
export type AuditWay = 'query' | 'scan' | 'metadata';

type Parameters = Readonly<Record<string, unknown>>;

/** A kind whose parameter type is nobody else's affair. */
export interface RegisteredAudit {
  readonly kind: string;
  readonly parameters: readonly string[];
  readonly way: AuditWay;
  check(parameters: Parameters): readonly ParameterProblem[];
  columns(parameters: Parameters): readonly ColumnNeed[];
  ofSources(parameters: Parameters): boolean;
  /** Present for kinds of the way `scan`. */
  scan?(subject: ScanSubject, parameters: Parameters): Scan;
  /** Present for kinds of the way `query`. */
  run?(context: AuditContext, parameters: Parameters): Promise<AuditOutcome>;
  /** Present for kinds of the way `metadata`. */
  judge?(context: MetadataContext, parameters: Parameters, history: AuditHistory): Promise<AuditOutcome>;
}

export function registered<P>(audit: AuditKind<P>): RegisteredAudit {
  const parse = (parameters: Parameters) => {
    const reader = new ParameterReader(parameters, audit.parameters);
    const value = audit.read(reader);
    return { value, problems: reader.problems };
  };
  const parsed = (parameters: Parameters): P => parse(parameters).value;
  return {
    kind: audit.kind,
    parameters: audit.parameters,
    way: 'scan' in audit ? 'scan' : 'judge' in audit ? 'metadata' : 'query',
    check: (parameters) => parse(parameters).problems,
    columns: (parameters) => audit.columns?.(parsed(parameters)) ?? [],
    ofSources: (parameters) => 'ofSources' in audit && audit.ofSources(parsed(parameters)),
    ...('scan' in audit && { scan: (subject, parameters) => audit.scan(subject, parsed(parameters)) }),
    ...('run' in audit && { run: (context, parameters) => audit.run(context, parsed(parameters)) }),
    ...('judge' in audit && {
      judge: (context, parameters, history) => audit.judge(context, parsed(parameters), history),
    }),
  };
}
