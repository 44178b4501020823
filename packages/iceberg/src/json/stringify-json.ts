/** Quotes, backslashes, control characters, and surrogates, which may stand alone. */
const NEEDS_ESCAPE = /[^\x20\x21\x23-\x5b\x5d-\ud7ff\ue000-\uffff]/;

/**
 * Compact JSON of plain data; a bigint is printed as a bare integer. The inverse of `parseJson`.
 *
 * Members that are `undefined` are left out, as `JSON.stringify` does; `toJSON` is not called.
 */
export function stringifyJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quote(value);
    case 'bigint':
      return value.toString();
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? stringifyArray(value) : stringifyObject(value as Record<string, unknown>);
    default:
      return JSON.stringify(value) ?? 'null';
  }
}

/** `JSON.stringify` called once per string is most of the work of a large document; few strings need it. */
const quote = (text: string): string => (NEEDS_ESCAPE.test(text) ? JSON.stringify(text) : `"${text}"`);

const stringifyArray = (array: readonly unknown[]): string => `[${array.map(stringifyJson).join(',')}]`;

function stringifyObject(object: Readonly<Record<string, unknown>>): string {
  let members = '';
  for (const key of Object.keys(object)) {
    const value = object[key];
    if (value === undefined) continue;
    members += `${members === '' ? '' : ','}${quote(key)}:${stringifyJson(value)}`;
  }
  return `{${members}}`;
}
