import { readFileSync } from 'node:fs';

type Schema = Readonly<Record<string, unknown>>;

const published = (name: string): Schema =>
  JSON.parse(readFileSync(new URL(`../../schema/${name}.schema.json`, import.meta.url), 'utf8')) as Schema;

/** The published schema of what `--json` prints. */
export const OUTPUT_SCHEMA = published('output');
/** And of a line of `--output-file`; what both define is the same in both. */
export const EVENTS_SCHEMA = published('events');

/** What of a value does not fit a schema, with its path; only the words that the published schema uses are understood. */
export function misfits(value: unknown, schema: Schema = OUTPUT_SCHEMA, path = '$'): string[] {
  const { $ref, anyOf, allOf } = schema;
  const problems: string[] = [];
  if (typeof $ref === 'string') problems.push(...misfits(value, resolve($ref), path));
  for (const part of (allOf as Schema[] | undefined) ?? []) problems.push(...misfits(value, part, path));
  if (Array.isArray(anyOf)) {
    const attempts = (anyOf as Schema[]).map((part) => misfits(value, part, path));
    if (!attempts.some((attempt) => attempt.length === 0))
      problems.push(...attempts.sort((a, b) => a.length - b.length)[0]!);
  }
  return [...problems, ...ownMisfits(value, schema, path)];
}

function ownMisfits(value: unknown, schema: Schema, path: string): string[] {
  const problems: string[] = [];
  const types = schema.type === undefined ? undefined : [schema.type].flat();
  if (types !== undefined && !types.includes(typeOf(value)))
    return [`${path} is ${typeOf(value)}, not ${types.join(' or ')}`];
  if ('const' in schema && schema.const !== value) problems.push(`${path} is not ${String(schema.const)}`);
  if (Array.isArray(schema.enum) && !schema.enum.includes(value))
    problems.push(`${path} is not one of ${schema.enum.join()}`);
  if (typeof schema.pattern === 'string' && typeof value === 'string' && !new RegExp(schema.pattern).test(value)) {
    problems.push(`${path} "${value}" does not match ${schema.pattern}`);
  }
  if (Array.isArray(value) && schema.items !== undefined) {
    value.forEach((item, index) => {
      problems.push(...misfits(item, schema.items as Schema, `${path}[${index}]`));
    });
  }
  if (typeOf(value) === 'object') problems.push(...objectMisfits(value as Record<string, unknown>, schema, path));
  return problems;
}

function objectMisfits(value: Record<string, unknown>, schema: Schema, path: string): string[] {
  const properties = (schema.properties as Record<string, Schema> | undefined) ?? {};
  const missing = ((schema.required as string[] | undefined) ?? []).filter((key) => !(key in value));
  const inside = Object.entries(properties)
    .filter(([key]) => key in value)
    .flatMap(([key, part]) => misfits(value[key], part, `${path}.${key}`));
  return [...missing.map((key) => `${path}.${key} is missing`), ...inside];
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value;
}

const DEFINITIONS = { ...(EVENTS_SCHEMA.$defs as object), ...(OUTPUT_SCHEMA.$defs as object) } as Record<
  string,
  Schema
>;

function resolve(ref: string): Schema {
  const name = ref.replace('#/$defs/', '');
  return DEFINITIONS[name]!;
}

/** Keys of a value that the schema does not mention anywhere, with their paths: what is printed must be described. */
export function undescribed(value: unknown, schema: Schema = OUTPUT_SCHEMA, path = '$'): string[] {
  const parts = applying(value, schema);
  if (Array.isArray(value)) {
    const items = { allOf: parts.flatMap(({ items: inner }) => (inner === undefined ? [] : [inner as Schema])) };
    return value.flatMap((item, index) => undescribed(item, items, `${path}[${index}]`));
  }
  if (typeOf(value) !== 'object') return [];
  const properties = parts.map((part) => (part.properties ?? {}) as Record<string, Schema>);
  // What names no keys at all says that any may be there: a row, values by name.
  if (properties.every((some) => Object.keys(some).length === 0)) return [];
  return Object.entries(value as Record<string, unknown>).flatMap(([key, inner]) => {
    const found = properties.filter((some) => key in some).map((some) => some[key]!);
    return found.length === 0 ? [`${path}.${key}`] : undescribed(inner, { allOf: found }, `${path}.${key}`);
  });
}

/** The schema's own words and those of every part of it that applies to this value. */
function applying(value: unknown, schema: Schema): Schema[] {
  const { $ref, anyOf, allOf } = schema;
  const fitting = ((anyOf as Schema[] | undefined) ?? []).filter((part) => misfits(value, part).length === 0);
  const inner = [
    ...(typeof $ref === 'string' ? [resolve($ref)] : []),
    ...((allOf as Schema[] | undefined) ?? []),
    ...fitting,
  ];
  return [schema, ...inner.flatMap((part) => applying(value, part))];
}
