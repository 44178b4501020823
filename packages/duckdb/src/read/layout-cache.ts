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
const FEW_FILES = 8;

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
    for (const { nodes, names } of await (paths.length <= FEW_FILES ? schemasOfFew : schemasOfMany)(call, paths)) {
      const text = JSON.stringify(nodes);
      const layout = this.#byText.get(text) ?? parseFileLayout(nodes, names[0]!);
      this.#byText.set(text, layout);
      for (const name of names) this.#byFile.set(name, layout);
    }
  }
}

/** Files with the same schema. */
interface SchemaOfFiles {
  readonly nodes: readonly ParquetNode[];
  readonly names: readonly string[];
}

/** DuckDB puts the schemas of many files together faster than we do; of few, planning that takes it longer than all the rest. */
async function schemasOfMany(call: Call, paths: readonly string[]): Promise<readonly SchemaOfFiles[]> {
  const rows = await call.rows(`
    SELECT nodes, list(file_name) FROM (
      SELECT file_name, to_json(list({
        name: name, type: duckdb_type, children: num_children, converted: converted_type,
        logical: logical_type, repetition: repetition_type, id: field_id } ORDER BY column_id))::VARCHAR AS nodes
      FROM parquet_schema(${quoteTexts(paths)}) GROUP BY file_name
    ) GROUP BY nodes`);
  return (rows as unknown as [string, { items: readonly string[] }][]).map(([nodes, { items }]) => ({
    nodes: JSON.parse(nodes) as ParquetNode[],
    names: items,
  }));
}

async function schemasOfFew(call: Call, paths: readonly string[]): Promise<readonly SchemaOfFiles[]> {
  const rows = await call.rows(`
    SELECT file_name, column_id, name, duckdb_type, num_children, converted_type, logical_type, repetition_type, field_id
    FROM parquet_schema(${quoteTexts(paths)})`);
  const files = new Map<string, { readonly at: bigint; readonly node: ParquetNode }[]>();
  for (const [file, at, name, type, children, converted, logical, repetition, id] of rows as unknown as SchemaRow[]) {
    const numbered = (value: bigint | null): number | null => (value === null ? null : Number(value));
    const node = { name, type, children: numbered(children), converted, logical, repetition, id: numbered(id) };
    const nodes = files.get(file) ?? [];
    nodes.push({ at, node });
    files.set(file, nodes);
  }
  return [...files].map(([file, nodes]) => ({
    nodes: nodes.sort((a, b) => Number(a.at - b.at)).map(({ node }) => node),
    names: [file],
  }));
}

type SchemaRow = [
  file: string,
  at: bigint,
  name: string,
  type: string | null,
  children: bigint | null,
  converted: string | null,
  logical: string | null,
  repetition: string | null,
  id: bigint | null,
];
