import { type ConfigPath, isMapping } from './config-path.ts';

type JsonSchema = Readonly<Record<string, unknown>>;

/** Everything that the schema allows at a path; several where there are alternatives. */
function schemasAt(root: JsonSchema, path: ConfigPath): readonly JsonSchema[] {
  let here = alternatives(root);
  for (const part of path) {
    here = here.flatMap((schema) => step(schema, part)).flatMap(alternatives);
  }
  return here;
}

/** The keys that a mapping at this path may have by name. */
export function knownKeys(root: JsonSchema, path: ConfigPath): readonly string[] {
  return [
    ...new Set(
      schemasAt(root, path).flatMap((schema) => (isMapping(schema.properties) ? Object.keys(schema.properties) : [])),
    ),
  ];
}

/** Whether a text may stand at this path. */
export const allowsText = (root: JsonSchema, path: ConfigPath): boolean =>
  schemasAt(root, path).some((schema) => schema.type === 'string');

/** Whether the schema knows this path and has something other than a text there. */
export function refusesText(root: JsonSchema, path: ConfigPath): boolean {
  const schemas = schemasAt(root, path);
  return schemas.length > 0 && schemas.every(({ type }) => type !== undefined && type !== 'string');
}

function step(schema: JsonSchema, part: string | number): readonly JsonSchema[] {
  if (isMapping(schema.properties) && isMapping(schema.properties[part])) return [schema.properties[part]];
  if (isMapping(schema.additionalProperties)) return [schema.additionalProperties];
  if (schema.type === 'array' && isMapping(schema.items)) return [schema.items];
  return [];
}

function alternatives(schema: JsonSchema): readonly JsonSchema[] {
  const inner = [schema.anyOf, schema.oneOf].find(Array.isArray);
  return inner ? inner.filter(isMapping).flatMap(alternatives) : [schema];
}
