import { nearestName } from '../engine/suggest.ts';
import { UsageError } from '../errors.ts';
import type { ChangedTable, MetadataContext } from './audit-context.ts';
import { type AuditOutcome, type AuditSample, fail, pass } from './audit-outcome.ts';
import { listText } from './counting.ts';
import type { ParameterReader } from './parameter-reader.ts';

/** Which tables an audit of metadata looks at: the staged target, all changes sources, or the source of this name. */
export type Of = 'target' | 'sources' | { readonly source: string };

/** `of: target` (default), `of: sources`, or the name of one source. */
export function readOf(reader: ParameterReader): Of {
  const text = reader.optionalText('of') ?? 'target';
  return text === 'target' || text === 'sources' ? text : { source: text };
}

/** `source: NAME`; absent: all changes sources. */
export function readSource(reader: ParameterReader): Of {
  const source = reader.optionalText('source');
  return source === undefined ? 'sources' : { source };
}

export const isOfSources = ({ of }: { readonly of: Of }): boolean => of !== 'target';

/** @throws {UsageError} there is no such source, with the nearest one there is */
export async function tablesOf(context: MetadataContext, of: Of): Promise<readonly ChangedTable[]> {
  if (of === 'sources') return context.sources;
  if (of === 'target') return context.staged === undefined ? [] : [await context.staged()];
  const found = context.sources.find(({ name, as }) => name === of.source || as === of.source);
  if (found !== undefined) return [found];
  const names = context.sources.flatMap(({ name, as }) => (as === undefined ? [name] : [as, name]));
  const near = nearestName(of.source, names);
  throw new UsageError(
    `${context.process.name} has no changes source "${of.source}".${near === undefined ? ` There are ${names.join(', ')}.` : ` Did you mean "${near}"?`}`,
  );
}

/** `raw.signups and raw.cancels` */
export const tableNames = (tables: readonly ChangedTable[]): string => listText(tables.map(({ name }) => name));

/** One row of a sample for each thing that is wrong; with none the audit passes. */
export interface Finding {
  readonly row: AuditSample[number];
  readonly failingRows: number;
}

export const findingsOutcome = (
  findings: readonly Finding[],
  held: string,
  failed: (count: number) => string,
  facts: Pick<AuditOutcome, 'observed' | 'expected' | 'observedBy'> = {},
): AuditOutcome =>
  findings.length === 0
    ? pass(held, facts)
    : fail(
        failed(findings.length),
        findings.reduce((sum, { failingRows }) => sum + failingRows, 0),
        findings.slice(0, SAMPLE_ROWS).map(({ row }) => row),
        facts,
      );

const SAMPLE_ROWS = 20;
