import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Engine } from '@psyberg/core';
import { type EngineSubject, engineConformance } from '@psyberg/core/conformance';
import { createDuckDbEngine } from '@psyberg/duckdb';
import { afterAll, beforeAll, describe, it } from 'vitest';

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
