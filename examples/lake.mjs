/**
 * What the examples need of a lake: tables to put raw rows into, as some upstream system would. None of this is Psyberg; it is
 * the table library and DuckDB, by themselves.
 */
import { mkdir, rm } from 'node:fs/promises';
import { createDuckDbEngine } from '@psyberg/duckdb';
import {
  currentSchema,
  defaultSpec,
  fastAppend,
  formatIdentifier,
  openTable,
  parseIdentifier,
  parseTransform,
  parseType,
  planFiles,
  SqlCatalog,
} from '@psyberg/iceberg';

/** Makes an empty warehouse with a SQLite catalog in `folder`; what was there is gone. `engine`: options for DuckDB. */
export async function makeLake(folder, engine) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  return openLake(folder, engine);
}

/** Opens the warehouse in `folder`. The caller closes it. */
export async function openLake(folder, options = {}) {
  const catalog = await SqlCatalog.open({ uri: `sqlite:${folder}/catalog.db`, warehouse: folder });
  const engine = await createDuckDbEngine({ ...options, allowedLocations: [folder] });
  const close = async () => {
    await engine.close();
    await catalog.close();
  };
  return { folder, catalog, engine, close };
}

/** @param columns names with Iceberg types, in order @param partition e.g. `{ column: 'event_ts', transform: 'hour' }` */
export async function createTable({ catalog }, name, columns, partition) {
  const identifier = parseIdentifier(name);
  if (!(await catalog.namespaceExists(identifier.namespace))) await catalog.createNamespace(identifier.namespace);
  const fields = Object.entries(columns).map(([column, type], n) => ({
    id: n + 1,
    name: column,
    required: false,
    type: parseType(type),
  }));
  const partitionFields = partition === undefined ? [] : [partitionField(fields, partition)];
  await catalog.createTable(identifier, {
    schema: { schemaId: 0, fields },
    partitionSpec: { specId: 0, fields: partitionFields },
  });
}

function partitionField(fields, { column, transform }) {
  const source = fields.find((field) => field.name === column);
  const name = transform === 'identity' ? column : `${column}_${transform}`;
  return { sourceId: source.id, fieldId: 1000, name, transform: parseTransform(transform) };
}

/** Appends rows (objects, with texts for times) in one commit. @returns the table afterwards */
export async function appendRows({ catalog, engine }, name, rows) {
  const table = await openTable(catalog, parseIdentifier(name));
  return fastAppend(table, await writeQuery(engine, table, valuesText(currentSchema(table.metadata), rows)));
}

/**
 * Writes the rows of a query as data files of a table, which no snapshot names yet. `relations`: what the query reads; `target`: more
 * that the engine is to know of the table.
 */
export async function writeQuery(engine, table, sql, { relations = [], target = {} } = {}) {
  const { identifier, metadata } = table;
  const { files } = await engine.transform({
    sql,
    relations,
    parameters: {},
    target: {
      table: formatIdentifier(identifier),
      schema: currentSchema(metadata),
      spec: defaultSpec(metadata),
      dataLocation: `${metadata.location}/data`,
      properties: metadata.properties,
      ...target,
    },
    grain: 'hour',
    outside: 'error',
    nullTime: 'keep',
  });
  return files;
}

/** Some files of a table as a relation that a query can read. */
export const relationOf = (name, { metadata }, files) => ({
  names: [name],
  schema: currentSchema(metadata),
  parts: [{ files }],
});

/** Local paths of the Parquet files that readers of a table see. */
export async function filesOf({ catalog }, name) {
  const table = await openTable(catalog, parseIdentifier(name));
  return (await planFiles(table)).map(({ file }) => file.path.replace(/^file:(\/\/)?/, ''));
}

const SQL_TYPES = {
  string: 'varchar',
  long: 'bigint',
  int: 'integer',
  double: 'double',
  boolean: 'boolean',
  date: 'date',
  timestamp: 'timestamp',
  timestamptz: 'timestamptz',
};

/** One SELECT of the rows as literals, each cast to its column's type. */
function valuesText(schema, rows) {
  const names = schema.fields.map((field) => field.name);
  const casts = schema.fields.map((field) => `cast("${field.name}" as ${sqlType(field.type)}) as "${field.name}"`);
  const tuples = rows.map((row) => `(${names.map((name) => literal(row[name])).join(', ')})`);
  return `select ${casts.join(', ')} from (values ${tuples.join(', ')}) as v(${names.map((name) => `"${name}"`).join(', ')})`;
}

export const sqlType = (type) =>
  type.kind === 'decimal' ? `decimal(${type.precision}, ${type.scale})` : SQL_TYPES[type.kind];

export function literal(value) {
  if (value === null || value === undefined) return 'null';
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
}
