import type { Catalog } from '@psyberg/iceberg';
import type { ProcessName, SessionId } from '../process/process.ts';
import type { AuditRow, SessionEvent, WatermarkRow } from './rows.ts';
import type { SessionState } from './session-plan.ts';
import type { TableNames } from './table-names.ts';
import { AUDITS_SHAPE, auditRow, auditRowsOf } from './tables/audits-table.ts';
import { everyOne } from './tables/every-one.ts';
import type { OwnRow } from './tables/own-columns.ts';
import { OwnTable, type Wanted } from './tables/own-table.ts';
import type { Salvaged } from './tables/salvage.ts';
import {
  EVENT_COLUMNS,
  eventRows,
  eventsOf,
  newestEventRows,
  newestStateRows,
  SESSIONS_SHAPE,
  STATE_COLUMNS,
  sessionEventRows,
} from './tables/sessions-table.ts';
import { type Standing, standingAfter, standingIn, standingOfRows } from './tables/standing.ts';
import { WATERMARKS_SHAPE, watermarkRow, watermarkRowsOf } from './tables/watermarks-table.ts';

export interface SessionKey {
  readonly process: ProcessName;
  readonly session: SessionId;
}

/**
 * The session, watermark and audit tables: views for people and other tools, which can be rebuilt from the targets. No decision
 * that keeps data correct hangs on them.
 *
 * Ordinary Iceberg tables, written and read without an engine; made when the first row comes, and empty until then.
 */
export interface SessionTables {
  /** At most one commit for each table that gets rows. */
  append(rows: {
    readonly events: readonly SessionEvent[];
    readonly watermarks: readonly WatermarkRow[];
    readonly audits: readonly AuditRow[];
  }): Promise<void>;
  /**
   * Stores the event of a planned session, unless there is one of this process and session already; checked on every attempt to
   * commit, so that of two who plan at once one is stored. Returns the event that is stored: the loser gets the winner's plan.
   */
  storePlan(event: SessionEvent): Promise<SessionEvent>;
  /**
   * Adds the watermark rows, if the newest session with a watermark of their process is still `expected`; checked on every attempt.
   * Returns whether it did. For processes that have no target to vouch for them.
   */
  moveWatermarks(rows: readonly WatermarkRow[], expected: SessionId | undefined): Promise<boolean>;
  /** Oldest first. */
  events(filter?: Partial<SessionKey>): Promise<readonly SessionEvent[]>;
  /** The newest event of a session: its state. */
  latest(key: SessionKey): Promise<SessionEvent | undefined>;
  /**
   * The newest event of every session, oldest first by that event. With `newest`, only of so many sessions that were heard of last:
   * then old files are not opened.
   */
  sessions(process?: ProcessName, options?: { readonly newest?: number }): Promise<readonly SessionEvent[]>;
  /**
   * The state of those same sessions, or of one, from columns that cost little to read: most runs only want to know that there is nothing
   * left to do.
   */
  states(
    filter: Partial<SessionKey>,
    options?: { readonly newest?: number },
  ): Promise<ReadonlyMap<SessionId, SessionState>>;
  /** Where the sessions of a process stand, without opening a file of rows; undefined where only the rows can tell. */
  standing(process: ProcessName): Promise<Standing | undefined>;
  /** Oldest first. */
  watermarks(process?: ProcessName): Promise<readonly WatermarkRow[]>;
  /** Oldest first. With `newest`, only so many that were recorded last: then old files are not opened. */
  audits(
    filter?: Partial<SessionKey> & {
      readonly attempt?: number;
      readonly definitionHash?: string;
      readonly newest?: number;
    },
  ): Promise<readonly AuditRow[]>;
  /**
   * Keeps the tables quick to read after thousands of sessions. A side job for a run that has time: cheap where there is nothing to do,
   * and of no consequence when it is left out or interrupted. With `written`, only those that this object has added rows to: whoever
   * adds to the others keeps them.
   */
  maintain(options?: { readonly written?: boolean }): Promise<void>;
  /** How each table is. Reads all of it. */
  examine(): Promise<readonly OwnTableCondition[]>;
  /** Puts every damaged table aside under another name and makes it anew of the rows that can be read. */
  replaceDamaged(): Promise<readonly OwnTableCondition[]>;
}

