import { closestName } from '../expressions/closest-name.ts';
import { currentSchema, defaultSpec } from '../metadata/history.ts';
import type { TableMetadata } from '../metadata/table-metadata.ts';
import type { MetadataChange } from '../metadata/updates.ts';
import type { PartitionField, PartitionSpec, Transform } from '../spec/partition-spec.ts';
import { FIRST_PARTITION_FIELD_ID } from '../spec/partition-spec-json.ts';
import { sameSpec } from '../spec/same-spec.ts';
import { formatTransform } from '../spec/transform-text.ts';
import type { SpecChange } from './spec-change.ts';
import { refuseStructure, transformSource } from './transform-source.ts';

interface SpecDraft {
  readonly metadata: TableMetadata;
  fields: readonly PartitionField[];
  lastPartitionId: number;
  /** By source, the time transforms that these changes add. */
  readonly addedTimes: Map<number, string>;
}

/**
 * The table's default partition spec after some changes, as {@link specUpdates} would make it the default; pure. A field of the
 * same source and transform as one of an earlier spec gets that one's id again. The spec's own id is that of an equal spec, or
 * the next.
 *
 * @throws {InvalidArgumentError} no such column or field, a name or field that is there already, a transform that does not fit
 * @see Iceberg spec, "Partition Evolution"
 */
export function evolveSpec(metadata: TableMetadata, changes: readonly SpecChange[]): PartitionSpec {
  const draft: SpecDraft = {
    metadata,
    fields: defaultSpec(metadata).fields,
    lastPartitionId: Math.max(metadata.lastPartitionId, FIRST_PARTITION_FIELD_ID - 1),
    addedTimes: new Map(),
  };
  for (const change of changes) applyChange(draft, change);
  const spec: PartitionSpec = {
    specId: Math.max(...metadata.partitionSpecs.map(({ specId }) => specId)) + 1,
    fields: draft.fields,
  };
  const listed = [defaultSpec(metadata), ...metadata.partitionSpecs];
  return listed.find((candidate) => sameSpec(candidate, spec)) ?? spec;
}

/**
 * The part of a table commit that evolves the partition spec; pure. Files that are added in the same table commit are still of
 * a spec that was there before.
 *
 * @returns undefined when the spec is the default already
 * @throws as {@link evolveSpec}
 */
export function specUpdates(metadata: TableMetadata, changes: readonly SpecChange[]): MetadataChange | undefined {
  const spec = evolveSpec(metadata, changes);
  if (spec === defaultSpec(metadata)) return undefined;
  return {
    updates: [
      { action: 'add-spec', spec },
      { action: 'set-default-spec', specId: -1 },
    ],
    requirements: [
      { type: 'assert-default-spec-id', defaultSpecId: metadata.defaultSpecId },
      { type: 'assert-last-assigned-partition-id', lastAssignedPartitionId: metadata.lastPartitionId },
      { type: 'assert-current-schema-id', currentSchemaId: metadata.currentSchemaId },
    ],
  };
}

function applyChange(draft: SpecDraft, change: SpecChange): void {
  switch (change.kind) {
    case 'add':
      addPartitionField(draft, change);
      break;
    case 'remove':
      removePartitionField(draft, change.field);
      break;
    case 'rename':
      renamePartitionField(draft, change.field, change.to);
      break;
  }
}

function addPartitionField(draft: SpecDraft, change: Extract<SpecChange, { kind: 'add' }>): void {
  const { metadata } = draft;
  const { column } = change;
  const source = transformSource(metadata, column, change.transform, `Partition by "${column}" cannot be added`);
  const text = formatTransform(source.transform);
  const name = change.name ?? defaultName(column, source.transform);
  const what = `Partition field "${name}" cannot be added`;
  const same = draft.fields.find((field) => isEquivalent(field, source));
  if (same !== undefined)
    throw refuseStructure(metadata, `${what}: "${same.name}" is ${text} of "${column}" already`, 'Keep that.');
  refuseRedundantTime(draft, source, text, what);
  freeName(draft, name, what);
  refuseColumnName(metadata, name, source, what);
  const known = reusable(draft, source);
  const fieldId = known?.fieldId ?? draft.lastPartitionId + 1;
  draft.lastPartitionId = Math.max(draft.lastPartitionId, fieldId);
  draft.fields = [...draft.fields, { ...source, fieldId, name }];
}

