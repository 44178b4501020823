/**
 * `target.onSchemaChange: add`: columns that the transform returns and the target lacks are added by the table commit that
 * publishes their first rows. Their field ids are given out when the rows are written, and taken by the staging commit, which lists
 * the new schema without making it current: what others do to the schema in between can no longer give the ids to another column.
 */
import {
  applyUpdates,
  currentSchema,
  evolveSchema,
  fieldByName,
  formatIdentifier,
  formatType,
  InvalidArgumentError,
  isPrimitive,
  type Schema,
  type SchemaChange,
  type SchemaEvolution,
  type Snapshot,
  schemaById,
  schemaUpdates,
  snapshotById,
  type Table,
  type TableMetadata,
  toSnapshotId,
  ValidationError,
} from '@psyberg/iceberg';
import type { Relation } from '../engine/engine.ts';
import { SqlError } from '../engine/errors.ts';
import { PublishConflictError } from '../errors.ts';
import type { Process } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { SessionPlan } from '../session/session-plan.ts';
import { NEW_COLUMNS_KEY, SOURCE_SNAPSHOT_ID_KEY, STATE_SUMMARY_KEY } from '../state/keys.ts';
import { heldState } from '../state/record-walk.ts';
import { parametersOf } from './parameters.ts';
import { recordLookup } from './record-lookup.ts';
import { sqlOf } from './transform-sql.ts';

type NewColumn = Extract<SchemaChange, { readonly kind: 'add' }>;

/** What a session adds to its target: columns, and the schema with their ids that its files are written with. */
export interface TargetEvolution extends SchemaEvolution {
  readonly changes: readonly NewColumn[];
  readonly planned: Schema;
}

/**
 * The columns to add, with the ids that files of the session are written with; undefined where nothing is to be added: all columns
 * are there, the configuration does not ask for it, or a column of the target is not in the result, which is for the engine to refuse.
 *
 * @throws {SqlError}
 */
export async function targetEvolution(
  project: Project,
  process: Process,
  target: Table,
  relations: readonly Relation[],
): Promise<TargetEvolution | undefined> {
  if (process.target.onSchemaChange !== 'add' || process.transform.kind !== 'sql') return undefined;
  const engine = await project.engineFor(process)();
  const { columns } = await engine.analyze({
    sql: sqlOf(process, engine.name),
    relations,
    parameters: parametersOf(process, 'analysis', undefined, undefined),
    ...(process.mode === 'sequential' && { recursive: 'previous' }),
  });
  const { fields } = currentSchema(target.metadata);
  const has = (all: readonly { readonly name: string }[], { name }: { readonly name: string }): boolean =>
    all.some((one) => one.name.toLowerCase() === name.toLowerCase());
  const added = columns.filter((column) => !has(fields, column));
  if (added.length === 0 || !fields.every((field) => has(columns, field))) return undefined;
  const changes = added.map(({ name, type }): NewColumn => ({ kind: 'add', name, type }));
  const staged = await schemaPublishedByOthers(project, process, target);
  return { changes, planned: plannedSchema(target.metadata, changes, staged) };
}

/**
 * The schema of a session of ours whose snapshot another engine published, if it had columns to come: its rows are the target's, its
 * columns are not. A session that we published made them the target's; what is not there any more was dropped since. Ours are told by
 * the property that is written with them; a pick by others has lost the record.
 */
async function schemaPublishedByOthers(project: Project, process: Process, target: Table): Promise<Schema | undefined> {
  const { branch } = process.target;
  const held = await heldState(target, branch, process.name, recordLookup(project, process.name));
  const met = held.metAt === undefined ? undefined : snapshotById(target.metadata, held.metAt);
  if (met?.summary[STATE_SUMMARY_KEY] !== undefined) {
    const isOurs = held.property?.record.session === held.record?.session;
    return isOurs ? undefined : stagedEvolution(target.metadata, met)?.planned;
  }
  const source = met?.summary[SOURCE_SNAPSHOT_ID_KEY];
  if (source === undefined) return undefined;
  return stagedEvolution(target.metadata, snapshotById(target.metadata, toSnapshotId(BigInt(source))))?.planned;
}

/** Columns that `staged` has get the ids that they have there, so that rows of its files show their values; others get new ones. */
function plannedSchema(metadata: TableMetadata, changes: readonly NewColumn[], staged: Schema | undefined): Schema {
  if (staged === undefined) return evolveSchema(metadata, changes);
  const known = changes.filter((change) => fits(metadata, change, staged));
  const updates = schemaUpdates(metadata, { changes: known, planned: staged })?.updates ?? [];
  const whole = evolveSchema(
    applyUpdates(metadata, updates, metadata.lastUpdatedMs),
    changes.filter((change) => !known.includes(change)),
  );
  return evolveSchema(metadata, changes, whole);
}

