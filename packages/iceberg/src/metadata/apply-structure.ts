import { InvalidArgumentError } from '../errors.ts';
import type { PartitionField, PartitionSpec } from '../spec/partition-spec.ts';
import { FIRST_PARTITION_FIELD_ID } from '../spec/partition-spec-json.ts';
import { findField, highestFieldId, sameSchema } from '../spec/schema.ts';
import { type SortField, type SortOrder, sameOrder, UNSORTED_ORDER } from '../spec/sort-order.ts';
import { formatTransform } from '../spec/transform-text.ts';
import type { Schema } from '../spec/types.ts';
import { currentSchema } from './history.ts';
import { change, type MetadataDraft } from './metadata-draft.ts';

/** "The one just added", in updates that set a current id. */
const LAST_ADDED = -1;

/** An equal schema is not added twice: its id is reused, whatever id the update carries. */
export function addSchema(draft: MetadataDraft, schema: Schema): void {
  const { schemas, lastColumnId } = draft.metadata;
  const equal = schemas.find((candidate) => sameSchema(candidate, schema));
  const schemaId = equal?.schemaId ?? Math.max(-1, ...schemas.map((candidate) => candidate.schemaId)) + 1;
  draft.lastAddedSchemaId = schemaId;
  if (equal !== undefined) return;
  change(draft, {
    schemas: [...schemas, { ...schema, schemaId }],
    lastColumnId: Math.max(lastColumnId, highestFieldId(schema)),
  });
}

export function setCurrentSchema(draft: MetadataDraft, schemaId: number): void {
  const id = resolveId(schemaId, draft.lastAddedSchemaId, 'schema');
  requireOneOf(
    id,
    draft.metadata.schemas.map((schema) => schema.schemaId),
    'schema',
  );
  if (id !== draft.metadata.currentSchemaId) change(draft, { currentSchemaId: id });
}

/** A spec with the same sources, transforms and names is not added twice; equivalent fields keep their old field id. */
export function addPartitionSpec(draft: MetadataDraft, spec: PartitionSpec): void {
  const { partitionSpecs, lastPartitionId } = draft.metadata;
  const equal = partitionSpecs.find((candidate) => sameFields(candidate, spec));
  const specId = equal?.specId ?? Math.max(-1, ...partitionSpecs.map((candidate) => candidate.specId)) + 1;
  draft.lastAddedSpecId = specId;
  if (equal !== undefined) return;
  checkSources(draft, spec.fields, `partition spec ${spec.fields.map((field) => field.name).join(', ')}`);
  const fields =
    draft.metadata.formatVersion === 1
      ? sequentialFields(spec.fields, partitionSpecs)
      : withFieldIds(spec.fields, partitionSpecs, lastPartitionId);
  change(draft, {
    partitionSpecs: [...partitionSpecs, { specId, fields }],
    lastPartitionId: Math.max(lastPartitionId, ...fields.map((field) => field.fieldId)),
  });
}

export function setDefaultSpec(draft: MetadataDraft, specId: number): void {
  const id = resolveId(specId, draft.lastAddedSpecId, 'partition spec');
  requireOneOf(
    id,
    draft.metadata.partitionSpecs.map((spec) => spec.specId),
    'partition spec',
  );
  if (id !== draft.metadata.defaultSpecId) change(draft, { defaultSpecId: id });
}

/** An equal order is not added twice; ids of new ones start at 1, because 0 means unsorted. */
export function addSortOrder(draft: MetadataDraft, order: SortOrder): void {
  const { sortOrders } = draft.metadata;
  const equal = sortOrders.find((candidate) => sameOrder(candidate, order));
  const highestId = Math.max(UNSORTED_ORDER.orderId, ...sortOrders.map((candidate) => candidate.orderId));
  const newId = order.fields.length === 0 ? UNSORTED_ORDER.orderId : highestId + 1;
  draft.lastAddedSortOrderId = equal?.orderId ?? newId;
  if (equal !== undefined) return;
  checkSources(draft, order.fields, 'sort order');
  change(draft, { sortOrders: [...sortOrders, { orderId: newId, fields: order.fields }] });
}

