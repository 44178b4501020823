import { mkdtemp, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Engine } from '@psyberg/core';
import { createDuckDbEngine } from '@psyberg/duckdb';
import { FOLDERS } from '../support/folders.ts';
import { difference } from './compare.ts';
import type { History, HistoryEvent } from './history.ts';
import { Model, type Outcome } from './oracle/model.ts';
import { Sql } from './oracle/sql.ts';
import { PsybergSystem } from './psyberg-system.ts';

/** After these readers of all targets must see just what the law says. */
const RUNS: ReadonlySet<string> = new Set([
  'run',
  'crash',
  'race',
  'steps',
  'backfill',
  'recompute',
  'skip',
  'add source',
]);

/** What histories are told in: a folder, an engine for Psyberg, and another DuckDB for the oracle. */
export class Stage {
  readonly #folder: string;
  readonly #engine: Engine;
  readonly #sql: Sql;
  #tales = 0;

  private constructor(folder: string, engine: Engine, sql: Sql) {
    this.#folder = folder;
    this.#engine = engine;
    this.#sql = sql;
  }

  static async open(): Promise<Stage> {
    const folder = await realpath(await mkdtemp(path.join(FOLDERS, 'psyberg-law-')));
    const engine = await createDuckDbEngine({ allowedLocations: [folder], threads: 1 });
    return new Stage(folder, engine, await Sql.open());
  }

  async close(): Promise<void> {
    await this.#engine.close();
    this.#sql.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /**
   * Tells one history to the system and to the model.
   *
   * @param onEvent hears of each event that came to something
   * @returns what they disagree about, or null
   */
  async tell(
    history: History,
    onEvent: (event: HistoryEvent, outcome?: Outcome) => void = () => undefined,
  ): Promise<string | null> {
    this.#tales += 1;
    const system = new PsybergSystem(path.join(this.#folder, `tale-${this.#tales}`), this.#engine, this.#sql);
    const model = new Model(this.#sql, history.sources, history.processes, history.labels);
    try {
      for (const source of history.sources) await system.createSource(source);
      if (history.labels !== undefined) await system.createLabels(history.labels);
      await system.configure(history.processes);
      for (const [n, event] of history.events.entries()) {
        if (!model.allows(event)) continue;
        const outcome = await system.perform(event);
        if (outcome === false) continue;
        await model.apply(event, outcome === true ? undefined : outcome);
        onEvent(event, outcome === true ? undefined : outcome);
        const problem = RUNS.has(event.do) ? await disagreement(history, system, model) : null;
        if (problem !== null) return `after event ${n}\n${problem}`;
      }
      return null;
    } catch (error) {
      return (error as Error).stack ?? String(error);
    } finally {
      await system.close();
    }
  }
}

async function disagreement(history: History, system: PsybergSystem, model: Model): Promise<string | null> {
  for (const process of history.processes) {
    const compared = model.knowsLabels(process) ? process : { ...process, labelled: false };
    const problem = difference(compared, model.rowsOf(process), await system.readTarget(process));
    if (problem !== null) return problem;
  }
  return null;
}
