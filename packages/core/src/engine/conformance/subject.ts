import type { DataFile, PartitionSpec, PrimitiveType, Schema } from '@psyberg/iceberg';
import { UNPARTITIONED_SPEC } from '@psyberg/iceberg';
import type { TimeColumn } from '../../process/time-column.ts';
import { type Instant, parseInstant } from '../../time/instant.ts';
import { type IntervalSet, intervalSet } from '../../time/interval-set.ts';
import type { Engine, QueryValue, Relation, TransformRequest, TransformResult, WriteTarget } from '../engine.ts';

/** An engine under test, with a place where it may write. */
export interface EngineSubject {
  readonly engine: Engine;
  /** An empty folder, as a location without a trailing slash. */
  readonly location: string;
  /** A struct with these fields in the engine's dialect; `null` and casts may be among the expressions. */
  structSql(fields: Readonly<Record<string, string>>): string;
  dispose(): Promise<void>;
}

/** One thing that every engine does. Plain data, so that any test runner can run it. */
export interface EngineCase {
  readonly name: string;
  /** Makes a fresh subject and throws an assertion error where it does not do what the contract says. */
  readonly run: (make: () => Promise<EngineSubject>) => Promise<void>;
}

export const engineCase = (name: string, body: (subject: EngineSubject) => Promise<void>): EngineCase => ({
  name,
  run: async (make) => {
    const subject = await make();
    try {
      await body(subject);
    } finally {
      await subject.dispose();
    }
  },
});

export const at = (text: string): Instant => {
  const instant = parseInstant(text);
  if (instant === undefined) throw new TypeError(`${text} is no instant`);
  return instant;
};

export const span = (...pairs: readonly (readonly [string, string])[]): IntervalSet =>
  intervalSet(pairs.map(([start, end]) => ({ start: at(start), end: at(end) })));

/** Top-level columns numbered from 1, none required. */
export function schemaOf(columns: Readonly<Record<string, PrimitiveType['kind']>>): Schema {
  const fields = Object.entries(columns).map(([name, kind], i) => {
    return { id: i + 1, name, required: false, type: { kind } as PrimitiveType };
  });
  return { schemaId: 0, fields };
}

export const EVENTS: Schema = schemaOf({ id: 'long', event_ts: 'timestamp', note: 'string' });
export const EVENT_TIME: TimeColumn = { kind: 'column', column: 'event_ts' };
export const BY_HOUR: PartitionSpec = {
  specId: 1,
  fields: [{ sourceId: 2, fieldId: 1000, name: 'event_ts_hour', transform: { kind: 'hour' } }],
};

export interface WriteOptions extends Partial<Omit<WriteTarget, 'schema'>> {
  readonly schema?: Schema;
  readonly request?: Partial<Omit<TransformRequest, 'sql' | 'target'>>;
}

/** Runs a transform over no inputs (or those given) into a table named `dw.events`. */
export function write(subject: EngineSubject, sql: string, options: WriteOptions = {}): Promise<TransformResult> {
  const { request, schema = EVENTS, ...target } = options;
  return subject.engine.transform({
    sql,
    relations: [],
    parameters: {},
    grain: 'hour',
    outside: 'error',
    nullTime: 'error',
    ...request,
    target: {
      table: 'dw.events',
      schema,
      spec: UNPARTITIONED_SPEC,
      dataLocation: `${subject.location}/events/data`,
      properties: {},
      ...(schema === EVENTS ? { time: EVENT_TIME } : {}),
      ...target,
    },
  });
}

/** A row of `EVENTS`. */
export type EventRow = readonly [id: number, eventTs: string | undefined, note?: string];

/** `(1, TIMESTAMP '…', 'a'), …` as a SELECT with the columns of `EVENTS`; a time may be absent. */
export function events(...rows: readonly EventRow[]): string {
  const values = rows.map(([id, time, note]) => {
    const instant = time === undefined ? 'CAST(NULL AS TIMESTAMP)' : `TIMESTAMP '${time}'`;
    return `(CAST(${id} AS BIGINT), ${instant}, ${note === undefined ? 'CAST(NULL AS VARCHAR(9))' : `'${note}'`})`;
  });
  return `SELECT id, event_ts, note FROM (VALUES ${values.join(', ')}) AS v(id, event_ts, note)`;
}

export function relation(files: readonly DataFile[], overrides: Partial<Relation> = {}): Relation {
  return { names: ['events', 'raw.events'], schema: EVENTS, time: EVENT_TIME, parts: [{ files }], ...overrides };
}

/** All rows of one SELECT. */
export async function rows(
  subject: EngineSubject,
  sql: string,
  ...relations: readonly Relation[]
): Promise<readonly (readonly QueryValue[])[]> {
  return (await subject.engine.query({ sql, relations, limit: 10_000 })).rows;
}

/** The `id`s that a relation shows, ascending. */
export async function ids(subject: EngineSubject, source: Relation): Promise<readonly number[]> {
  const name = source.names[0] ?? 'events';
  return (await rows(subject, `SELECT id FROM ${name} ORDER BY id`, source)).map(([id]) => Number(id));
}
