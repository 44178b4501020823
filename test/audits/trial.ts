/** Tries audits on rows in an embedded DuckDB, without sessions and tables around them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type AuditContext, type AuditRow, type Engine, type Interval, type Relation, runAudits } from '@psyberg/core';
import { createDuckDbEngine } from '@psyberg/duckdb';
import type { DataFile, Schema } from '@psyberg/iceberg';
import { contextOf, definition } from '../../packages/core/test/audits/audit-fixture.ts';
import { FOLDERS } from '../support/folders.ts';
import type { Case, Row } from './cases.ts';

export const SIGNUPS: Schema = {
  schemaId: 0,
  fields: [
    { id: 1, name: 'id', required: false, type: { kind: 'long' } },
    { id: 2, name: 'plan', required: false, type: { kind: 'string' } },
    { id: 3, name: 'price', required: false, type: { kind: 'decimal', precision: 9, scale: 2 } },
    { id: 4, name: 'event_ts', required: false, type: { kind: 'timestamptz' } },
    {
      id: 5,
      name: 'tags',
      required: false,
      type: { kind: 'list', elementId: 6, element: { kind: 'string' }, elementRequired: false },
    },
  ],
};

/** One engine with a folder of its own; close it at the end. */
export class Trial {
  readonly #folder: string;
  readonly engine: Engine;
  #files = 0;

  private constructor(folder: string, engine: Engine) {
    this.#folder = folder;
    this.engine = engine;
  }

  static async open(): Promise<Trial> {
    const folder = await mkdtemp(join(FOLDERS, 'audits-'));
    return new Trial(folder, await createDuckDbEngine({ allowedLocations: [folder] }));
  }

  async close(): Promise<void> {
    await this.engine.close();
    await rm(this.#folder, { recursive: true });
  }

  async write(rows: readonly Row[]): Promise<readonly DataFile[]> {
    if (rows.length === 0) return [];
    const values = rows.map(([id, plan, hour]) => {
      const ts = hour === null ? 'NULL' : `'2023-09-14 ${String(hour).padStart(2, '0')}:10:00+00'`;
      return `(${id ?? 'NULL'}, ${plan === null ? 'NULL' : `'${plan}'`}, ${ts})`;
    });
    this.#files += 1;
    const result = await this.engine.transform({
      sql:
        `SELECT id::BIGINT AS id, plan::VARCHAR AS plan, 9.90::DECIMAL(9, 2) AS price, ts::TIMESTAMPTZ AS event_ts, ['a', NULL] AS tags ` +
        `FROM (VALUES ${values.join(', ')}) v(id, plan, ts)`,
      relations: [],
      parameters: {},
      target: {
        table: 'test.rows',
        schema: SIGNUPS,
        spec: { specId: 0, fields: [] },
        dataLocation: `${this.#folder}/t${this.#files}/data`,
        properties: {},
      },
      grain: 'hour',
      outside: 'error',
      nullTime: 'keep',
    });
    return result.files;
  }

  async relation(names: readonly string[], rows: readonly Row[], within?: readonly Interval[]): Promise<Relation> {
    const part = { files: await this.write(rows), ...(within && { within }) };
    return { names, schema: SIGNUPS, time: { kind: 'column', column: 'event_ts' }, parts: [part] };
  }

  /** The result of one audit. */
  async audit(
    kind: string,
    parameters: Record<string, unknown>,
    rows: Case,
    change: Partial<AuditContext> = {},
  ): Promise<AuditRow> {
    const written = await this.relation([], rows.written);
    const before = await this.relation([], rows.before ?? []);
    const context = contextOf({
      written,
      touched: async () => ({ ...written, parts: [...written.parts, ...before.parts] }),
      inputs: [{ role: 'changes', relation: await this.relation(['signups', 'raw.signups'], rows.source ?? []) }],
      tableNamed: async (name) => ({ name, relation: await this.relation([], rows.other ?? []) }),
      engine: async () => this.engine,
      ...change,
    });
    const [row] = await runAudits([definition(kind, parameters)], context);
    return row!;
  }
}
