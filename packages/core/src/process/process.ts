import type { Brand, TableIdentifier } from '@psyberg/iceberg';
import type { Grain } from '../time/grain.ts';
import type { DurationUs, Instant } from '../time/instant.ts';
import type { TimeColumn } from './time-column.ts';

/** Matches `[a-z][a-z0-9_]*`. */
export type ProcessName = Brand<string, 'ProcessName'>;
/** Any non-empty string; identity of a session is (process, session). */
export type SessionId = Brand<string, 'SessionId'>;

export type Mode = 'stateless' | 'stateful' | 'sequential';

/** A process as it is declared: configuration with every default filled in and every text parsed. Plain and printable. */
export interface Process {
  readonly name: ProcessName;
  readonly mode: Mode;
  readonly sources: readonly Source[];
  readonly target: Target;
  readonly transform: Transform;
  readonly load: 'range' | 'changed';
  /** One interval per call of the transform. Always true in effect for sequential ones. */
  readonly isolate: boolean;
  /** Columns that verification leaves out. */
  readonly volatile: readonly string[];
  readonly catchUpThresholdUs?: DurationUs;
  readonly limits: { readonly maxIntervals: number; readonly maxBytes?: number };
  readonly audits: readonly AuditDefinition[];
  /**
   * No target is named (the published flags without `--target_table`): the watermark table is the truth, and exactly-once between
   * the user's own publication and the session commit is the user's. `target` then only carries the time axis.
   */
  readonly watermarkOnly?: true;
}

export type Source = ChangesSource | LookupSource;

interface SourceBase {
  readonly table: TableIdentifier;
  readonly branch: string;
  /** The short name by which SQL calls it. */
  readonly as: string;
}

export interface LookupSource extends SourceBase {
  readonly role: 'lookup';
}

export interface ChangesSource extends SourceBase {
  readonly role: 'changes';
  /** Absent: landing time (stateless only). */
  readonly time?: TimeColumn;
  /** Nothing earlier on the axis is ever loaded. */
  readonly from?: Instant;
  readonly reads: { readonly beforeUs: DurationUs; readonly afterUs: DurationUs };
  readonly onOverwrite: 'error' | 'recompute' | 'added-only';
  readonly complete?:
    | { readonly kind: 'sql'; readonly sql: string }
    | { readonly kind: 'property'; readonly property: string }
    | { readonly kind: 'delay'; readonly delayUs: DurationUs };
  readonly retentionUs?: DurationUs;
  readonly allowFuture: boolean;
  readonly pin: boolean;
}

export interface Target {
  readonly table: TableIdentifier;
  readonly branch: string;
  /** Absent only for a stateless process whose sources are by landing time. */
  readonly time?: TimeColumn;
  readonly grain: Grain;
  /** Partition transforms as written, e.g. `hour(event_ts)`, `bucket(16, id)`, `region`. */
  readonly partition: readonly string[];
  readonly sort: readonly string[];
  readonly properties: Readonly<Record<string, string>>;
  /** Absent: `wait` where the source declares completeness, `load` where it is only seen. */
  readonly openInterval?: 'load' | 'wait';
  readonly onSchemaChange: 'error' | 'add';
}

export type Transform =
  /** `sqlByEngine` has an entry `*` for one text that serves all engines. `file` is where the text came from. */
  | {
      readonly kind: 'sql';
      readonly sqlByEngine: Readonly<Record<string, string>>;
      readonly file?: string;
      readonly rowwise: boolean;
    }
  | { readonly kind: 'command'; readonly command: readonly string[] }
  | { readonly kind: 'external' };

export type Severity = 'blocking' | 'warning';

export interface AuditDefinition {
  /** The kind, e.g. `unique`. */
  readonly audit: string;
  /** Unique within the process; default: the kind, numbered when used more than once. */
  readonly name: string;
  readonly severity: Severity;
  /** The audit's own parameters, validated by the audit itself. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

export const isChangesSource = (source: Source): source is ChangesSource => source.role === 'changes';
export const isLookupSource = (source: Source): source is LookupSource => source.role === 'lookup';
export const changesSourcesOf = (process: Process): readonly ChangesSource[] => process.sources.filter(isChangesSource);
export const lookupSourcesOf = (process: Process): readonly LookupSource[] => process.sources.filter(isLookupSource);
