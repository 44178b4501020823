import type { Engine, Relation, WriteTarget } from '@psyberg/core';
import type { DuckDbEngineOptions } from '@psyberg/duckdb';
import type { DataFile, SqlCatalog, Table, Type } from '@psyberg/iceberg';

export interface Lake {
  readonly folder: string;
  readonly catalog: SqlCatalog;
  readonly engine: Engine;
  close(): Promise<void>;
}

export type RawRow = Readonly<Record<string, string | number | boolean | null>>;

export function makeLake(folder: string, engine?: DuckDbEngineOptions): Promise<Lake>;
export function openLake(folder: string, engine?: DuckDbEngineOptions): Promise<Lake>;
export function createTable(
  lake: Lake,
  name: string,
  columns: Readonly<Record<string, string>>,
  partition?: { readonly column: string; readonly transform: string },
): Promise<void>;
export function appendRows(lake: Lake, name: string, rows: readonly RawRow[]): Promise<unknown>;
export function writeQuery(
  engine: Engine,
  table: Table,
  sql: string,
  options?: { readonly relations?: readonly Relation[]; readonly target?: Partial<WriteTarget> },
): Promise<readonly DataFile[]>;
export function relationOf(name: string, table: Table, files: readonly DataFile[]): Relation;
export function filesOf(lake: Lake, name: string): Promise<string[]>;
export function sqlType(type: Type): string;
export function literal(value: unknown): string;
