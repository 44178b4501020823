import { EngineFailedError } from '@psyberg/core';
import type { Shape, ShapeField } from '../sql/shape.ts';

/** Columns of a Parquet file as DuckDB reads them, with the field ids that the file gives. */
export interface FileLayout {
  readonly columns: readonly ShapeField[];
}

/** A row of DuckDB's `parquet_schema`, shortened; rows come in depth-first order. */
export interface ParquetNode {
  readonly name: string;
  /** DuckDB's type of a leaf; null for a group. */
  readonly type: string | null;
  readonly children: number | null;
  readonly converted: string | null;
  readonly logical: string | null;
  readonly repetition: string | null;
  readonly id: number | null;
}

/** Puts the flat rows of a file's schema together again. */
export function parseFileLayout(nodes: readonly ParquetNode[], file: string): FileLayout {
  const cursor = { at: 1 };
  const columns: ShapeField[] = [];
  for (let left = nodes[0]?.children ?? 0; left > 0; left -= 1) columns.push(readField(nodes, cursor, file));
  return { columns };
}

type Cursor = { at: number };

function readField(nodes: readonly ParquetNode[], cursor: Cursor, file: string): ShapeField {
  const node = nodes[cursor.at]!;
  const shape = readShape(nodes, cursor, file);
  if (node.repetition === 'REPEATED') {
    throw new EngineFailedError(
      `Column ${node.name} of ${file} is repeated without being a list, which this engine does not read. Nothing was read. ` +
        'Rewrite the file with an Iceberg writer.',
    );
  }
  return named(node.name, node, shape);
}

/** Advances past the node and everything below it. */
function readShape(nodes: readonly ParquetNode[], cursor: Cursor, file: string): Shape {
  const node = nodes[cursor.at]!;
  cursor.at += 1;
  if (node.children === null) return { kind: 'leaf', type: node.type ?? 'UNKNOWN' };
  if (isList(node)) return { kind: 'list', element: readListElement(nodes, cursor, node, file) };
  if (isMap(node)) {
    cursor.at += 1;
    const key = readField(nodes, cursor, file);
    return { kind: 'map', key, value: readField(nodes, cursor, file) };
  }
  const fields = Array.from({ length: node.children }, () => readField(nodes, cursor, file));
  return { kind: 'struct', fields };
}

/** @see Parquet format, "Lists": the rules for files of older writers, whose repeated node is itself the element */
function readListElement(nodes: readonly ParquetNode[], cursor: Cursor, list: ParquetNode, file: string): ShapeField {
  const repeated = nodes[cursor.at]!;
  const isElement =
    repeated.children === null ||
    repeated.children > 1 ||
    repeated.name === 'array' ||
    repeated.name === `${list.name}_tuple`;
  if (isElement) return named('element', repeated, readShape(nodes, cursor, file));
  cursor.at += 1;
  return readField(nodes, cursor, file);
}

const named = (name: string, node: ParquetNode, shape: Shape): ShapeField =>
  node.id === null ? { name, shape } : { name, id: node.id, shape };

const isList = (node: ParquetNode): boolean => node.converted === 'LIST' || /^ListType/.test(node.logical ?? '');

const isMap = (node: ParquetNode): boolean =>
  node.converted === 'MAP' || node.converted === 'MAP_KEY_VALUE' || /^MapType/.test(node.logical ?? '');
