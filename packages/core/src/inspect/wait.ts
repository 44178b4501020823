import { setTimeout as pause } from 'node:timers/promises';
import { formatIdentifier, IcebergError, NoSuchTableError, openTable } from '@psyberg/iceberg';
import { InterruptedError } from '../errors.ts';
import type { Project } from '../project.ts';
import type { SignalReport, WaitReport } from '../reports.ts';
import type { Instant } from '../time/instant.ts';
import { openNamedTable, readTableName, writersOf } from './named-table.ts';
import { signalOf } from './signal.ts';

/** The first pause between two looks; each is twice the one before, up to the longest. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

export interface WaitOptions {
  readonly table: string;
  /** Reached when the table is complete up to here, exclusive: every row before this instant has arrived. */
  readonly until: Instant;
  /** By the project's clock; 0 looks once. */
  readonly timeoutMs: number;
  /** Also believe what has only been seen; by default only what somebody declared. */
  readonly seen?: boolean;
  readonly signal?: AbortSignal;
  /** How to spend the time between two looks; for tests. Rejects when the signal is aborted. */
  readonly sleep?: (ms: number, signal: AbortSignal | undefined) => Promise<unknown>;
}

/**
 * Waits until a table is complete up to an instant. Looks at its metadata again and again, with growing pauses; reads no rows and writes
 * nothing. That the time ran out is an answer and not a failure. The table need not be there yet if a configured process makes it.
 *
 * @throws {UsageError} there is no such table, and no process makes it
 * @throws {InterruptedError} the signal was aborted
 */
export async function wait(project: Project, options: WaitOptions): Promise<WaitReport> {
  const { until, timeoutMs, seen = false, sleep = pauseFor } = options;
  const startedMs = project.clock();
  let polls = 0;
  let hinted = false;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    throwIfAborted(options.signal);
    const found = await look(project, options.table);
    polls += 1;
    const reached =
      found.signal !== undefined && found.signal.until >= until && (seen || found.signal.basis === 'declared');
    const waitedMs = Math.max(0, project.clock() - startedMs);
    if (reached || waitedMs >= timeoutMs) return { ...found, until, seen, reached, waitedMs, polls };
    const hint = hinted ? undefined : hopeless(found, until, seen);
    hinted = true;
    if (hint !== undefined) project.emit({ kind: 'warning', message: hint });
    try {
      await sleep(Math.min(pauseMs, timeoutMs - waitedMs), options.signal);
    } catch (error) {
      throwIfAborted(options.signal);
      throw error;
    }
  }
}

const pauseFor = (ms: number, signal: AbortSignal | undefined): Promise<unknown> =>
  pause(ms, undefined, signal === undefined ? {} : { signal });

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new InterruptedError('Interrupted while waiting. Nothing was changed.');
}

/** What the table says now. A catalog that is out of reach for a moment says nothing, and is asked again. */
async function look(project: Project, text: string): Promise<SignalReport> {
  const identifier = readTableName(text);
  const name = formatIdentifier(identifier);
  try {
    return await signalOf(project, await openTable(project.catalog, identifier));
  } catch (error) {
    if (error instanceof NoSuchTableError) {
      const writers = writersOf(project, name);
      if (writers.length > 0) return { table: name, from: `${writers.join(', ')}, which has not made the table yet` };
      return signalOf(project, await openNamedTable(project, text));
    }
    if (error instanceof IcebergError && error.outcome === 'retryable') return { table: name, from: error.message };
    throw error;
  }
}

/** Why waiting may never end, in words; undefined where it is only a matter of time. */
function hopeless({ table, signal, from }: SignalReport, until: Instant, seen: boolean): string | undefined {
  if (signal === undefined) return `${table} does not say how far it is complete (${from}); this waits until it does.`;
  if (signal.basis === 'declared' || seen) return undefined;
  const reach = signal.until >= until ? 'Rows were seen that far, but n' : 'N';
  return `${reach}obody declares how far ${table} is complete; to believe what was seen, add --seen.`;
}
