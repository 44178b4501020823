import type { HistoryEvent, LabelRow, ProcessSpec, SourceSpec, TargetRow } from './history.ts';
import type { Outcome } from './oracle/model.ts';

/**
 * Whatever claims to obey the law: it can be told what happens to the sources, can be run, and shows its targets.
 *
 * Tables are new for each history. Calls never overlap.
 */
export interface LawSystem {
  createSource(source: SourceSpec): Promise<void>;
  createLabels(rows: readonly LabelRow[]): Promise<void>;
  /** Called after the sources. */
  configure(processes: readonly ProcessSpec[]): Promise<void>;
  /**
   * Lets an event happen.
   *
   * @returns false when nothing came of it; the outcome of a run that was disturbed
   * @throws when a process ends in anything but what the event explains
   */
  perform(event: HistoryEvent): Promise<boolean | Outcome>;
  /** All rows that a reader sees; none when there is no table yet. */
  readTarget(process: ProcessSpec): Promise<readonly TargetRow[]>;
  close(): Promise<void>;
}
