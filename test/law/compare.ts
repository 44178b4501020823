import type { ProcessSpec, TargetRow } from './history.ts';

/** Rows as multisets: what is there too few and too many times. Null when they are the same. */
export function difference(
  process: ProcessSpec,
  expected: readonly TargetRow[],
  actual: readonly TargetRow[],
): string | null {
  const counts = new Map<string, number>();
  for (const row of expected) counts.set(textOf(process, row), (counts.get(textOf(process, row)) ?? 0) + 1);
  for (const row of actual) counts.set(textOf(process, row), (counts.get(textOf(process, row)) ?? 0) - 1);
  const lines = [...counts]
    .filter(([, count]) => count !== 0)
    .map(([row, count]) => `${count > 0 ? 'missing' : 'extra  '} ${Math.abs(count)} x ${row}`);
  return lines.length === 0 ? null : `${process.name}:\n  ${lines.sort().join('\n  ')}`;
}

function textOf(process: ProcessSpec, row: TargetRow): string {
  const parts = [`at ${row.ts} (${timeOf(row.ts)})`, `key ${row.key}`, `value ${row.value}`];
  if (process.kind === 'copy') parts.unshift(`id ${row.id}`);
  else parts.push(`n ${row.n}`);
  if (process.labelled) parts.push(`label ${row.label ?? 'null'}`);
  return parts.join(', ');
}

/** `14 02:07` */
function timeOf(minute: number): string {
  return new Date(Date.UTC(2023, 8, 14) + minute * 60_000).toISOString().slice(8, 16).replace('T', ' ');
}
