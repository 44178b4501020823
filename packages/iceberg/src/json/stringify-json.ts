/** Quotes, backslashes, control characters, and surrogates, which may stand alone. */
const NEEDS_ESCAPE = /[^\x20\x21\x23-\x5b\x5d-\ud7ff\ue000-\uffff]/;

/**
 * Compact JSON of plain data; a bigint is printed as a bare integer. The inverse of `parseJson`.
 *
 * Members that are `undefined` are left out, as `JSON.stringify` does; `toJSON` is not called.
 */
export function stringifyJson(value: unknown): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  return Array.isArray(value) ? stringifyArray(value) : stringifyObject(value as Readonly<Record<string, unknown>>);
}

/** `JSON.stringify` called once per string is most of the work of a large document; few strings need it. */
const quote = (text: string): string => (NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`);

const stringifyArray = (array: readonly unknown[]): string => `[${array.map(stringifyJson).join(',')}]`;

function stringifyObject(object: Readonly<Record<string, unknown>>): string {
  const values = Object.values(object);
  // Maps of strings (summaries, properties) are most of table metadata, and cannot hide a bigint.
  if (values.every(isString)) return JSON.stringify(object);
  const members: string[] = [];
  for (const [position, key] of Object.keys(object).entries()) {
    const value = values[position];
    if (value !== undefined) members.push(`${quote(key)}:${stringifyJson(value)}`);
  }
  return `{${members.join(',')}}`;
}

const isString = (value: unknown): boolean => typeof value === 'string';
