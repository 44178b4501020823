import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '@psyberg/core';
import { type EngineSubject, engineConformance } from '@psyberg/core/conformance';
import { createDuckDbEngine } from '@psyberg/duckdb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

describe('DuckDB', () => {
  let root: string;
  let engine: Engine;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'duckdb-conformance-'));
    engine = await createDuckDbEngine({ allowedLocations: [root], threads: 2 });
  });
  afterAll(async () => {
    await engine.close();
    await rm(root, { recursive: true });
  });

  it.each(engineConformance)('$name', ({ run }) => run(subject));

  it('the suite notices an engine that loses rows', async () => {
    const losing = async (): Promise<EngineSubject> => {
      const made = await subject();
      const query: Engine['query'] = async (request, options) => {
        const result = await made.engine.query(request, options);
        return { ...result, rows: result.rows.slice(1) };
      };
      const whole = made.engine;
      return {
        ...made,
        engine: {
          name: 'losing',
          query,
          analyze: (...call) => whole.analyze(...call),
          transform: (...call) => whole.transform(...call),
          profileTime: (...call) => whole.profileTime(...call),
          compare: (...call) => whole.compare(...call),
          close: () => whole.close(),
        },
      };
    };
    const renamed = engineConformance.find(({ name }) => name.startsWith('reads a renamed column'));
    await expect(renamed!.run(losing)).rejects.toThrow();
  });

  async function subject(): Promise<EngineSubject> {
    const folder = await mkdtemp(join(root, 'case-'));
    return {
      engine,
      location: `file://${folder}`,
      structSql: (fields) =>
        `{${Object.entries(fields)
          .map(([name, sql]) => `'${name}': ${sql}`)
          .join(', ')}}`,
      dispose: () => rm(folder, { recursive: true }),
    };
  }
});
