import type { HistoryEvent, LabelRow, ProcessSpec, SourceRow, SourceSpec, TargetRow } from './history.ts';

/**
 * Whatever claims to obey the law: it can be told what happens to the sources, can be run, and shows its targets.
 *
 * Tables are new for each history. Calls never overlap.
 */
export interface LawSystem {
  createSource(source: SourceSpec): Promise<void>;
  createLabels(rows: readonly LabelRow[]): Promise<void>;
  /** Called once, after the sources. */
  configure(processes: readonly ProcessSpec[]): Promise<void>;
  /** One commit. */
  append(table: string, rows: readonly SourceRow[]): Promise<void>;
  appendLabels(rows: readonly LabelRow[]): Promise<void>;
  /** Rewrites files; false when there was nothing to rewrite and so no commit. */
  compact(table: string): Promise<boolean>;
  mergeManifests(table: string): Promise<boolean>;
  /** @returns by how many snapshots it was set back; 0 when the target has no earlier one */
  rollbackTarget(process: ProcessSpec, snapshots: number): Promise<number>;
  /** @throws when a process ends in anything but success */
  run(processes: readonly ProcessSpec[]): Promise<void>;
  /** All rows that a reader sees; none when there is no table yet. */
  readTarget(process: ProcessSpec): Promise<readonly TargetRow[]>;
  close(): Promise<void>;
}

/** Does what an event of a history asks. @returns whether anything came of it */
export async function perform(
  system: LawSystem,
  event: HistoryEvent,
  processes: readonly ProcessSpec[],
): Promise<boolean> {
  switch (event.do) {
    case 'append':
      await system.append(event.table, event.rows);
      return true;
    case 'label':
      await system.appendLabels(event.rows);
      return true;
    case 'compact':
      return system.compact(event.table);
    case 'merge manifests':
      return system.mergeManifests(event.table);
    case 'roll back':
      return (await system.rollbackTarget(processes.find(({ name }) => name === event.process)!, event.snapshots)) > 0;
    case 'run':
      await system.run(processes.filter(({ name }) => event.processes?.includes(name) ?? true));
      return true;
  }
}
