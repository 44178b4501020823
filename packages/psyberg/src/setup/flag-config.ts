/**
 * The published flags, which work without a configuration file: a workflow of another house runs `psyberg init` and `psyberg
 * commit` around a job of its own. They are turned into the same value that a file would give, for one external process.
 */
import { resolve } from 'node:path';
import {
  type ChangesSource,
  type LoadedCatalog,
  type LoadedConfig,
  type Mode,
  type Process,
  type ProcessName,
  type TimeColumn,
  UsageError,
} from '@psyberg/core';
import { parseIdentifier, type TableIdentifier } from '@psyberg/iceberg';
import type { CommandContext } from '../context.ts';

/** Flags that describe a process. */
export interface ProcessFlags {
  readonly srcTables?: string;
  readonly psybergHwmTable?: string;
  readonly psybergSessionTable?: string;
  readonly etlPatternId?: string;
  readonly targetTable?: string;
  readonly targetTime?: string;
  readonly catalog?: string;
  readonly warehouse?: string;
}

/** Whether the flags describe the process themselves, so that no file is looked for. */
export const speaksWithoutConfig = (flags: ProcessFlags): boolean =>
  [flags.srcTables, flags.psybergHwmTable, flags.psybergSessionTable, flags.etlPatternId, flags.targetTable].some(
    (flag) => flag !== undefined,
  );

const FLAG_NAMES: Readonly<Record<keyof ProcessFlags, string>> = {
  srcTables: '--src-tables',
  psybergHwmTable: '--psyberg-hwm-table',
  psybergSessionTable: '--psyberg-session-table',
  etlPatternId: '--etl-pattern-id',
  targetTable: '--target-table',
  targetTime: '--target-time',
  catalog: '--catalog',
  warehouse: '--warehouse',
};

/** The flags as they would be typed again, for a line that names the next step. */
export function flagText(flags: ProcessFlags): string {
  const given = (Object.keys(FLAG_NAMES) as (keyof ProcessFlags)[]).flatMap((key) => {
    const value = flags[key];
    return value === undefined ? [] : [`${FLAG_NAMES[key]} ${/^[\w./:=@,-]+$/.test(value) ? value : `'${value}'`}`];
  });
  return given.join(' ');
}

const MODE_BY_PATTERN: Readonly<Record<string, Mode>> = { '1': 'stateless', '2': 'stateful' };
/** As for a process in a file. */
const MAX_INTERVALS = 10_000;
const DEFAULT_SESSIONS = 'psyberg.sessions';
const DEFAULT_WATERMARKS = 'psyberg.watermarks';
const DEFAULT_AUDITS = 'psyberg.audits';

/** The configuration that the flags say; reads nothing but the environment. @throws {UsageError} */
export function configFromFlags(
  { io }: CommandContext,
  flags: ProcessFlags & { readonly process: string },
): LoadedConfig {
  const process = processFromFlags(flags);
  const sessions = flags.psybergSessionTable ?? DEFAULT_SESSIONS;
  const watermarks = flags.psybergHwmTable ?? DEFAULT_WATERMARKS;
  for (const [flag, table] of [
    ['--psyberg-session-table', sessions],
    ['--psyberg-hwm-table', watermarks],
  ] as const) {
    readTable(flag, table);
  }
  const tree = { ...flags };
  return {
    file: resolve(io.cwd, '(flags)'),
    directory: io.cwd,
    catalog: catalogFromFlags(flags, io),
    engine: { type: 'duckdb' },
    engines: new Map(),
    tables: { sessions, watermarks, audits: auditsBeside(flags.psybergSessionTable) },
    processes: new Map([[process.name, process]]),
    engineOf: new Map(),
    origins: { tree, originOf: () => 'flag', writtenAt: () => undefined },
  };
}

/** Our third table has no published flag: it stands in the session table's namespace. */
function auditsBeside(sessions: string | undefined): string {
  return sessions === undefined
    ? DEFAULT_AUDITS
    : [...readTable('--psyberg-session-table', sessions).namespace, 'audits'].join('.');
}

