import { visibleWidth } from './style.ts';

export interface TableOptions {
  /** Written before each line. */
  readonly indent?: string;
  /** Columns (by index) that are aligned to the right. */
  readonly right?: readonly number[];
}

/** Lines of a table whose columns are as wide as their widest cell, two spaces apart; no trailing spaces. */
export function tableLines(rows: readonly (readonly string[])[], options: TableOptions = {}): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, visibleWidth(cell));
    });
  }
  return rows.map((row) => {
    const cells = row.map((cell, column) => {
      const padding = ' '.repeat(widths[column]! - visibleWidth(cell));
      return options.right?.includes(column) ? padding + cell : cell + padding;
    });
    return `${options.indent ?? ''}${cells.join('  ')}`.trimEnd();
  });
}