/** In version 1 ids follow from positions, so an earlier field's cannot come again. */
function reusable({ metadata }: SpecDraft, source: Pick<PartitionField, 'sourceId' | 'transform'>) {
  if (metadata.formatVersion === 1) return undefined;
  return metadata.partitionSpecs.flatMap(({ fields }) => fields).find((field) => isEquivalent(field, source));
}

function removePartitionField(draft: SpecDraft, name: string): void {
  const { fieldId } = requireField(draft, name, `Partition field "${name}" cannot be removed`);
  const isListed = draft.metadata.partitionSpecs.some(({ fields }) =>
    fields.some((field) => field.fieldId === fieldId),
  );
  const stays = draft.metadata.formatVersion === 1 && isListed;
  draft.fields = stays
    ? draft.fields.map((field) => (field.fieldId === fieldId ? { ...field, transform: { kind: 'void' } } : field))
    : draft.fields.filter((field) => field.fieldId !== fieldId);
}

function renamePartitionField(draft: SpecDraft, name: string, to: string): void {
  const what = `Partition field "${name}" cannot be renamed`;
  const renamed = requireField(draft, name, what);
  if (to === name) return;
  freeName(draft, to, what);
  refuseColumnName(draft.metadata, to, renamed, what);
  draft.fields = draft.fields.map((field) => (field.fieldId === renamed.fieldId ? { ...field, name: to } : field));
}

function requireField({ metadata, fields }: SpecDraft, name: string, what: string): PartitionField {
  const live = fields.filter(({ transform }) => transform.kind !== 'void');
  const found = live.find((field) => field.name === name);
  if (found !== undefined) return found;
  const names = live.map((field) => field.name);
  const meant = closestName(name, names);
  const hint = meant === undefined ? `It has ${names.join(', ') || 'none'}.` : `Did you mean "${meant}"? Case counts.`;
  throw refuseStructure(metadata, `${what}: the spec has no such field`, hint);
}

/** A void field has to stand there but not under its name, which it gives up as Java has it. */
function freeName(draft: SpecDraft, name: string, what: string): void {
  if (name === '') throw refuseStructure(draft.metadata, `${what}: the name is empty`, 'Give it a name.');
  const holder = draft.fields.find((field) => field.name === name);
  if (holder === undefined) return;
  if (holder.transform.kind !== 'void') {
    throw refuseStructure(draft.metadata, `${what}: a field "${name}" is there already`, 'Choose another name.');
  }
  draft.fields = draft.fields.map((field) =>
    field === holder ? { ...field, name: `${field.name}_${field.fieldId}` } : field,
  );
}

/** Only an identity field may bear the name of a column, and only that of its own. */
function refuseColumnName(
  metadata: TableMetadata,
  name: string,
  { sourceId, transform }: Pick<PartitionField, 'sourceId' | 'transform'>,
  what: string,
): void {
  const column = currentSchema(metadata).fields.find((field) => field.name === name);
  if (column === undefined || (column.id === sourceId && transform.kind === 'identity')) return;
  throw refuseStructure(metadata, `${what}: "${name}" is a column`, 'Choose another name.');
}

const TIMES: readonly Transform['kind'][] = ['year', 'month', 'day', 'hour'];

/** Two grains of one time at once say nothing that the finer does not. */
function refuseRedundantTime(
  { metadata, addedTimes }: SpecDraft,
  { sourceId, transform }: Pick<PartitionField, 'sourceId' | 'transform'>,
  text: string,
  what: string,
): void {
  if (!TIMES.includes(transform.kind)) return;
  const other = addedTimes.get(sourceId);
  if (other !== undefined) {
    throw refuseStructure(metadata, `${what}: ${text} beside ${other} of the same column`, 'Add only the finer one.');
  }
  addedTimes.set(sourceId, text);
}

const isEquivalent = (
  a: Pick<PartitionField, 'sourceId' | 'transform'>,
  b: Pick<PartitionField, 'sourceId' | 'transform'>,
): boolean => a.sourceId === b.sourceId && formatTransform(a.transform) === formatTransform(b.transform);

/** As Java names partition fields; not in the spec. */
function defaultName(column: string, transform: Transform): string {
  switch (transform.kind) {
    case 'identity':
      return column;
    case 'bucket':
      return `${column}_bucket_${transform.count}`;
    case 'truncate':
      return `${column}_trunc_${transform.width}`;
    default:
      return `${column}_${transform.kind}`;
  }
}
