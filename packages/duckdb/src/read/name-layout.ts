import { type FilesWithoutIds, UnsupportedTypeError } from '@psyberg/core';
import type { MappedField, NameMapping } from '@psyberg/iceberg';
import type { Shape, ShapeField } from '../sql/shape.ts';
import type { FileLayout } from './file-layout.ts';
import type { FileGroup } from './layout-cache.ts';

/**
 * The layout with the ids that a table's name mapping gives to its columns, by name at every depth; those that it does not name
 * belong to no field. A layout that has ids is left as it is, whatever the mapping says.
 *
 * @throws {UnsupportedTypeError} the file has no ids and the table no mapping
 * @see Iceberg spec, "Column Projection"
 */
export function nameLayout({ layout, paths }: FileGroup, rules: FilesWithoutIds | undefined): FileLayout {
  const { columns } = layout;
  if (columns.length === 0 || columns.some(({ id }) => id !== undefined)) return layout;
  if (rules === undefined) {
    throw new UnsupportedTypeError(
      `${paths[0]} carries no Iceberg field ids (it was probably imported by add_files or a migration), and its table has no name ` +
        'mapping (property schema.name-mapping.default) that says which column is which. Nothing was read. Give the table a name ' +
        'mapping, or rewrite the file with an Iceberg writer, for example by rewrite_data_files, and run again.',
    );
  }
  return { columns: nameFields(columns, rules.mapping) };
}

const nameFields = (fields: readonly ShapeField[], mapping: NameMapping): ShapeField[] =>
  fields.map((field) => nameField(field, field.name, mapping));

/** @param called elements, keys and values are called so in mappings, whatever the file calls them */
function nameField({ name, shape }: ShapeField, called: string, mapping: NameMapping): ShapeField {
  const entry = mapping.find(({ names }) => names.includes(called));
  const inside = nameShape(shape, entry?.fields ?? []);
  return entry?.id === undefined ? { name, shape: inside } : { name, id: entry.id, shape: inside };
}

function nameShape(shape: Shape, fields: readonly MappedField[]): Shape {
  switch (shape.kind) {
    case 'leaf':
      return shape;
    case 'struct':
      return { kind: 'struct', fields: nameFields(shape.fields, fields) };
    case 'list':
      return { kind: 'list', element: nameField(shape.element, 'element', fields) };
    case 'map':
      return {
        kind: 'map',
        key: nameField(shape.key, 'key', fields),
        value: nameField(shape.value, 'value', fields),
      };
  }
}
