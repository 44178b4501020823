import type { DataFile } from '@psyberg/iceberg';
import type { Call } from '../call.ts';
import { localPath } from '../locations.ts';
import { quoteTexts } from '../sql/quote.ts';
import { type FileLayout, type ParquetNode, parseFileLayout } from './file-layout.ts';

/** Files with one layout, which one SELECT can read. */
export interface FileGroup {
  readonly layout: FileLayout;
  /** Local paths. */
  readonly paths: readonly string[];
}

const FILES_KEPT_MAX = 100_000;

/**
 * Layouts of data files, read from their footers once: data files never change under their path.
 *
 * All files with the same schema share one layout object.
 */
export class LayoutCache {
  #byFile = new Map<string, FileLayout>();
  readonly #byText = new Map<string, FileLayout>();

  /** Reads the footers that are not known yet, all in one query, and sorts the files into groups. A file named twice is read twice. */
  async groups(call: Call, files: readonly DataFile[]): Promise<readonly FileGroup[]> {
    const paths = files.map((file) => localPath(file.path));
    await this.#read(call, [...new Set(paths.filter((path) => !this.#byFile.has(path)))]);
    const groups = new Map<FileLayout, string[]>();
    for (const path of paths) {
      const layout = this.#byFile.get(path)!;
      const group = groups.get(layout);
      if (group === undefined) groups.set(layout, [path]);
      else group.push(path);
    }
    return [...groups].map(([layout, members]) => ({ layout, paths: members }));
  }

  async #read(call: Call, paths: readonly string[]): Promise<void> {
    if (paths.length === 0) return;
    if (this.#byFile.size + paths.length > FILES_KEPT_MAX) this.#byFile = new Map();
    const rows = await call.rows(`
      SELECT nodes, list(file_name) FROM (
        SELECT file_name, to_json(list({
          name: name, type: duckdb_type, children: num_children, converted: converted_type,
          logical: logical_type, repetition: repetition_type, id: field_id } ORDER BY column_id))::VARCHAR AS nodes
        FROM parquet_schema(${quoteTexts(paths)}) GROUP BY file_name
      ) GROUP BY nodes`);
    for (const [nodes, names] of rows as unknown as [string, { items: readonly string[] }][]) {
      let layout = this.#byText.get(nodes);
      if (layout === undefined) {
        layout = parseFileLayout(JSON.parse(nodes) as ParquetNode[], names.items[0]!);
        this.#byText.set(nodes, layout);
      }
      for (const name of names.items) this.#byFile.set(name, layout);
    }
  }
}