export function setDefaultSortOrder(draft: MetadataDraft, sortOrderId: number): void {
  const id = resolveId(sortOrderId, draft.lastAddedSortOrderId, 'sort order');
  requireOneOf(
    id,
    draft.metadata.sortOrders.map((order) => order.orderId),
    'sort order',
  );
  if (id !== draft.metadata.defaultSortOrderId) change(draft, { defaultSortOrderId: id });
}

function withFieldIds(
  fields: readonly PartitionField[],
  specs: readonly PartitionSpec[],
  lastPartitionId: number,
): PartitionField[] {
  const known = specs.flatMap((spec) => spec.fields);
  const taken = new Set(known.map((field) => field.fieldId));
  let highest = Math.max(lastPartitionId, FIRST_PARTITION_FIELD_ID - 1);
  return fields.map((field) => {
    const equivalent = known.find((candidate) => isEquivalent(candidate, field));
    const isFree = field.fieldId >= FIRST_PARTITION_FIELD_ID && !taken.has(field.fieldId);
    const fieldId = equivalent?.fieldId ?? (isFree ? field.fieldId : highest + 1);
    taken.add(fieldId);
    highest = Math.max(highest, fieldId);
    return { ...field, fieldId };
  });
}

/** In version 1 ids follow from positions: what was removed stays in its place as void, with its id. */
function sequentialFields(fields: readonly PartitionField[], specs: readonly PartitionSpec[]): PartitionField[] {
  const byPosition = fields.map((field, position) => ({ ...field, fieldId: FIRST_PARTITION_FIELD_ID + position }));
  const known = specs.flatMap((spec) => spec.fields);
  const isFree = (field: PartitionField): boolean =>
    known.every((other) => other.fieldId !== field.fieldId || isEquivalent(other, field) || isVoidOf(other, field));
  const isGiven = ({ fieldId }: PartitionField): boolean => fieldId >= FIRST_PARTITION_FIELD_ID;
  const isInPlace = (field: PartitionField, at: number): boolean => field.fieldId === byPosition[at]!.fieldId;
  if (fields.every((field, at) => !isGiven(field) || isInPlace(field, at)) && byPosition.every(isFree))
    return byPosition;
  throw new InvalidArgumentError(
    'A v1 table needs partition fields numbered 1000, 1001, … without gaps. Nothing was changed. ' +
      'Keep removed fields in place with the transform "void", or upgrade the table to version 2.',
  );
}

function checkSources(draft: MetadataDraft, fields: readonly (PartitionField | SortField)[], what: string): void {
  const schema = currentSchema(draft.metadata);
  // A dropped source column may still stand in an old spec; only one that never existed is a mistake.
  const missing = fields.filter(
    ({ sourceId }) => sourceId > draft.metadata.lastColumnId && findField(schema, sourceId) === undefined,
  );
  if (missing.length === 0) return;
  throw new InvalidArgumentError(
    `The ${what} refers to field ids ${missing.map((field) => field.sourceId).join(', ')}, which the schema does not have. ` +
      'Nothing was changed. Use the ids of the table’s own schema.',
  );
}

function sameFields(a: PartitionSpec, b: PartitionSpec): boolean {
  return (
    a.fields.length === b.fields.length &&
    a.fields.every((field, position) => {
      const other = b.fields[position]!;
      return isEquivalent(field, other) && field.name === other.name;
    })
  );
}

/** One is what became of the other when it was removed. */
const isVoidOf = (a: PartitionField, b: PartitionField): boolean =>
  a.sourceId === b.sourceId && (a.transform.kind === 'void' || b.transform.kind === 'void');

const isEquivalent = (a: PartitionField, b: PartitionField): boolean =>
  a.sourceId === b.sourceId && formatTransform(a.transform) === formatTransform(b.transform);

function resolveId(id: number, lastAdded: number | undefined, what: string): number {
  if (id !== LAST_ADDED) return id;
  if (lastAdded !== undefined) return lastAdded;
  throw new InvalidArgumentError(
    `Id -1 means the ${what} just added, but these updates add none. Nothing was changed. Add it first, or give its id.`,
  );
}

function requireOneOf(id: number, ids: readonly number[], what: string): void {
  if (ids.includes(id)) return;
  throw new InvalidArgumentError(
    `The table has no ${what} ${id}. It has ${ids.join(', ') || 'none'}. Nothing was changed. Choose one of these, or add it first.`,
  );
}
