import type { Project } from '@psyberg/core';
import type { Catalog, DataFile, FileIO, SnapshotId, Table } from '@psyberg/iceberg';

export declare const SOURCE: string;
export declare const PROCESS: string;
export declare function makeLargeTable(
  folder: string,
  shape: { readonly files: number; readonly commits: number; readonly late: number },
): Promise<{ readonly read: SnapshotId; readonly head: SnapshotId }>;
export declare function openLakeCatalog(folder: string, io?: FileIO): Promise<Catalog>;
export declare function openLakeProject(folder: string, io?: FileIO): Promise<Project>;
export declare function dataFiles(table: Table, first: number, count: number): DataFile[];
