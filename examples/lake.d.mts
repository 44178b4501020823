import type { Engine } from '@psyberg/core';
import type { SqlCatalog, Type } from '@psyberg/iceberg';

export interface Lake {
  readonly folder: string;
  readonly catalog: SqlCatalog;
  readonly engine: Engine;
  close(): Promise<void>;
}

export type RawRow = Readonly<Record<string, string | number | boolean | null>>;

export function makeLake(folder: string): Promise<Lake>;
export function openLake(folder: string): Promise<Lake>;
export function createTable(
  lake: Lake,
  name: string,
  columns: Readonly<Record<string, string>>,
  partition?: { readonly column: string; readonly transform: string },
): Promise<void>;
export function appendRows(lake: Lake, name: string, rows: readonly RawRow[]): Promise<unknown>;
export function filesOf(lake: Lake, name: string): Promise<string[]>;
export function sqlType(type: Type): string;
export function literal(value: unknown): string;
