import { planFiles, type SnapshotId, type Table } from '@psyberg/iceberg';
import type { Engine, QueryValue } from '../engine/engine.ts';
import { readSchemaOf } from '../engine/read-schema.ts';
import { NeedsDecisionError, UsageError } from '../errors.ts';
import type { ChangesSource, ProcessName } from '../process/process.ts';
import { formatTimeColumn } from '../process/time-column.ts';
import { processesWithState } from '../state/keys.ts';
import { heldState, type RecordLookup } from '../state/record-walk.ts';
import type { Completeness } from '../state/state-record.ts';
import { instantFromMs, plus, toInstant } from '../time/instant.ts';
import { parseCompletenessText } from './declared-completeness.ts';
import { type PinnedTable, tableAtPin } from './table-at-pin.ts';
import { vttsAtPin } from './table-vtts.ts';

/** What a source's completeness is taken from, besides what has been seen of it. */
export interface CompletenessContext {
  /** Configured processes that write the table. */
  readonly writers: readonly ProcessName[];
  readonly lookup: RecordLookup;
  readonly engine: () => Promise<Engine>;
  readonly pin: SnapshotId | undefined;
  readonly nowMs: number;
}

export type SourceCompleteness =
  | { readonly kind: 'known'; readonly complete: Completeness }
  /**
   * A target of ours one of whose writers has never run, or a promise of which nobody can tell whether it was made by the time of the
   * pin: nothing can be said, and nothing is to be guessed.
   */
  | { readonly kind: 'none' }
  /** Nobody says anything; what has been seen decides. */
  | { readonly kind: 'seen' };

/**
 * Complete until, for one source: as configured; else, for a target of ours, the least signal of its writers; else what its metadata
 * declares; else left to what has been seen. All of it as it was at the pin: what was promised since speaks of rows that are not read.
 */
export async function sourceCompleteness(
  table: Table,
  source: ChangesSource,
  context: CompletenessContext,
): Promise<SourceCompleteness> {
  const pinned = await tableAtPin(table, source.branch, context.pin);
  if (source.complete !== undefined) {
    const complete = await configured(pinned, source, source.complete, context);
    return complete === undefined ? { kind: 'none' } : { kind: 'known', complete };
  }
  const signal = await writersSignal(pinned, source, context);
  if (signal !== undefined) return signal;
  const declared = await vttsAtPin(pinned, source.branch, source.time);
  if (declared === 'unknown') return { kind: 'none' };
  return declared === undefined ? { kind: 'seen' } : { kind: 'known', complete: declared };
}

async function writersSignal(
  { table, propertiesOf }: PinnedTable,
  source: ChangesSource,
  context: CompletenessContext,
): Promise<SourceCompleteness | undefined> {
  const known = processesWithState(table.metadata.properties, source.branch);
  const writers = [...new Set([...context.writers, ...known])];
  if (writers.length === 0) return undefined;
  // Sessions that changed no row are told of by properties alone.
  if (propertiesOf === 'now') return { kind: 'none' };
  let least: Completeness | undefined;
  for (const writer of writers) {
    const { record } = await heldState(table, source.branch, writer, context.lookup);
    const signal = record?.signal;
    // A writer that tracks another column says nothing about the one that this process goes by.
    if (signal !== undefined && source.time !== undefined && signal.column !== formatTimeColumn(source.time))
      return undefined;
    if (signal === undefined) return { kind: 'none' };
    const basis = least?.basis === 'seen' || signal.basis === 'seen' ? 'seen' : 'declared';
    least = { until: least === undefined || signal.until < least.until ? signal.until : least.until, basis };
  }
  return least === undefined ? undefined : { kind: 'known', complete: least };
}

async function configured(
  { table, propertiesOf, outdatedSinceMs }: PinnedTable,
  source: ChangesSource,
  complete: NonNullable<ChangesSource['complete']>,
  context: CompletenessContext,
): Promise<Completeness | undefined> {
  switch (complete.kind) {
    case 'delay': {
      // What a snapshot lacks it lacks however long the wait.
      const askedMs = Math.min(context.nowMs, outdatedSinceMs ?? context.nowMs);
      return { until: plus(instantFromMs(askedMs), -complete.delayUs), basis: 'declared' };
    }
    case 'property': {
      const text = propertiesOf === 'then' ? table.metadata.properties[complete.property] : undefined;
      if (text === undefined) return undefined;
      const until = parseCompletenessText(text);
      if (until === undefined) {
        throw new UsageError(
          `Property ${complete.property} of ${nameOf(table)} is "${text}", which is neither an ISO instant nor epoch milliseconds.`,
        );
      }
      return { until, basis: 'declared' };
    }
    case 'sql':
      return fromSql(table, source, complete.sql, context);
  }
}

async function fromSql(
  table: Table,
  source: ChangesSource,
  sql: string,
  { engine, pin }: CompletenessContext,
): Promise<Completeness | undefined> {
  const files = pin === undefined ? [] : (await planFiles(table, { snapshotId: pin })).map((f) => f.file);
  const result = await (await engine()).query({
    sql,
    relations: [{ names: [source.as, nameOf(table)], ...readSchemaOf(table.metadata), parts: [{ files }] }],
    limit: 2,
  });
  const value: QueryValue | undefined = result.rows[0]?.[0];
  if (result.rows.length !== 1 || result.columns.length !== 1) {
    throw new NeedsDecisionError(
      `complete.sql of source ${nameOf(table)} must return one row with one timestamp; it returned ${result.rows.length} row(s) of ` +
        `${result.columns.length} column(s). Nothing was changed.`,
    );
  }
  if (value === null || value === undefined) return undefined;
  const until =
    typeof value === 'bigint' ? toInstant(value) : typeof value === 'string' ? parseCompletenessText(value) : undefined;
  if (until === undefined) throw new UsageError(`complete.sql of source ${nameOf(table)} must return a timestamp.`);
  return { until, basis: 'declared' };
}

const nameOf = (table: Table): string => [...table.identifier.namespace, table.identifier.name].join('.');
