import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { loadConfig, openProject, run } from 'psyberg';
import { appendRows, createTable, makeLake } from '../lake.mjs';

const CONFIG = `
catalog: { type: sql, uri: "sqlite:lake/catalog.db", warehouse: lake }
processes:
  visits_by_hour:
    mode: stateful
    sources: [{ table: raw.visits, time: visited_ts }]
    target: { table: dw.visits_by_hour, time: hour, partition: ["hour(hour)"] }
    transform:
      sql: select date_trunc('hour', visited_ts) as hour, page, count(*) as visits from visits group by all
    audits: [{ audit: unique, columns: [hour, page] }]
`;

/** Milliseconds that one session of 1,000 rows in 3 hours takes from plan to commit, in a process that is warm: the best of five. */
export async function timeSmallSession() {
  const folder = await mkdtemp(path.join(tmpdir(), 'psyberg-small-'));
  const lake = await makeLake(path.join(folder, 'lake'));
  try {
    await writeFile(path.join(folder, 'psyberg.yaml'), CONFIG);
    await createTable(
      lake,
      'raw.visits',
      { page: 'int', visited_ts: 'timestamptz' },
      { column: 'visited_ts', transform: 'hour' },
    );
    const config = await loadConfig({ cwd: folder, env: {} });
    const project = await openProject(config, { catalog: lake.catalog, createEngine: async () => lake.engine });
    let best = Number.POSITIVE_INFINITY;
    for (let n = 0; n < 5; n += 1) {
      await appendRows(lake, 'raw.visits', visits(3 * n));
      const before = performance.now();
      await run(project);
      best = Math.min(best, performance.now() - before);
    }
    return best;
  } finally {
    await lake.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function visits(firstHour) {
  const startMs = Date.parse('2023-09-14T00:00:00Z') + firstHour * 3_600_000;
  return Array.from({ length: 1_000 }, (_, n) => ({
    page: n % 50,
    visited_ts: new Date(startMs + n * 10_800).toISOString(),
  }));
}
