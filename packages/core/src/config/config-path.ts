/** Where in a configuration: keys, and indexes of lists. */
export type ConfigPath = readonly (string | number)[];

/** `processes.signup_f.sources.0.time`; a key that itself holds a dot is quoted. */
export const formatPath = (path: ConfigPath): string =>
  path.map((part) => (typeof part === 'string' && part.includes('.') ? JSON.stringify(part) : String(part))).join('.');

/** A map's key that is the same for the same path and for no other. */
export const pathKey = (path: ConfigPath): string => JSON.stringify(path.map(String));

/** Whether a value is a mapping: what YAML calls a map and TypeScript a plain object. */
export const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at a path, or undefined where the path leads nowhere. */
export function valueAt(root: unknown, path: ConfigPath): unknown {
  let value = root;
  for (const part of path) {
    if (Array.isArray(value)) value = value[Number(part)];
    else if (isMapping(value) && Object.hasOwn(value, part)) value = value[String(part)];
    else return undefined;
  }
  return value;
}

/** A copy with one value set; mappings on the way are made where they are missing. Undefined where something else is in the way. */
export function withValueAt(root: unknown, path: ConfigPath, value: unknown): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  if (Array.isArray(root)) {
    const index = Number(first);
    if (!Number.isInteger(index) || index < 0 || index >= root.length) return undefined;
    const next = withValueAt(root[index], rest, value);
    return next === undefined ? undefined : root.with(index, next);
  }
  if (root !== undefined && !isMapping(root)) return undefined;
  const next = withValueAt(root?.[first], rest, value);
  return next === undefined ? undefined : { ...root, [first]: next };
}

/** Every value that is neither a mapping nor a list, with its path, in order. Empty mappings and lists count as values. */
export function* leaves(value: unknown, path: ConfigPath = []): Generator<readonly [ConfigPath, unknown]> {
  const entries = Array.isArray(value) ? [...value.entries()] : isMapping(value) ? Object.entries(value) : [];
  if (entries.length === 0) yield [path, value];
  for (const [key, inner] of entries) yield* leaves(inner, [...path, key]);
}
