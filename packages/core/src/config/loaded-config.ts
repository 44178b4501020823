import type { Process, ProcessName } from '../process/process.ts';
import type { ConfigPath } from './config-path.ts';

export type LoadedCatalog =
  | {
      readonly type: 'sql';
      /** `sqlite:PATH`, the path absolute. */
      readonly uri: string;
      /** Absolute, or a URI. */
      readonly warehouse: string;
      /** Absent: the one name that the database holds already, else `psyberg`. */
      readonly name?: string;
    }
  | { readonly type: 'memory' };

export interface LoadedEngine {
  readonly type: 'duckdb';
  readonly memoryLimit?: string;
  readonly threads?: number;
  /** Absolute. */
  readonly tempDirectory?: string;
}

/** A configuration that has been read, checked and completed. */
export interface LoadedConfig {
  /** Absolute path. */
  readonly file: string;
  /** Of the file; what relative paths are relative to. */
  readonly directory: string;
  readonly catalog: LoadedCatalog;
  readonly engine: LoadedEngine;
  readonly engines: ReadonlyMap<string, LoadedEngine>;
  /** Names of our own tables, `namespace.table`. */
  readonly tables: { readonly sessions: string; readonly watermarks: string; readonly audits: string };
  /** In the order of the file. */
  readonly processes: ReadonlyMap<ProcessName, Process>;
  /** Processes that chose one of `engines`. */
  readonly engineOf: ReadonlyMap<ProcessName, string>;
  /** For `describeConfig`. */
  readonly origins: ConfigOrigins;
}

/** Where each value came from. */
export interface ConfigOrigins {
  /** Everything that was written, defaults outside the processes included. */
  readonly tree: unknown;
  /** `psyberg.yaml:3:9`, `PSYBERG__ENGINE__TYPE`, `flag engine.type`, or `default`. */
  readonly originOf: (path: ConfigPath) => string;
  /** The text as written where the environment was put into it; it may hide a secret. */
  readonly writtenAt: (path: ConfigPath) => string | undefined;
}
