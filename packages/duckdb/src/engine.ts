import type {
  AnalyzeRequest,
  CompareRequest,
  CompareResult,
  Engine,
  EngineCallOptions,
  FileTimeProfile,
  ProfileTimeRequest,
  QueryRequest,
  QueryResult,
  Relation,
  TransformAnalysis,
  TransformRequest,
  TransformResult,
} from '@psyberg/core';
import type { DataFile } from '@psyberg/iceberg';
import { analyzeTransform } from './analyze.ts';
import { compareRelations } from './compare.ts';
import { Database } from './database.ts';
import { folderOf, localPath } from './locations.ts';
import { runProfileTime } from './profile-time.ts';
import { runQuery } from './query.ts';
import { LayoutCache } from './read/layout-cache.ts';
import { runTransform } from './transform.ts';
import { AggregateNames } from './user-sql/aggregate-names.ts';
import { SyntaxTrees } from './user-sql/syntax-trees.ts';

export interface DuckDbEngineOptions {
  /** As DuckDB reads it: `4GB`, `512MB`. Default: 80 % of the machine's memory. */
  readonly memoryLimit?: string;
  /** Default: one per core. */
  readonly threads?: number;
  /** Where to spill what exceeds the memory limit. Default: the system's folder for temporary files. */
  readonly tempDirectory?: string;
  /**
   * Locations below which data lies, such as the warehouse. DuckDB is locked to them. Files elsewhere are read all the same, but
   * the first call that meets them opens DuckDB anew.
   */
  readonly allowedLocations?: readonly string[];
}

/**
 * The embedded engine. One DuckDB in memory serves all calls, each with a connection and a catalog of its own; calls may run at
 * the same time. Nothing is loaded or opened before the first call.
 */
export async function createDuckDbEngine(options: DuckDbEngineOptions = {}): Promise<Engine> {
  const { allowedLocations = [], ...database } = options;
  const folders = allowedLocations.map((location) => `${localPath(location).replace(/\/+$/, '')}/`);
  return new DuckDbEngine(new Database({ ...database, folders }));
}

class DuckDbEngine implements Engine {
  readonly name = 'duckdb';
  readonly #database: Database;
  readonly #layouts = new LayoutCache();
  readonly #syntax = new SyntaxTrees();
  readonly #aggregates = new AggregateNames();

  constructor(database: Database) {
    this.#database = database;
  }

  analyze(request: AnalyzeRequest, options: EngineCallOptions = {}): Promise<TransformAnalysis> {
    return this.#database.withCall([], options, (call) =>
      analyzeTransform(call, this.#syntax, request, this.#aggregates),
    );
  }

  transform(request: TransformRequest, options: EngineCallOptions = {}): Promise<TransformResult> {
    const folders = [...relationFolders(request.relations), `${localPath(request.target.dataLocation)}/`];
    return this.#database.withCall(folders, options, (call) =>
      runTransform(call, this.#layouts, this.#syntax, request),
    );
  }

  async profileTime(request: ProfileTimeRequest, options: EngineCallOptions = {}): Promise<readonly FileTimeProfile[]> {
    if (request.files.length === 0) return [];
    return this.#database.withCall(fileFolders(request.files), options, (call) =>
      runProfileTime(call, this.#layouts, request),
    );
  }

  query(request: QueryRequest, options: EngineCallOptions = {}): Promise<QueryResult> {
    return this.#database.withCall(relationFolders(request.relations), options, (call) =>
      runQuery(call, this.#layouts, this.#syntax, request),
    );
  }

  compare(request: CompareRequest, options: EngineCallOptions = {}): Promise<CompareResult> {
    return this.#database.withCall(relationFolders([request.expected, request.actual]), options, (call) =>
      compareRelations(call, this.#layouts, request),
    );
  }

  close(): Promise<void> {
    return this.#database.close();
  }
}

const relationFolders = (relations: readonly Relation[]): string[] =>
  fileFolders(relations.flatMap(({ parts }) => parts.flatMap(({ files, without = [] }) => [...files, ...without])));

/** A table's `data` folder rather than each partition's own, so that a new partition needs no reopening. */
function fileFolders(files: readonly DataFile[]): string[] {
  const folders = new Set<string>();
  for (const file of files) {
    const folder = folderOf(localPath(file.path));
    const data = folder.lastIndexOf('/data/');
    folders.add(data === -1 ? folder : folder.slice(0, data + '/data/'.length));
  }
  return [...folders];
}
