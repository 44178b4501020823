/**
 * The shape of a configuration, for checking and for editors. Only shape: what depends on two values at once is in
 * `to-process.ts` and `check-chain.ts`. Loaded lazily, since commands without a configuration have no use for it.
 */
import * as z from 'zod/mini';

const text = () => z.string().check(z.minLength(1));
const about = <T extends z.core.$ZodType>(description: string, schema: T): T => {
  z.globalRegistry.add(schema, { description });
  return schema;
};
const optional = <T extends z.core.$ZodType>(description: string, schema: T) => z.optional(about(description, schema));
const count = () => z.int().check(z.minimum(1));

const PROCESS_NAME = /^[a-z][a-z0-9_]*$/;

const sqlCatalog = z.strictObject({
  type: z.literal('sql'),
  uri: optional('sqlite:PATH; relative to this file', text()),
  warehouse: optional('The folder of the tables; relative to this file', text()),
  name: optional(
    "The catalog's name inside its database. Default: the one that is there already, else psyberg",
    text(),
  ),
});
const memoryCatalog = z.strictObject({ type: z.literal('memory') });

const engine = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('duckdb'),
    memoryLimit: optional('For example 4GB', text()),
    threads: optional('Default: all cores', count()),
    tempDirectory: optional('Where large work is spilled to; relative to this file', text()),
  }),
]);

const time = z.union([
  text(),
  z.strictObject({ column: text(), unit: optional('Of an integer since the epoch', z.enum(['s', 'ms', 'us'])) }),
  z.strictObject({
    date: about('A column of integers like 20230914', text()),
    hour: about('A column of hours, 0 to 23', text()),
  }),
]);

const source = z.strictObject({
  table: about('namespace.table, or namespace.table|time_column', text()),
  as: optional('The name by which the SQL calls it. Default: the last part of the table name', text()),
  branch: optional('Default: main', text()),
  role: optional(
    'changes: what is new in it starts work. lookup: read whole, starts nothing',
    z.enum(['changes', 'lookup']),
  ),
  time: optional("The column on the target's time axis. Absent: landing time, in stateless processes only", time),
  from: optional('ISO instant; nothing earlier is ever loaded', text()),
  reads: optional(
    'How much earlier and later than itself a target interval needs this source',
    z.strictObject({ before: optional('For example 24h', text()), after: optional('For example 1h', text()) }),
  ),
  onOverwrite: optional(
    'What a stateless process does when the source overwrites or deletes',
    z.enum(['error', 'recompute', 'added-only']),
  ),
  complete: optional(
    'How far the source is complete, where it does not say so itself; one of the three',
    z.strictObject({ sql: z.optional(text()), property: z.optional(text()), delay: z.optional(text()) }),
  ),
  retention: optional('For example 30d: the source drops whole intervals older than this on its own', text()),
  future: optional('allow: intervals after the commit that brought them count', z.enum(['allow'])),
  pin: optional('true: the consumed snapshot carries a tag, so that it does not expire', z.boolean()),
});

const target = z.strictObject({
  table: about('namespace.table', text()),
  branch: optional('Default: main', text()),
  time: optional('The column on whose axis intervals lie', time),
  interval: optional('The unit of work. Default: hour', z.enum(['15m', 'hour', 'day'])),
  partition: optional('Iceberg transforms, for example hour(event_ts), bucket(16, id), region', z.array(text())),
  sort: optional('Columns by which files are sorted', z.array(text())),
  properties: optional('Table properties, set when the table is made', z.record(z.string(), z.string())),
  openInterval: optional('load an interval that is not complete yet, or wait for it', z.enum(['load', 'wait'])),
  onSchemaChange: optional('add: new nullable columns of the result are added to the table', z.enum(['error', 'add'])),
});

const oneOrByEngine = z.union([text(), z.record(z.string(), text())]);

const transform = z.strictObject({
  file: optional('A file with one SELECT, or one file by engine; relative to this file', oneOrByEngine),
  sql: optional('One SELECT, or one by engine', oneOrByEngine),
  rowwise: optional('The assertion that each output row depends on its own input row alone', z.boolean()),
  command: optional(
    'A program that writes the staged snapshot, with its arguments',
    z.array(text()).check(z.minLength(1)),
  ),
  external: optional('Something outside writes the staged snapshot', z.literal(true)),
});

const audit = z.looseObject({
  audit: about('The kind, for example unique', text()),
  name: optional('Unique within the process. Default: the kind', text()),
  severity: optional('Default: blocking', z.enum(['blocking', 'warning'])),
});

const process = z.strictObject({
  mode: about('How output depends on input', z.enum(['stateless', 'stateful', 'sequential'])),
  sources: about('Tables that are read', z.array(z.union([text(), source])).check(z.minLength(1))),
  target: about('The table that is written', target),
  transform: about('How rows of the target are made', transform),
  load: optional(
    'Stateful: recompute the whole range, or only changed intervals. Default: range',
    z.enum(['range', 'changed']),
  ),
  isolate: optional('true: one interval per call of the transform', z.boolean()),
  volatile: optional('Columns that verification leaves out', z.array(text())),
  catchUp: optional(
    'What to do about very late data',
    z.strictObject({
      threshold: optional(
        'A duration or a number of intervals; what is older is skipped and reported',
        z.union([text(), z.int().check(z.minimum(0))]),
      ),
    }),
  ),
  limits: optional(
    'More than this in one session stops before writing and asks',
    z.strictObject({
      maxIntervals: optional('Default: 10000 in modes that overwrite', count()),
      maxBytes: optional('A number, or a text like 10GB', z.union([text(), count()])),
    }),
  ),
  audits: optional('Checks on the staged snapshot', z.array(audit)),
  engine: optional('One of engines. Default: engine', text()),
});

export const configSchema = z.strictObject({
  $schema: z.optional(z.string()),
  catalog: optional(
    'Default: sql on sqlite:warehouse/catalog.db',
    z.discriminatedUnion('type', [sqlCatalog, memoryCatalog]),
  ),
  engine: optional('Default: duckdb', engine),
  engines: optional('Further engines by name', z.record(text(), engine)),
  tables: optional(
    'Names of the session, watermark and audit tables',
    z.strictObject({ sessions: z.optional(text()), watermarks: z.optional(text()), audits: z.optional(text()) }),
  ),
  processes: optional('Pipelines by name', z.record(z.string().check(z.regex(PROCESS_NAME)), process)),
});

/** What the shape has made sure of. */
export type ShapedConfig = z.output<typeof configSchema>;
export type ShapedProcess = z.output<typeof process>;
export type ShapedSource = z.output<typeof source>;
export type ShapedTime = z.output<typeof time>;

/** The JSON Schema (draft 7, which editors know) of `psyberg.yaml` and `psyberg.json`. */
export function toJsonSchema(): Readonly<Record<string, unknown>> {
  const schema = z.toJSONSchema(configSchema, { io: 'input', target: 'draft-7', unrepresentable: 'throw' });
  return { ...withOptionalTypes(schema), title: 'Psyberg configuration' };
}

/** The types of catalog and engine are filled in before the shape is checked, so an editor must not ask for them. */
function withOptionalTypes(schema: z.core.JSONSchema.BaseSchema): Record<string, unknown> {
  const relax = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(relax);
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(([key, inner]) => [key, relax(inner)] as const);
    const copy: Record<string, unknown> = Object.fromEntries(entries);
    const type = (copy.properties as { type?: { const?: string } } | undefined)?.type?.const;
    if (type === 'sql' || type === 'duckdb') delete copy.required;
    return copy;
  };
  return relax(schema) as Record<string, unknown>;
}
