import { InvalidMetadataError } from '../errors.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** @throws {InvalidMetadataError} names what was expected and what stood there */
export function asObject(json: unknown, what: string): JsonObject {
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as JsonObject;
  throw wrong(what, 'an object', json);
}

export function asArray(json: unknown, what: string): readonly unknown[] {
  if (Array.isArray(json)) return json;
  throw wrong(what, 'a list', json);
}

export function asString(json: unknown, what: string): string {
  if (typeof json === 'string') return json;
  throw wrong(what, 'a string', json);
}

/** An integer that fits a JS number exactly, as ids of fields, schemas, specs and orders do. */
export function asInt(json: unknown, what: string): number {
  if (typeof json === 'number' && Number.isSafeInteger(json)) return json;
  throw wrong(what, 'an integer', json);
}

function wrong(what: string, expected: string, json: unknown): InvalidMetadataError {
  const found = typeof json === 'bigint' ? String(json) : (JSON.stringify(json)?.slice(0, 80) ?? 'nothing');
  return new InvalidMetadataError(
    `${what} must be ${expected}, found ${found}. Nothing was read. Check who wrote the metadata, and read it with a writer's own tools.`,
  );
}
