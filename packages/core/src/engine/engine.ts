import type { DataFile, NameMapping, NullableValue, PartitionSpec, Schema, SortOrder, Type } from '@psyberg/iceberg';
import type { TimeColumn } from '../process/time-column.ts';
import type { Grain } from '../time/grain.ts';
import type { Instant } from '../time/instant.ts';
import type { IntervalSet } from '../time/interval-set.ts';

/**
 * What runs SQL and moves rows. Core decides, an engine does.
 *
 * Implemented by `@psyberg/duckdb` (embedded) and later by Spark; every implementation passes `engineConformance`. The
 * contract speaks of files, schemas and spans of time, never of catalogs or snapshots: which rows are meant was decided before.
 * It deliberately leaves out table commits: an engine writes data files that nothing points at yet, and the caller commits them.
 *
 * An engine reads columns by field id, so renamed, added and reordered columns (nested ones too) read right. User SQL sees its
 * inputs and nothing else of disk, network or engine.
 */
export interface Engine {
  /** `duckdb`, `spark`; chooses the text of `transform.sqlByEngine`. */
  readonly name: string;
  /** Result columns and problems of a transform, without running it. Reads no data. @throws {SqlError} */
  analyze(request: AnalyzeRequest, options?: EngineCallOptions): Promise<TransformAnalysis>;
  /**
   * Runs a transform and writes its rows as Parquet files into the target's partitions.
   *
   * Files are new, named by uuid (see `target.tableUuid`), below `target.dataLocation`; on failure or abort none of them is left. A result without rows
   * writes no file. @throws {SqlError} @throws {SchemaMismatchError} @throws {RowsOutsideRangeError} @throws {NullTimeError}
   */
  transform(request: TransformRequest, options?: EngineCallOptions): Promise<TransformResult>;
  /** Reads nothing but the time column of the relation's files; one profile per file, in the files' order. */
  profileTime(request: ProfileTimeRequest, options?: EngineCallOptions): Promise<readonly FileTimeProfile[]>;
  /** Runs one SELECT over the relations; at most `limit` rows come back. @throws {SqlError} */
  query(request: QueryRequest, options?: EngineCallOptions): Promise<QueryResult>;
  /** Compares two relations as multisets of rows. */
  compare(request: CompareRequest, options?: EngineCallOptions): Promise<CompareResult>;
  close(): Promise<void>;
}

export interface EngineCallOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: EngineProgress) => void;
}

export interface EngineProgress {
  /** 0 to 1 where the engine knows. */
  readonly fraction?: number;
  readonly rows?: number;
}

/** Rows of one table as SQL may see them. */
export interface Relation {
  /** Every name by which SQL may call it: the short one and `namespace.table`. Empty for one that SQL does not name. */
  readonly names: readonly string[];
  /** The columns that are seen, by field id. A column that a file lacks reads as null. */
  readonly schema: Schema;
  /** How files are read that carry no field ids. Absent: they are refused. @throws {UnsupportedTypeError} */
  readonly filesWithoutIds?: FilesWithoutIds;
  /** Needed where a part is limited to spans of time. */
  readonly time?: TimeColumn;
  /** The union (all) of these. No parts, or parts without files: an empty relation with this schema. */
  readonly parts: readonly RelationPart[];
}

/** What a table says of imported files, whose columns can be told by their names alone. */
export interface FilesWithoutIds {
  readonly mapping: NameMapping;
  /** Fields whose values such files may leave to their partition. A file that lacks one is refused, never read as null. */
  readonly partitionFieldIds: readonly number[];
}

export interface RelationPart {
  readonly files: readonly DataFile[];
  /**
   * Files whose rows are taken away from those of `files`, copy by copy (EXCEPT ALL): an equal row in them takes one away, and one
   * that meets no equal takes none. NULL equals NULL; the limits below hold for what is left.
   */
  readonly without?: readonly DataFile[];
  /** Only rows whose time value starts within; rows with a NULL time are left out. Absent: no limit. */
  readonly within?: IntervalSet;
  /** Not the rows whose time value starts within these; rows with a NULL time stay. */
  readonly except?: IntervalSet;
  /** Leave out rows with a NULL time although there is no `within`. */
  readonly dropNullTimes?: boolean;
}

/** Values for the placeholders of user SQL; literals of the type of the target's time column for instants. */
export type ParameterValue =
  | { readonly kind: 'instant'; readonly value: Instant }
  | { readonly kind: 'text'; readonly value: string };

export interface AnalyzeRequest {
  readonly sql: string;
  /** Schemas count, files are not read. */
  readonly relations: readonly Relation[];
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  /** How instants are written as literals: the type of the target's time column, when it is known. */
  readonly timeType?: Type;
  /**
   * Name of a relation that has the columns of the result itself, which are not known yet (`previous` of a target that does not
   * exist): the engine finds the types that fit.
   */
  readonly recursive?: string;
}

