import type { ProcessName } from '../process/process.ts';

/** Names of the summary entries and table properties that a target carries; a promise to other tools and to our own past. */

/** Summary of a snapshot that a session made: its state record as JSON. */
export const STATE_SUMMARY_KEY = 'psyberg.state';
/** Summary of a staged overwrite that had to move rows of other intervals: JSON list of the manifests that hold them. */
export const CARRIED_MANIFESTS_KEY = 'psyberg.carried-manifests';
/** Summary of a staged snapshot whose publication adds columns to the target: JSON list of their names. */
export const NEW_COLUMNS_KEY = 'psyberg.new-columns';
/** Summary of a staged snapshot: the head of its branch when the attempt began, which may lie behind its parent. */
export const ATTEMPT_HEAD_KEY = 'psyberg.attempt-head';
export const WAP_ID_KEY = 'wap.id';
export const PUBLISHED_WAP_ID_KEY = 'published-wap-id';
export const SOURCE_SNAPSHOT_ID_KEY = 'source-snapshot-id';

/** Complete until, as an ISO instant (exclusive); in the summary of what we publish and as a table property. */
export const VTTS_KEY = 'psyberg.vtts';
/** The column whose axis `psyberg.vtts` speaks of. */
export const VTTS_COLUMN_KEY = 'psyberg.vtts.column';
export const VTTS_BASIS_KEY = 'psyberg.vtts.basis';

/** Table property with the state record and the snapshots at which it holds. */
export const statePropertyKey = (branch: string, process: ProcessName): string => `psyberg.state.${branch}.${process}`;

/** Table property with further snapshots at which that record holds. */
export const anchorPropertyKey = (branch: string, process: ProcessName): string => `psyberg.at.${branch}.${process}`;

/** Processes that have a state property for `branch`. */
export function processesWithState(
  properties: Readonly<Record<string, string>>,
  branch: string,
): readonly ProcessName[] {
  const prefix = `psyberg.state.${branch}.`;
  return Object.keys(properties)
    .filter((key) => key.startsWith(prefix) && !key.slice(prefix.length).includes('.'))
    .map((key) => key.slice(prefix.length) as ProcessName);
}
