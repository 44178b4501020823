import { type SequenceNumber, type SnapshotId, toSequenceNumber, toSnapshotId } from '@psyberg/iceberg';
import { formatInstant, type Instant, parseInstant, toInstant } from '../time/instant.ts';
import { type Interval, type IntervalSet, intervalSet } from '../time/interval-set.ts';

/**
 * JSON forms of our values, built from small parts.
 *
 * `JSON.stringify` would lose bigints and `JSON.parse` would let anything in, so a value that is kept (a state record, a plan)
 * has a codec. An object's codec has one entry per member of its type, optional ones marked: a member that is added to the type
 * does not compile until its JSON form is decided. Members that the JSON has and the codec has not are ignored, so that older
 * code reads what newer code wrote.
 */
export interface JsonCodec<T> {
  toJson(value: T): unknown;
  /** @throws {JsonShapeError} */
  fromJson(json: unknown, path: string): T;
}

/** The JSON is not of the shape expected. Internal: whoever knows where the text came from says what to do about it. */
export class JsonShapeError extends Error {
  readonly path: string;
  constructor(path: string, expected: string, found: unknown) {
    super(`${path === '' ? 'the document' : path} should be ${expected} and is ${describe(found)}`);
    this.path = path;
  }
}

interface OptionalCodec<T> {
  readonly optional: JsonCodec<T>;
}

type MemberCodecs<T> = {
  readonly [K in keyof T]-?: undefined extends T[K] ? OptionalCodec<Exclude<T[K], undefined>> : JsonCodec<T[K]>;
};

export const optional = <T>(codec: JsonCodec<T>): OptionalCodec<T> => ({ optional: codec });

/** Also for branded texts: `text<ProcessName>()`. */
export function text<T extends string = string>(): JsonCodec<T> {
  return {
    toJson: (value) => value,
    fromJson: (json, path) => {
      if (typeof json !== 'string') throw new JsonShapeError(path, 'text', json);
      return json as T;
    },
  };
}

export const number: JsonCodec<number> = {
  toJson: (value) => value,
  fromJson: (json, path) => {
    if (typeof json !== 'number') throw new JsonShapeError(path, 'a number', json);
    return json;
  },
};

export const flag: JsonCodec<boolean> = {
  toJson: (value) => value,
  fromJson: (json, path) => {
    if (typeof json !== 'boolean') throw new JsonShapeError(path, 'true or false', json);
    return json;
  },
};

/** 64-bit integers are text in JSON: other readers would round them. */
export const integerText: JsonCodec<bigint> = {
  toJson: (value) => value.toString(),
  fromJson: (json, path) => {
    if (typeof json !== 'string' || !/^-?\d+$/.test(json)) throw new JsonShapeError(path, 'an integer as text', json);
    return BigInt(json);
  },
};

export const snapshotId: JsonCodec<SnapshotId> = {
  toJson: integerText.toJson,
  fromJson: (json, path) => toSnapshotId(integerText.fromJson(json, path)),
};

export const sequenceNumber: JsonCodec<SequenceNumber> = {
  toJson: integerText.toJson,
  fromJson: (json, path) => toSequenceNumber(integerText.fromJson(json, path)),
};

const FIRST_ISO = parseInstant('0000-01-01T00:00:00Z')!;
const AFTER_ISO = toInstant(parseInstant('9999-12-31T23:59:59.999999Z')! + 1n);

/** ISO, and `@` with microseconds since the epoch for the years that ISO has no plain spelling for. */
export const instant: JsonCodec<Instant> = {
  toJson: (value) => (value >= FIRST_ISO && value < AFTER_ISO ? formatInstant(value) : `@${value}`),
  fromJson: (json, path) => {
    const value = typeof json === 'string' ? instantFromText(json) : undefined;
    if (value === undefined) throw new JsonShapeError(path, 'an instant like 2023-09-14T02:00:00Z', json);
    return value;
  },
};

/** `2023-09-14T02:00:00Z/2023-09-14T07:00:00Z`; the end is exclusive. */
export const interval: JsonCodec<Interval> = {
  toJson: ({ start, end }) => `${instant.toJson(start)}/${instant.toJson(end)}`,
  fromJson: (json, path) => {
    const [start, end, ...rest] = typeof json === 'string' ? json.split('/') : [];
    if (start === undefined || end === undefined || rest.length > 0) {
      throw new JsonShapeError(path, 'an interval like 2023-09-14T02:00:00Z/2023-09-14T07:00:00Z', json);
    }
    return { start: instant.fromJson(start, path), end: instant.fromJson(end, path) };
  },
};

/** A list of interval texts; brought into the one form when read. */
export const intervals: JsonCodec<IntervalSet> = {
  toJson: (set) => set.map(interval.toJson),
  fromJson: (json, path) => intervalSet(list(interval).fromJson(json, path)),
};

export function oneOf<const T extends string | number>(...values: readonly T[]): JsonCodec<T> {
  return {
    toJson: (value) => value,
    fromJson: (json, path) => {
      const found = values.find((value) => value === json);
      if (found === undefined) throw new JsonShapeError(path, values.map((v) => JSON.stringify(v)).join(' or '), json);
      return found;
    },
  };
}

export function list<T>(item: JsonCodec<T>): JsonCodec<readonly T[]> {
  return {
    toJson: (values) => values.map(item.toJson),
    fromJson: (json, path) => {
      if (!Array.isArray(json)) throw new JsonShapeError(path, 'a list', json);
      return json.map((value, i) => item.fromJson(value, `${path}[${i}]`));
    },
  };
}

export function object<T extends object>(members: MemberCodecs<T>): JsonCodec<T> {
  const entries = Object.entries<JsonCodec<unknown> | OptionalCodec<unknown>>(members as never);
  return {
    toJson: (value) => {
      const json: Record<string, unknown> = {};
      for (const [key, member] of entries) {
        const part = (value as Record<string, unknown>)[key];
        if (part !== undefined) json[key] = ('optional' in member ? member.optional : member).toJson(part);
      }
      return json;
    },
    fromJson: (json, path) => {
      if (typeof json !== 'object' || json === null || Array.isArray(json)) {
        throw new JsonShapeError(path, 'an object', json);
      }
      const value: Record<string, unknown> = {};
      for (const [key, member] of entries) {
        const part = (json as Record<string, unknown>)[key];
        const at = path === '' ? key : `${path}.${key}`;
        if (!('optional' in member)) value[key] = member.fromJson(part, at);
        else if (part !== undefined) value[key] = member.optional.fromJson(part, at);
      }
      return value as T;
    },
  };
}

function instantFromText(json: string): Instant | undefined {
  if (/^@-?\d+$/.test(json)) return toInstant(BigInt(json.slice(1)));
  return parseInstant(json);
}

function describe(found: unknown): string {
  if (found === undefined) return 'absent';
  const printed = JSON.stringify(found);
  return printed.length > 60 ? `${printed.slice(0, 60)}…` : printed;
}