export interface TransformAnalysis {
  /** Name and Iceberg type of each result column, in order; no field ids. */
  readonly columns: readonly { readonly name: string; readonly type: Type }[];
  /** The relation names (as in `Relation.names`) that the text reads. */
  readonly reads: readonly string[];
  /** `now()`, `random()` and the like, by name. */
  readonly volatileFunctions: readonly string[];
  /**
   * Why an output row may depend on more than its own input row (an aggregate, a window, DISTINCT, LIMIT, a second mention of a
   * changes source, an outer join that does not preserve it …); empty: row-wise. `changes` says which relation names are sources.
   */
  rowwiseProblems(changes: readonly string[]): readonly string[];
  /** Whether the text filters, joins or aggregates, so that row counts may differ between input and output. */
  readonly mayChangeRowCount: boolean;
}

/** Where rows go and how the files must look. */
export interface WriteTarget {
  /** For messages: `dw.signup_f`. */
  readonly table: string;
  readonly schema: Schema;
  readonly spec: PartitionSpec;
  readonly sortOrder?: SortOrder;
  readonly time?: TimeColumn;
  /** Folder for data files, without a trailing slash; partition folders are made below. */
  readonly dataLocation: string;
  readonly properties: Readonly<Record<string, string>>;
  /** Names of files hold a `newFileUuid` of it, by which `clean` knows them again. Absent: any uuid, for files of no table. */
  readonly tableUuid?: string;
}

export interface TransformRequest {
  readonly sql: string;
  readonly relations: readonly Relation[];
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly target: WriteTarget;
  /** For `rowsByInterval`. */
  readonly grain: Grain;
  /** Only rows of the result whose target time starts within count. Absent: all. */
  readonly within?: IntervalSet;
  /** What a row outside `within` is: an error with samples, or left out and counted. */
  readonly outside: 'error' | 'drop';
  /** What a NULL in the target's time column is. `keep` is for rows that are carried over as they are. */
  readonly nullTime: 'error' | 'keep';
}

export interface TransformResult {
  readonly files: readonly DataFile[];
  readonly rows: number;
  /** Written rows by interval of the target's time, ascending; empty when the target has no time. */
  readonly rowsByInterval: readonly IntervalRows[];
  readonly rowsDropped: number;
  /** Rows that each relation offered to the SQL, in the order of `relations`; rows left out for a NULL time apart. */
  readonly inputs: readonly { readonly rows: number; readonly nullTimeRows: number }[];
}

export interface IntervalRows {
  readonly start: Instant;
  readonly rows: number;
}

export interface ProfileTimeRequest {
  readonly schema: Schema;
  /** As in {@link Relation}. */
  readonly filesWithoutIds?: FilesWithoutIds;
  readonly time: TimeColumn;
  readonly grain: Grain;
  readonly files: readonly DataFile[];
  /** `latestEnd` leaves out values that start after this instant. */
  readonly notAfter?: Instant;
}

/** Rows of one interval, and where in it they lie: the starts of its earliest and its latest value. */
export interface IntervalTimes extends IntervalRows {
  readonly first: Instant;
  readonly last: Instant;
}

export interface FileTimeProfile {
  readonly path: string;
  /** Rows by interval of the grain, ascending; rows with a NULL time are only in `nullRows`. */
  readonly rowsByInterval: readonly IntervalTimes[];
  readonly nullRows: number;
  /** Start of the latest value that counts; absent when there is none. (Its own span, a day or an hour, is the caller's affair.) */
  readonly latest?: Instant;
}

export interface QueryRequest {
  readonly sql: string;
  readonly relations: readonly Relation[];
  readonly parameters?: Readonly<Record<string, ParameterValue>>;
  readonly timeType?: Type;
  readonly limit: number;
}

export interface QueryResult {
  readonly columns: readonly { readonly name: string; readonly type: Type }[];
  /** Primitive values as `Value`; lists as arrays, structs as objects, maps as arrays of pairs. */
  readonly rows: readonly (readonly QueryValue[])[];
}

export type QueryValue = NullableValue | readonly QueryValue[] | { readonly [field: string]: QueryValue };

export interface CompareRequest {
  readonly expected: Relation;
  readonly actual: Relation;
  /** Columns left out of the comparison, by name. */
  readonly ignore: readonly string[];
  /** Floats count as equal when they differ by no more than this share of the greater one. Rows are paired by their other columns. */
  readonly floatTolerance: number;
  /** For `intervals`; the time of `expected`. */
  readonly grain: Grain;
  readonly sampleSize: number;
}

export interface CompareResult {
  readonly rowsMissing: number;
  readonly rowsExtra: number;
  /** Where they differ, ascending; rows with a NULL time are counted above only. Empty when the relations have no time. */
  readonly intervals: readonly { readonly start: Instant; readonly missing: number; readonly extra: number }[];
  readonly columns: readonly string[];
  readonly missingSample: readonly (readonly QueryValue[])[];
  readonly extraSample: readonly (readonly QueryValue[])[];
}
