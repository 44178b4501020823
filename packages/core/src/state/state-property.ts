import { type SnapshotId, toSnapshotId } from '@psyberg/iceberg';
import type { ProcessName } from '../process/process.ts';
import { anchorPropertyKey, statePropertyKey } from './keys.ts';
import type { StateRecord } from './state-record.ts';
import { stateRecordFromJson, stateRecordToJson } from './state-record-json.ts';

/** Stands for "before the first snapshot": a record asserted while the branch had no head. */
export const NO_SNAPSHOT = 'none';

/** A snapshot that a record holds at. */
export type Anchor = SnapshotId | typeof NO_SNAPSHOT;

/** A record and the snapshots whose descendants contain all that it claims (at most 8, newest first). */
export interface AnchoredRecord {
  readonly record: StateRecord;
  readonly at: readonly Anchor[];
}

/** The state property of one process on one branch. `before` is the record that it replaced, not nested further. */
export interface StateProperty extends AnchoredRecord {
  readonly before?: AnchoredRecord;
}

const ANCHORS_MAX = 8;

/** Reads the property, with the further anchors that later runs added to it; undefined when the table has none. */
export function readStateProperty(
  properties: Readonly<Record<string, string>>,
  branch: string,
  process: ProcessName,
): StateProperty | undefined {
  const text = properties[statePropertyKey(branch, process)];
  if (text === undefined) return undefined;
  const json = JSON.parse(text) as { record: unknown; at: string[]; before?: { record: unknown; at: string[] } };
  const own = fromJson(json);
  const extra = readAnchors(properties[anchorPropertyKey(branch, process)], own.record);
  return {
    record: own.record,
    at: [...extra, ...own.at].slice(0, ANCHORS_MAX),
    ...(json.before && { before: fromJson(json.before) }),
  };
}

/** Further anchors count only while the property's record is of the session that they were added for. */
function readAnchors(text: string | undefined, record: StateRecord): readonly Anchor[] {
  if (text === undefined) return [];
  const json = JSON.parse(text) as { session: string; at: string[] };
  return json.session === record.session ? json.at.map(toAnchor) : [];
}

/** The properties to set so that `record` holds at `at`; `before` is what the table has now. */
export function statePropertyUpdates(
  branch: string,
  record: StateRecord,
  at: readonly Anchor[],
  before: AnchoredRecord | undefined,
): Readonly<Record<string, string>> {
  const value = {
    ...toJson({ record, at }),
    ...(before && { before: toJson({ record: before.record, at: before.at }) }),
  };
  return { [statePropertyKey(branch, record.process)]: JSON.stringify(value) };
}

/** The property that adds `head` to the anchors of the record that holds. */
export function anchorUpdates(
  branch: string,
  property: StateProperty,
  head: SnapshotId,
): Readonly<Record<string, string>> {
  const at = [head, ...property.at.filter((a) => a !== head)].slice(0, ANCHORS_MAX).map(String);
  return {
    [anchorPropertyKey(branch, property.record.process)]: JSON.stringify({ session: property.record.session, at }),
  };
}

const toAnchor = (text: string): Anchor => (text === NO_SNAPSHOT ? NO_SNAPSHOT : toSnapshotId(BigInt(text)));

const toJson = ({ record, at }: AnchoredRecord): { record: unknown; at: string[] } => ({
  record: JSON.parse(stateRecordToJson(record)),
  at: at.map(String),
});

const fromJson = (json: { record: unknown; at: string[] }): AnchoredRecord => ({
  record: stateRecordFromJson(JSON.stringify(json.record)),
  at: json.at.map(toAnchor),
});
