/**
 * What a configuration may say, as people write it: in YAML, in JSON, or given to `defineConfig`. Durations, instants and table
 * names are still text here; `Process` is the same with everything parsed and every default filled in.
 */
export interface PsybergConfig {
  /** For editors; ignored. */
  readonly $schema?: string | undefined;
  /** Default: `{ type: 'sql', uri: 'sqlite:warehouse/catalog.db', warehouse: 'warehouse' }`. */
  readonly catalog?: CatalogConfig | undefined;
  /** Default: `{ type: 'duckdb' }`. */
  readonly engine?: EngineConfig | undefined;
  /** Further engines by name, for `processes.NAME.engine`. */
  readonly engines?: Readonly<Record<string, EngineConfig>> | undefined;
  /** Names of our own tables. */
  readonly tables?:
    | {
        readonly sessions?: string | undefined;
        readonly watermarks?: string | undefined;
        readonly audits?: string | undefined;
      }
    | undefined;
  readonly processes?: Readonly<Record<string, ProcessConfig>> | undefined;
}

/** Absent parts of a `sql` catalog are taken from the default catalog. */
export type CatalogConfig = SqlCatalogConfig | { readonly type: 'memory' };

export interface SqlCatalogConfig {
  readonly type?: 'sql' | undefined;
  /** `sqlite:PATH` */
  readonly uri?: string | undefined;
  /** The folder of the tables. */
  readonly warehouse?: string | undefined;
  /** Default: the one name that the database holds already, else `psyberg`. */
  readonly name?: string | undefined;
}

export interface EngineConfig {
  readonly type?: 'duckdb' | undefined;
  /** `4GB` */
  readonly memoryLimit?: string | undefined;
  readonly threads?: number | undefined;
  readonly tempDirectory?: string | undefined;
}

export interface ProcessConfig {
  readonly mode: 'stateless' | 'stateful' | 'sequential';
  /** A plain text is short for `{ table }`. */
  readonly sources: readonly (string | SourceConfig)[];
  readonly target: TargetConfig;
  readonly transform: TransformConfig;
  /** Stateful only. Default `range`. */
  readonly load?: 'range' | 'changed' | undefined;
  /** One interval per call of the transform. */
  readonly isolate?: boolean | undefined;
  /** Columns that verification leaves out. */
  readonly volatile?: readonly string[] | undefined;
  /** `threshold`: a duration, or a number of intervals. Default: none. */
  readonly catchUp?: { readonly threshold?: string | number | undefined } | undefined;
  /** `maxBytes`: a number, or a text like `10GB`. */
  readonly limits?:
    | { readonly maxIntervals?: number | undefined; readonly maxBytes?: number | string | undefined }
    | undefined;
  readonly audits?: readonly AuditConfig[] | undefined;
  /** One of `engines`. Default: `engine`. */
  readonly engine?: string | undefined;
}

/** A column name, an integer column with its unit, or the pair of a date like 20230914 and an hour like 6. */
export type TimeConfig =
  | string
  | { readonly column: string; readonly unit?: 's' | 'ms' | 'us' | undefined }
  | { readonly date: string; readonly hour: string };

export interface SourceConfig {
  /** `namespace.table`, or `namespace.table|time_column`. */
  readonly table: string;
  /** The name by which SQL calls it. Default: the table's last part. */
  readonly as?: string | undefined;
  readonly branch?: string | undefined;
  readonly role?: 'changes' | 'lookup' | undefined;
  /** Absent: landing time, in stateless processes only. */
  readonly time?: TimeConfig | undefined;
  /** ISO instant; nothing earlier on the time axis is ever loaded. */
  readonly from?: string | undefined;
  /** How much earlier and later than itself a target interval needs this source. */
  readonly reads?: { readonly before?: string | undefined; readonly after?: string | undefined } | undefined;
  readonly onOverwrite?: 'error' | 'recompute' | 'added-only' | undefined;
  /** How far the source is complete; exactly one of the three. */
  readonly complete?:
    | { readonly sql?: string | undefined; readonly property?: string | undefined; readonly delay?: string | undefined }
    | undefined;
  readonly retention?: string | undefined;
  readonly future?: 'allow' | undefined;
  readonly pin?: boolean | undefined;
}

export interface TargetConfig {
  readonly table: string;
  readonly branch?: string | undefined;
  readonly time?: TimeConfig | undefined;
  /** Default `hour`. */
  readonly interval?: '15m' | 'hour' | 'day' | undefined;
  /** Iceberg transforms, e.g. `hour(event_ts)`, `bucket(16, id)`, `region`. */
  readonly partition?: readonly string[] | undefined;
  readonly sort?: readonly string[] | undefined;
  readonly properties?: Readonly<Record<string, string>> | undefined;
  readonly openInterval?: 'load' | 'wait' | undefined;
  readonly onSchemaChange?: 'error' | 'add' | undefined;
}

/** Exactly one of `file`, `sql`, `command`, `external`. */
export interface TransformConfig {
  /** A path, or one by engine. */
  readonly file?: string | Readonly<Record<string, string>> | undefined;
  /** A text, or one by engine. */
  readonly sql?: string | Readonly<Record<string, string>> | undefined;
  /** Stateless SQL: the author's word that each output row depends on its own input row alone. */
  readonly rowwise?: boolean | undefined;
  readonly command?: readonly string[] | undefined;
  readonly external?: true | undefined;
}

/** Further keys are the audit's own parameters. */
export interface AuditConfig {
  readonly audit: string;
  readonly name?: string | undefined;
  readonly severity?: 'blocking' | 'warning' | undefined;
  readonly [parameter: string]: unknown;
}
