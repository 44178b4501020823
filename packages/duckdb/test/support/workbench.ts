import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine, QueryValue, Relation, TransformRequest, TransformResult, WriteTarget } from '@psyberg/core';
import { createDuckDbEngine, type DuckDbEngineOptions } from '@psyberg/duckdb';
import {
  type DataFile,
  type NestedField,
  type PrimitiveType,
  type Schema,
  type Type,
  UNPARTITIONED_SPEC,
} from '@psyberg/iceberg';
import { afterAll, beforeAll } from 'vitest';

/** A folder and an engine that live as long as the tests of a file. */
export interface Workbench {
  readonly folder: string;
  readonly engine: Engine;
  /** A new location for a table's data. */
  newLocation(): string;
  query(sql: string, ...relations: readonly Relation[]): Promise<readonly (readonly QueryValue[])[]>;
  write(
    sql: string,
    schema: Schema,
    target?: Partial<WriteTarget>,
    request?: Partial<Omit<TransformRequest, 'sql' | 'target'>>,
  ): Promise<TransformResult>;
}

export function workbench(options: DuckDbEngineOptions = {}): Workbench {
  let folder = '';
  let engine: Engine | undefined;
  let tables = 0;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'duckdb-test-'));
    engine = await createDuckDbEngine({ allowedLocations: [folder], threads: 2, ...options });
  });
  afterAll(async () => {
    await engine?.close();
    await rm(folder, { recursive: true });
  });
  const bench: Workbench = {
    get folder() {
      return folder;
    },
    get engine() {
      return engine!;
    },
    newLocation() {
      tables += 1;
      return `file://${folder}/table-${tables}/data`;
    },
    async query(sql, ...relations) {
      return (await bench.engine.query({ sql, relations, limit: 1000 })).rows;
    },
    write(sql, schema, target = {}, request = {}) {
      return bench.engine.transform({
        sql,
        relations: [],
        parameters: {},
        grain: 'hour',
        outside: 'error',
        nullTime: 'error',
        ...request,
        target: {
          table: 'dw.t',
          schema,
          spec: UNPARTITIONED_SPEC,
          dataLocation: bench.newLocation(),
          properties: {},
          ...target,
        },
      });
    },
  };
  return bench;
}

export const field = (id: number, name: string, type: Type | PrimitiveType['kind'], required = false): NestedField => ({
  id,
  name,
  required,
  type: typeof type === 'string' ? ({ kind: type } as PrimitiveType) : type,
});

export const schemaOf = (...fields: readonly NestedField[]): Schema => ({ schemaId: 0, fields });

export const tableOf = (schema: Schema, files: readonly DataFile[], overrides: Partial<Relation> = {}): Relation => ({
  names: ['t'],
  schema,
  parts: [{ files }],
  ...overrides,
});

/** A data file of foreign making: nothing is known but its path. */
export const foreignFile = (path: string, recordCount = 1): DataFile => ({
  content: 'data',
  path,
  format: 'parquet',
  specId: 0,
  partition: [],
  recordCount,
  fileSizeBytes: 1,
});

/** Files below a folder, whatever their kind, as paths relative to it. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
