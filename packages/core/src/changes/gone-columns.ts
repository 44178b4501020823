import {
  currentSchema,
  findField,
  formatIdentifier,
  type NestedField,
  type Schema,
  type SnapshotId,
  schemaById,
  snapshotById,
  type Table,
} from '@psyberg/iceberg';

/** A name that an older schema of a table gave a field, nested ones too, and that the schema of today does not give it. */
export interface GoneColumn {
  readonly name: string;
  /** What the field is called now; absent: it was dropped. */
  readonly renamedTo?: string;
}

/** By field id, newest schema first, each name once; a name that is in use again is not gone. Pure. */
export function goneColumns({ metadata }: Table): readonly GoneColumn[] {
  const current = currentSchema(metadata);
  const inUse = new Set(fieldsOf(current.fields).map((f) => f.name));
  const gone = new Map<string, GoneColumn>();
  for (const { fields } of [...metadata.schemas].sort((a, b) => b.schemaId - a.schemaId)) {
    for (const { id, name } of fieldsOf(fields)) {
      if (inUse.has(name) || gone.has(name)) continue;
      const now = findField(current, id)?.name;
      gone.set(name, { name, ...(now !== undefined && { renamedTo: now }) });
    }
  }
  return [...gone.values()];
}

/** What became of the columns that a message of an engine names, as sentences to follow it; empty when nothing is known of them. */
export function goneColumnsIn(message: string, tables: readonly Table[]): string {
  const sentences = tables.flatMap((table) =>
    goneColumns(table)
      .filter(({ name }) => names(message, name))
      .map(({ name, renamedTo }) => {
        const column = `Column "${name}" of ${formatIdentifier(table.identifier)}`;
        return renamedTo === undefined
          ? `${column} was dropped from the table since; take it out of the SQL, or have it added again.`
          : `${column} is called "${renamedTo}" now; its values are there under that name, those of older files too.`;
      }),
  );
  return sentences.length === 0 ? '' : ` ${sentences.join(' ')}`;
}

/** Columns whose name another field had at a snapshot: what stands in older files is not read under it any more. */
export function reusedNames({ metadata }: Table, since: SnapshotId | undefined): readonly NestedField[] {
  const schemaId = since === undefined ? undefined : snapshotById(metadata, since)?.schemaId;
  const before: Schema | undefined = schemaId === undefined ? undefined : schemaById(metadata, schemaId);
  if (before === undefined) return [];
  return currentSchema(metadata).fields.filter((field) => {
    const same = before.fields.find((f) => f.name === field.name);
    return same !== undefined && same.id !== field.id;
  });
}

function fieldsOf(fields: readonly NestedField[]): readonly NestedField[] {
  return fields.flatMap((field) => (field.type.kind === 'struct' ? [field, ...fieldsOf(field.type.fields)] : [field]));
}

const names = (message: string, name: string): boolean =>
  new RegExp(`(^|[^A-Za-z0-9_])${name.replace(/[^A-Za-z0-9_]/g, '\\$&')}($|[^A-Za-z0-9_])`, 'i').test(message);