/** How one of our own tables is found. */
export interface OwnTableCondition {
  readonly table: string;
  readonly holds: 'sessions' | 'watermarks' | 'audits';
  readonly state: 'whole' | 'missing' | 'damaged';
  /** What cannot be read. */
  readonly problems: readonly string[];
  /** Rows that can. */
  readonly rows: number;
  /** Where the damaged one is kept, once it was replaced. */
  readonly keptAs?: string;
}

/** Reads and writes nothing yet. */
export function openSessionTables(
  catalog: Catalog,
  names: TableNames,
  options: { readonly clock?: () => number } = {},
): SessionTables {
  const clock = options.clock ?? Date.now;
  return new CatalogSessionTables(
    new OwnTable(catalog, names.sessions, SESSIONS_SHAPE, clock),
    new OwnTable(catalog, names.watermarks, WATERMARKS_SHAPE, clock),
    new OwnTable(catalog, names.audits, AUDITS_SHAPE, clock),
  );
}

class CatalogSessionTables implements SessionTables {
  readonly #sessions: OwnTable;
  readonly #watermarks: OwnTable;
  readonly #audits: OwnTable;

  constructor(sessions: OwnTable, watermarks: OwnTable, audits: OwnTable) {
    this.#sessions = sessions;
    this.#watermarks = watermarks;
    this.#audits = audits;
  }

  append: SessionTables['append'] = async ({ events, watermarks, audits }) => {
    await everyOne([
      this.#sessions.append(events.flatMap(sessionEventRows), { note: noteAfter(events) }),
      this.#watermarks.append(watermarks.map(watermarkRow)),
      this.#audits.append(audits.map(auditRow)),
    ]);
  };

