import { randomUUID } from 'node:crypto';
import { mkdir, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { type EngineCallOptions, EngineFailedError } from '@psyberg/core';
import { Call } from './call.ts';
import { quoteName, quoteText, quoteTexts } from './sql/quote.ts';
import { translateFault } from './translate-fault.ts';
import { registerBucketFunctions } from './write/bucket-functions.ts';

export interface DatabaseOptions {
  /** As DuckDB reads it: `4GB`, `512MB`. Default: 80 % of the machine's memory. */
  readonly memoryLimit?: string;
  /** Default: one per core. */
  readonly threads?: number;
  /** Where to spill what exceeds the memory limit; a folder of our own is made below. Default: the system's. */
  readonly tempDirectory?: string;
  /** Local folders that hold data, known beforehand. Those of further files are opened when they are met. */
  readonly folders: readonly string[];
}

/** Connections with progress reports, which must be switched on before the configuration is locked. */
const POOLED_CONNECTIONS = 4;
const OPEN_PARTITIONS_MAX = 1000;

interface OpenInstance {
  readonly instance: DuckDBInstance;
  /** Connections that wait for a call. */
  readonly idle: DuckDBConnection[];
}

/** An instance that is open or opening. `users` counts calls from before they wait for it, so that it is not closed under them. */
interface Slot {
  readonly opening: Promise<OpenInstance>;
  users: number;
  isRetired: boolean;
}

/**
 * DuckDB in memory, shared by all calls and opened by the first (the native library takes a fifth of a second to load).
 *
 * It is locked: it touches no files but those below the folders it was opened for, loads no extensions, and no setting can be
 * changed. A call with files elsewhere opens it anew for all folders met so far; calls that still run keep the old one.
 */
export class Database {
  readonly #options: DatabaseOptions;
  #current: Slot | undefined;
  #folders: readonly string[];
  #calls = 0;
  #closed = false;

  constructor(options: DatabaseOptions) {
    this.#options = options;
    this.#folders = minimalFolders(options.folders);
  }

  /** Runs `act` in a call that may touch files below `folders` (each with a trailing slash); all it made is dropped at the end. */
  async withCall<T>(
    folders: readonly string[],
    options: EngineCallOptions,
    act: (call: Call) => Promise<T>,
  ): Promise<T> {
    options.signal?.throwIfAborted();
    const slot = this.#slotFor(folders);
    slot.users += 1;
    try {
      const opened = await this.#opened(slot);
      const connection = opened.idle.pop() ?? (await opened.instance.connect());
      this.#calls += 1;
      const call = new Call(connection, `psyberg_call_${this.#calls}`, options);
      try {
        await call.open();
        return await act(call);
      } finally {
        await giveBack(call, connection, opened);
      }
    } finally {
      slot.users -= 1;
      if (slot.isRetired && slot.users === 0) closeInstance(slot);
    }
  }

  /** Waits for nothing; calls that still run end with their own result. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#current !== undefined) retire(this.#current);
    this.#current = undefined;
  }

  #slotFor(folders: readonly string[]): Slot {
    if (this.#closed) {
      throw new EngineFailedError('The DuckDB engine was closed. Nothing was read or written. Make a new engine.');
    }
    const missing = folders.filter((folder) => !this.#folders.some((known) => folder.startsWith(known)));
    if (this.#current === undefined || missing.length > 0) {
      if (this.#current !== undefined) retire(this.#current);
      this.#folders = minimalFolders([...this.#folders, ...missing]);
      this.#current = { opening: openInstance(this.#options, this.#folders), users: 0, isRetired: false };
    }
    return this.#current;
  }

  /** A slot that could not be opened is given up, so that the next call tries again. */
  async #opened(slot: Slot): Promise<OpenInstance> {
    try {
      return await slot.opening;
    } catch (fault) {
      if (this.#current === slot) this.#current = undefined;
      throw fault;
    }
  }
}

async function giveBack(call: Call, connection: DuckDBConnection, opened: OpenInstance): Promise<void> {
  const isClean = await call.close().then(
    () => true,
    () => false,
  );
  if (isClean && opened.idle.length < POOLED_CONNECTIONS) opened.idle.push(connection);
  else connection.closeSync();
}

function retire(slot: Slot): void {
  slot.isRetired = true;
  if (slot.users === 0) closeInstance(slot);
}

/** One that could not be opened needs no closing. */
function closeInstance(slot: Slot): void {
  slot.opening.then(
    ({ instance, idle }) => {
      for (const connection of idle.splice(0)) connection.closeSync();
      instance.closeSync();
    },
    () => undefined,
  );
}

function minimalFolders(folders: readonly string[]): string[] {
  const sorted = [...new Set(folders)].sort();
  return sorted.filter((folder) => !sorted.some((other) => other !== folder && folder.startsWith(other)));
}

async function openInstance(options: DatabaseOptions, folders: readonly string[]): Promise<OpenInstance> {
  const duckDb = await import('@duckdb/node-api');
  const tempBase = options.tempDirectory ?? tmpdir();
  await mkdir(tempBase, { recursive: true });
  try {
    const instance = await duckDb.DuckDBInstance.create(':memory:', {
      ...(options.memoryLimit === undefined ? {} : { memory_limit: options.memoryLimit }),
      ...(options.threads === undefined ? {} : { threads: String(options.threads) }),
      errors_as_json: 'true',
      partitioned_write_max_open_files: String(OPEN_PARTITIONS_MAX),
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allow_community_extensions: 'false',
    });
    const idle: DuckDBConnection[] = [];
    for (let i = 0; i < POOLED_CONNECTIONS; i += 1) idle.push(await reportingConnection(instance));
    registerBucketFunctions(duckDb, idle[0]!);
    await lock(idle[0]!, `${tempBase}/psyberg-duckdb-${randomUUID()}`, await withRealPaths(folders));
    return { instance, idle };
  } catch (fault) {
    throw translateFault(fault, 'opening DuckDB');
  }
}

async function reportingConnection(instance: DuckDBInstance): Promise<DuckDBConnection> {
  const connection = await instance.connect();
  await connection.run(
    'SET enable_progress_bar = true; SET enable_progress_bar_print = false; SET progress_bar_time = 0',
  );
  return connection;
}

async function lock(connection: DuckDBConnection, tempDirectory: string, folders: readonly string[]): Promise<void> {
  await connection.run(`SET GLOBAL temp_directory = ${quoteText(tempDirectory)}`);
  // Sessions inherit the machine's zone otherwise, and dates of timestamps with zone would follow it.
  await connection.run(`SET GLOBAL ${quoteName('TimeZone')} = 'UTC'`);
  await connection.run(`SET GLOBAL allowed_directories = ${quoteTexts(folders)}`);
  await connection.run('SET GLOBAL enable_external_access = false');
  await connection.run('SET GLOBAL lock_configuration = true');
}

/** DuckDB compares resolved paths, so a warehouse behind a symbolic link is allowed by both its names. */
async function withRealPaths(folders: readonly string[]): Promise<string[]> {
  const all = new Set(folders);
  for (const folder of folders) {
    const real = await realpath(folder).catch(() => undefined);
    if (real !== undefined) all.add(real.endsWith('/') ? real : `${real}/`);
  }
  return [...all];
}