function fits(metadata: TableMetadata, change: NewColumn, staged: Schema): boolean {
  try {
    evolveSchema(metadata, [change], staged);
    return true;
  } catch (error) {
    if (error instanceof InvalidArgumentError || error instanceof ValidationError) return false;
    throw error;
  }
}

/**
 * The table as it will be with those columns: for whoever writes, reads or checks rows that have them. It is at no place in the catalog,
 * so that a commit that begins with it looks there first.
 */
export function withEvolution(table: Table, evolution: SchemaEvolution | undefined): Table {
  if (evolution === undefined) return table;
  const updates = schemaUpdates(table.metadata, evolution)?.updates ?? [];
  const { metadata } = table;
  return { ...table, metadata: applyUpdates(metadata, updates, metadata.lastUpdatedMs), metadataLocation: '' };
}

/** What the staging commit says of itself, for the publishing one. */
export const evolutionSummary = (evolution: TargetEvolution | undefined): Readonly<Record<string, string>> =>
  evolution === undefined ? {} : { [NEW_COLUMNS_KEY]: JSON.stringify(evolution.changes.map((change) => change.name)) };

/** The columns that a staged snapshot of ours is written with and whose publication adds them. */
export function stagedEvolution(metadata: TableMetadata, staged: Snapshot | undefined): TargetEvolution | undefined {
  const text = staged?.summary[NEW_COLUMNS_KEY];
  if (text === undefined || staged?.schemaId === undefined) return undefined;
  const planned = schemaById(metadata, staged.schemaId);
  const fields = (JSON.parse(text) as readonly string[]).flatMap((name) => fieldByName(planned, name) ?? []);
  return { changes: fields.map(({ name, type }): NewColumn => ({ kind: 'add', name, type })), planned };
}

/** @throws {PublishConflictError} others have meanwhile changed the schema such that the columns cannot be added as they were written */
export function checkEvolution(
  { process, plan }: { readonly process: Process; readonly plan: SessionPlan },
  table: Table,
  evolution: SchemaEvolution | undefined,
): void {
  if (evolution === undefined) return;
  try {
    schemaUpdates(table.metadata, evolution);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError || error instanceof ValidationError)) throw error;
    throw new PublishConflictError(
      `The schema of ${formatIdentifier(table.identifier)} was changed while session ${plan.session} of ${process.name} was at work, and its ` +
        `new columns do not fit any more: ${error.message} Nothing was published; the session has to be computed again.`,
      { next: [`psyberg write --process ${process.name} --session ${plan.session}`], cause: error },
    );
  }
}

/** What a plan says of columns to come. SQL that cannot be understood yet, as before an upstream process adds a column, says nothing. */
export async function evolutionNotes(
  project: Project,
  process: Process,
  target: Table | undefined,
  inputs: readonly Table[],
): Promise<readonly string[]> {
  const relations = schemaRelations(process, inputs);
  if (target === undefined || relations === undefined) return [];
  try {
    const evolution = await targetEvolution(project, process, target, relations);
    if (evolution === undefined) return [];
    const columns = evolution.planned.fields
      .filter(({ name }) => evolution.changes.some((change) => change.name === name))
      .map(({ name, type }) => `${name} (${isPrimitive(type) ? formatType(type) : type.kind})`);
    return [
      `This session adds to ${formatIdentifier(target.identifier)}: ${columns.join(', ')}. Rows that are there already read NULL in it.`,
    ];
  } catch (error) {
    if (error instanceof SqlError) return [];
    throw error;
  }
}

/** The process's inputs by their schemas alone, `previous` included; undefined where one of the tables is not there. */
export function schemaRelations(process: Process, inputs: readonly Table[]): readonly Relation[] | undefined {
  const relations: Relation[] = [];
  for (const source of process.sources) {
    const name = formatIdentifier(source.table);
    const table = inputs.find((input) => formatIdentifier(input.identifier) === name);
    if (table === undefined) return undefined;
    relations.push({ names: [source.as, name], schema: currentSchema(table.metadata), parts: [] });
  }
  return withEmptyPrevious(process, relations);
}

/** For the shape of the result: `previous` has the columns of the result itself. */
export function withEmptyPrevious(process: Process, relations: readonly Relation[]): readonly Relation[] {
  if (process.mode !== 'sequential') return relations;
  return [...relations, { names: ['previous'], schema: { schemaId: 0, fields: [] }, parts: [] }];
}