  storePlan: SessionTables['storePlan'] = async (event) => {
    let stored: SessionEvent | undefined;
    await this.#sessions.append(sessionEventRows(event), {
      unless: async (table) => {
        stored = (await eventsIn(table, event)).at(0);
        return stored !== undefined;
      },
      note: noteAfter([event]),
    });
    return stored ?? event;
  };

  moveWatermarks: SessionTables['moveWatermarks'] = async (rows, expected) => {
    const [first] = rows;
    if (first === undefined) return true;
    return this.#watermarks.append(rows.map(watermarkRow), {
      unless: async (table) => (await watermarksIn(table, first.process)).at(-1)?.session !== expected,
    });
  };

  events: SessionTables['events'] = (filter = {}) => eventsIn(this.#sessions, filter);

  latest: SessionTables['latest'] = async (key) => (await this.events(key)).at(-1);

  sessions: SessionTables['sessions'] = async (process, { newest = Number.POSITIVE_INFINITY } = {}) => {
    const rows = await this.#readNewest(EVENT_COLUMNS, { process }, newestEventRows, newest);
    return newest > 0 ? eventsOf(this.#sessions.name, newestEventRows(rows).slice(-newest)) : [];
  };

  states: SessionTables['states'] = async (filter, { newest = Number.POSITIVE_INFINITY } = {}) => {
    const rows = newestStateRows(await this.#readNewest(STATE_COLUMNS, wanted(filter), newestStateRows, newest));
    return new Map(rows.map((row) => [row.session as SessionId, row.state as SessionState]));
  };

  standing: SessionTables['standing'] = async (process) => {
    const note = await this.#sessions.note();
    return note === undefined ? undefined : standingIn(note, process);
  };

  #readNewest(
    columns: readonly string[],
    filter: Wanted,
    newestOfEach: (rows: readonly OwnRow[]) => readonly OwnRow[],
    newest: number,
  ): Promise<readonly OwnRow[]> {
    return this.#sessions.readNewest(columns, filter, 'recorded_at', (read, unreadUpTo) => {
      const oldest = Number.isFinite(newest) ? newestOfEach(read).at(-newest)?.recorded_at : undefined;
      return typeof oldest === 'bigint' && oldest > unreadUpTo;
    });
  }

  watermarks: SessionTables['watermarks'] = (process) => watermarksIn(this.#watermarks, process);

  audits: SessionTables['audits'] = async ({ attempt, definitionHash, newest, ...filter } = {}) => {
    const columns = AUDITS_SHAPE.columns.map(({ name }) => name);
    const conditions = { ...wanted(filter), definition_hash: definitionHash };
    const read =
      newest === undefined
        ? await this.#audits.read(columns, conditions)
        : await this.#audits.readNewest(columns, conditions, 'recorded_at', (rows, unreadUpTo) => {
            const newer = rows.filter(({ recorded_at: at }) => typeof at === 'bigint' && at > unreadUpTo);
            return newer.length >= newest;
          });
    const rows = auditRowsOf(this.#audits.name, read);
    const asked = attempt === undefined ? rows : rows.filter((row) => row.attempt === attempt);
    return newest === undefined ? asked : asked.slice(-newest);
  };

  maintain: SessionTables['maintain'] = async ({ written = false } = {}) => {
    for (const table of [this.#sessions, this.#watermarks, this.#audits])
      if (!written || table.isWritten) await table.maintain();
  };

  examine: SessionTables['examine'] = async () => {
    const conditions: OwnTableCondition[] = [];
    for (const { holds, table, parse } of this.#all()) {
      conditions.push(conditionOf(holds, table, await table.salvage(parse)));
    }
    return conditions;
  };

  replaceDamaged: SessionTables['replaceDamaged'] = async () => {
    const conditions: OwnTableCondition[] = [];
    for (const { holds, table, parse } of this.#all()) {
      const salvaged = await table.salvage(parse);
      const condition = conditionOf(holds, table, salvaged);
      const keptAs = condition.state === 'damaged' ? await table.replace(salvaged?.rows ?? []) : undefined;
      conditions.push({ ...condition, ...(keptAs !== undefined && { keptAs }) });
    }
    return conditions;
  };

  #all() {
    return [
      {
        holds: 'sessions',
        table: this.#sessions,
        parse: (row: OwnRow) => eventsOf(this.#sessions.name, eventRows([row])),
      },
      {
        holds: 'watermarks',
        table: this.#watermarks,
        parse: (row: OwnRow) => watermarkRowsOf(this.#watermarks.name, [row]),
      },
      { holds: 'audits', table: this.#audits, parse: (row: OwnRow) => auditRowsOf(this.#audits.name, [row]) },
    ] as const;
  }
}

function conditionOf(
  holds: OwnTableCondition['holds'],
  { name }: OwnTable,
  salvaged: Salvaged | undefined,
): OwnTableCondition {
  if (salvaged === undefined) return { table: name, holds, state: 'missing', problems: [], rows: 0 };
  const { rows, problems } = salvaged;
  return { table: name, holds, state: problems.length === 0 ? 'whole' : 'damaged', problems, rows: rows.length };
}

async function watermarksIn(table: OwnTable, process: ProcessName | undefined): Promise<readonly WatermarkRow[]> {
  const columns = WATERMARKS_SHAPE.columns.map(({ name }) => name);
  return watermarkRowsOf(table.name, await table.read(columns, { process }));
}

const wanted = ({ process, session }: Partial<SessionKey>): Wanted => ({ process, session });

async function eventsIn(table: OwnTable, filter: Partial<SessionKey>): Promise<readonly SessionEvent[]> {
  return eventsOf(table.name, eventRows(await table.read(EVENT_COLUMNS, wanted(filter))));
}

/**
 * The note of the session table with these events. Where the one before is void (somebody else was at the table) it is made anew of the
 * rows; where those cannot be read it has none, and the rows are stored all the same.
 */
const noteAfter =
  (events: readonly SessionEvent[]) =>
  async (before: string | undefined, table: OwnTable): Promise<string | undefined> => {
    const known = before === undefined ? undefined : standingAfter(before, events);
    if (known !== undefined) return known;
    try {
      return standingAfter(standingOfRows(newestStateRows(await table.read(STATE_COLUMNS))), events);
    } catch {
      return undefined;
    }
  };
