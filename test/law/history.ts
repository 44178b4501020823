/**
 * A history is a plain value: which tables and processes there are, and what happened to them, in order. It can be printed, and
 * replayed from what was printed.
 *
 * Times are minutes since the start of 14 September 2023 in UTC; they may be negative.
 */
export interface History {
  readonly seed: number;
  readonly sources: readonly SourceSpec[];
  /** Rows of the lookup `ref.labels` before anything else happens; absent when no process reads it. */
  readonly labels?: readonly LabelRow[];
  /** Upstream before downstream. */
  readonly processes: readonly ProcessSpec[];
  readonly events: readonly HistoryEvent[];
}

/**
 * The column that holds the time of a row: an instant, an integer, a pair of date and hour (then the row's time is its whole
 * hour), a date (its whole day), or none of them: what counts is when it landed.
 */
export type TimeForm = 'timestamptz' | 'timestamp' | 'epoch_ms' | 'date_hour' | 'date' | 'landing';

export interface SourceSpec {
  /** `raw.s0` */
  readonly table: string;
  readonly time: TimeForm;
  /** By the time of the row, by the commit that brought it, or not at all. */
  readonly partition: 'hour' | 'day' | 'landing' | 'none';
  /** Drops what is old by itself; then it is partitioned by hour, and everything is old enough. */
  readonly retains?: true;
}

/** Intervals are replaced only from sources that have them: on the axis of their time, and to their end. */
export const hasIntervals = ({ time, retains }: SourceSpec): boolean => time !== 'landing' && !retains;

export interface SourceRow {
  readonly id: number;
  readonly key: number;
  readonly value: number;
  /** null: the row has no time. */
  readonly at: number | null;
}

export interface LabelRow {
  readonly key: number;
  readonly label: string;
}

export type Grain = '15m' | 'hour' | 'day';

/**
 * - `copy`: stateless, the rows of its sources as they are.
 * - `totals`: stateful, per interval and key the number and sum of the rows that lie within reach of the interval.
 * - `running`: sequential, per interval and key the sum of all rows so far and the number of those of the interval.
 */
export type ProcessKind = 'copy' | 'totals' | 'running';

export interface ProcessSpec {
  readonly name: string;
  readonly kind: ProcessKind;
  readonly inputs: readonly InputSpec[];
  /** Whether each row carries the label that its key has in the lookup. */
  readonly labelled: boolean;
  readonly grain: Grain;
  readonly load: 'range' | 'changed';
  readonly isolate: boolean;
  /** A whole number of intervals, in minutes. */
  readonly threshold?: number;
  /** Absent: what the process does by itself. */
  readonly openInterval?: 'wait';
  readonly partition: 'hour' | 'day' | 'none';
  /** Of totals: each interval has a row of key -1, also where nothing happened, so that it shows which were computed. */
  readonly dense?: true;
  /** Of a stateless process whose sources take rows back. */
  readonly onOverwrite?: 'recompute' | 'added-only';
  /** What it has read of its sources outlives every expiry. */
  readonly pin?: true;
}

export interface InputSpec {
  /** A source's table or `dw.<process>`. */
  readonly table: string;
  readonly before: number;
  readonly after: number;
}

/** What happens to tables by other hands than ours. Events on targets name them `dw.<process>`. */
export type Act =
  | { readonly do: 'append'; readonly table: string; readonly rows: readonly SourceRow[] }
  /** Files that hold rows with these ids are written again without them, or with them `again`, and rows are added, in one commit. */
  | {
      readonly do: 'overwrite';
      readonly table: string;
      readonly without: readonly number[];
      readonly again?: readonly number[];
      readonly rows: readonly SourceRow[];
    }
  | { readonly do: 'label'; readonly rows: readonly LabelRow[] }
  /** Rewrites the table's files into fewer, mixing what they held. */
  | { readonly do: 'compact'; readonly table: string }
  | { readonly do: 'merge manifests'; readonly table: string }
  /** A person sets the table back by so many snapshots (fewer where there are not as many). */
  | { readonly do: 'roll back'; readonly table: string; readonly snapshots: number }
  /** All snapshots but the head are forgotten. */
  | { readonly do: 'expire'; readonly table: string }
  /** The producer says that everything before this minute has arrived. */
  | { readonly do: 'declare'; readonly table: string; readonly until: number }
  | { readonly do: 'evolve partition'; readonly table: string; readonly partition: SourceSpec['partition'] }
  | {
      readonly do: 'evolve schema';
      readonly table: string;
      readonly change: SchemaChangeKind;
    }
  /** By its retention: whole hours, all before this minute. */
  | { readonly do: 'drop old'; readonly table: string; readonly before: number }
  /** Somebody else writes into a target of ours. */
  | { readonly do: 'foreign append'; readonly table: string; readonly rows: readonly TargetRow[] };

/** Of columns that nobody reads; or of the time, `value` or `key`, which all do, and whose new names the configuration takes over. */
export type SchemaChangeKind =
  | 'add'
  | 'rename'
  | 'drop'
  | 'reorder'
  | 'promote'
  | 'rename value'
  | 'rename time'
  | 'promote key';

/** All processes in order, or only these. */
interface WhichProcesses {
  readonly processes?: readonly string[];
}

export type HistoryEvent =
  | Act
  | ({
      readonly do: 'run';
      readonly maxIntervals?: number;
      /** Just before the `swap`-th commit to the target of this process. */
      readonly meanwhile?: { readonly process: string; readonly swap: number; readonly acts: readonly Act[] };
    } & WhichProcesses)
  /** The process of the operating system ends at the `at`-th write; or only the answer to a commit is lost there. */
  | ({
      readonly do: 'crash';
      readonly at: number;
      readonly how: 'dies' | 'answer lost';
      readonly maxIntervals?: number;
    } & WhichProcesses)
  /** Two runs at once, without a lease; the second begins at the first one's `at`-th write. */
  | ({ readonly do: 'race'; readonly at: number } & WhichProcesses)
  /** Minutes; the process must have computed the first of them. */
  | { readonly do: 'backfill'; readonly process: string; readonly from: number; readonly to: number }
  /** The high watermark of one source goes to its head, and what came to it by then is never loaded for itself. */
  | { readonly do: 'skip'; readonly process: string; readonly table: string }
  /** All of the target from what the sources hold now. */
  | { readonly do: 'recompute'; readonly process: string }
  /** The configuration gains a source, the next run asks what to do, and the answer is to recompute. */
  | { readonly do: 'add source'; readonly process: string; readonly table: string }
  /** A process by its steps, with other hands between them. */
  | {
      readonly do: 'steps';
      readonly process: string;
      readonly afterInit: readonly Act[];
      readonly afterWrite: readonly Act[];
    };

/** A row of a target; which of the columns there are depends on the process. */
export interface TargetRow {
  readonly id?: number;
  readonly ts: number;
  readonly key: number;
  readonly n?: number;
  readonly value: number;
  readonly label?: string | null;
}

export const LABELS_TABLE = 'ref.labels';
export const targetTableOf = (process: Pick<ProcessSpec, 'name'>): string => `dw.${process.name}`;

/** As a person reads it: one line per table, process and event. */
export function printHistory(history: History): string {
  const line = (value: object) => `  ${JSON.stringify(value)}`;
  return [
    `history of seed ${history.seed}`,
    ...history.sources.map(line),
    ...(history.labels === undefined ? [] : [line({ labels: history.labels })]),
    ...history.processes.map(line),
    ...history.events.map((event, n) => `${String(n).padStart(4)} ${JSON.stringify(event)}`),
  ].join('\n');
}
