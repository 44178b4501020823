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
  compact(table: string): Promise<void>;
  mergeManifests(table: string): Promise<void>;
  /** @returns by how many snapshots it was set back; 0 when the target has no earlier one */
  rollbackTarget(process: ProcessSpec, snapshots: number): Promise<number>;
  /** @throws when a process ends in anything but success */
  run(processes: readonly ProcessSpec[]): Promise<void>;
  /** All rows that a reader sees; none when there is no table yet. */
  readTarget(process: ProcessSpec): Promise<readonly TargetRow[]>;
  close(): Promise<void>;
}

/** What an event of a history asks of a system. */
export async function perform(
  system: LawSystem,
  event: HistoryEvent,
  processes: readonly ProcessSpec[],
): Promise<void> {
  switch (event.do) {
    case 'append':
      return system.append(event.table, event.rows);
    case 'label':
      return system.appendLabels(event.rows);
    case 'compact':
      return system.compact(event.table);
    case 'merge manifests':
      return system.mergeManifests(event.table);
    case 'roll back': {
      await system.rollbackTarget(processes.find((process) => process.name === event.process)!, event.snapshots);
      return;
    }
    case 'run':
      return system.run(processes.filter((process) => event.processes?.includes(process.name) ?? true));
  }
}