function catalogFromFlags(flags: ProcessFlags, io: CommandContext['io']): LoadedCatalog {
  const uri = flags.catalog ?? io.env.PSYBERG__CATALOG__URI ?? 'sqlite:warehouse/catalog.db';
  const warehouse = flags.warehouse ?? io.env.PSYBERG__CATALOG__WAREHOUSE ?? 'warehouse';
  const name = io.env.PSYBERG__CATALOG__NAME;
  const path = /^sqlite:(.+)$/.exec(uri)?.[1];
  if (path === undefined) {
    throw new UsageError(
      `--catalog "${uri}" is not a catalog that is known here; write sqlite:PATH. Nothing was begun.`,
    );
  }
  return {
    type: 'sql',
    uri: `sqlite:${resolve(io.cwd, path)}`,
    warehouse: /^[a-z][a-z0-9+.-]*:\/\//.test(warehouse) ? warehouse : resolve(io.cwd, warehouse),
    ...(name === undefined || name === '' ? {} : { name }),
  };
}

function processFromFlags(flags: ProcessFlags & { readonly process: string }): Process {
  if (!/^[a-z][a-z0-9_]*$/.test(flags.process)) {
    throw new UsageError(
      `--process "${flags.process}" is not a process name: lower case letters, digits and _, a letter first. Nothing was begun.`,
    );
  }
  const mode = MODE_BY_PATTERN[flags.etlPatternId ?? '1'];
  if (mode === undefined) {
    throw new UsageError(
      `--etl-pattern-id "${flags.etlPatternId}" is unknown; 1 is stateless, 2 is stateful. Nothing was begun.`,
    );
  }
  const sources = (flags.srcTables ?? '')
    .split(',')
    .filter((text) => text.trim() !== '')
    .map(sourceFromText);
  const time = targetTime(flags, sources);
  const untimed = sources.find((source) => source.time === undefined);
  if (mode === 'stateful' && untimed !== undefined) {
    const table = [...untimed.table.namespace, untimed.table.name].join('.');
    throw new UsageError(
      `A stateful process needs the time column of every source: write ${table}|COLUMN in --src-tables. Nothing was begun.`,
    );
  }
  return {
    name: flags.process as ProcessName,
    mode,
    sources,
    target: {
      // Without a target the watermark table is the truth; the name is for messages only.
      table:
        flags.targetTable === undefined
          ? { namespace: ['(no target)'], name: flags.process }
          : readTable('--target-table', flags.targetTable),
      branch: 'main',
      ...(time === undefined ? {} : { time }),
      grain: 'hour',
      partition: [],
      sort: [],
      properties: {},
      onSchemaChange: 'error',
    },
    transform: { kind: 'external' },
    load: 'range',
    isolate: false,
    volatile: [],
    limits: { maxIntervals: mode === 'stateless' ? Number.MAX_SAFE_INTEGER : MAX_INTERVALS },
    audits: [],
    ...(flags.targetTable === undefined && { watermarkOnly: true as const }),
  };
}

/** The given one, else that of the first source that has one: all of them lie on one axis. */
function targetTime(flags: ProcessFlags, sources: readonly ChangesSource[]): TimeColumn | undefined {
  if (flags.targetTime !== undefined) return { kind: 'column', column: flags.targetTime };
  return sources.find((source) => source.time !== undefined)?.time;
}

function sourceFromText(text: string): ChangesSource {
  const [name = '', column, ...rest] = text.trim().split('|');
  if (rest.length > 0 || column === '') {
    throw new UsageError(`--src-tables "${text.trim()}" is not TABLE or TABLE|COLUMN. Nothing was begun.`);
  }
  const table = readTable('--src-tables', name);
  return {
    role: 'changes',
    table,
    branch: 'main',
    as: table.name,
    ...(column === undefined ? {} : { time: { kind: 'column', column } }),
    reads: { beforeUs: 0n, afterUs: 0n },
    onOverwrite: 'error',
    allowFuture: false,
    pin: false,
  };
}

function readTable(flag: string, text: string): TableIdentifier {
  try {
    return parseIdentifier(text.trim());
  } catch (error) {
    throw new UsageError(`${flag} "${text}" is not a table name; expected namespace.table. Nothing was begun.`, {
      cause: error,
    });
  }
}
