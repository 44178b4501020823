import type { LabelRow, ProcessSpec, TargetRow } from '../history.ts';
import { type Sql, valuesOf } from './sql.ts';

/** A row that a process reads, wherever it comes from; `input` is the position of its table in the process's inputs. */
export interface InputRow {
  readonly input: number;
  readonly id?: number;
  readonly key: number;
  readonly value: number;
  readonly at: number;
}

export interface TruthRequest {
  readonly process: ProcessSpec;
  readonly rows: readonly InputRow[];
  readonly labels: readonly LabelRow[];
  readonly lengthMinutes: number;
  /** Starts of the intervals to compute, ascending; not used for `copy`. */
  readonly slots: readonly number[];
  /** For `running`: the target's rows of the interval before the first slot. */
  readonly before: readonly TargetRow[];
}

/** What a process makes of given rows, at one go, by plain SQL over minutes. */
export async function truth(sql: Sql, request: TruthRequest): Promise<TargetRow[]> {
  if (request.process.kind !== 'copy' && request.slots.length === 0) return [];
  return (await sql.rows(textOf(request))) as unknown as TargetRow[];
}

function textOf(request: TruthRequest): string {
  const { process, lengthMinutes } = request;
  const withs = [
    valuesOf(
      'r',
      { input: 'int', id: 'int', key: 'int', value: 'int', minute: 'int' },
      request.rows.map((row) => [row.input, row.id, row.key, row.value, row.at]),
    ),
  ];
  if (process.kind !== 'copy') {
    const slots = request.slots.map((slot) => [slot]);
    withs.push(valuesOf('slots', { slot: 'int' }, slots));
  }
  if (process.kind === 'totals') {
    const reach = process.inputs.map((input, n) => [n, input.before, input.after]);
    withs.push(valuesOf('reach', { input: 'int', before: 'int', after: 'int' }, reach));
  }
  if (process.kind === 'running') {
    const before = request.before.map((row) => [row.key, row.value]);
    withs.push(valuesOf('b', { key: 'int', value: 'int' }, before), ...runningParts(lengthMinutes));
  }
  const result = resultOf(process, lengthMinutes);
  if (!process.labelled) return `with ${withs.join(',\n')}\n${result}`;
  const labels = request.labels.map((label) => [label.key, label.label]);
  withs.push(valuesOf('labels', { key: 'int', label: 'varchar' }, labels), `result as (${result})`);
  return `with ${withs.join(',\n')}\nselect result.*, label from result left join labels using (key)`;
}

function resultOf(process: ProcessSpec, length: number): string {
  switch (process.kind) {
    case 'copy':
      return 'select id, minute as ts, key, value from r';
    case 'totals':
      return `select slot as ts, key, count(*) as n, sum(value)::int as value
        from slots, r join reach using (input)
        where minute >= slot - before and minute < slot + ${length} + after
        group by all${process.dense ? ' union all select slot, -1, 0, 0 from slots' : ''}`;
    case 'running':
      return `select slot as ts, key, coalesce(d.n, 0) as n,
          (coalesce(b.value, 0) + sum(coalesce(d.value, 0)) over so_far)::int as value
        from slots cross join keys left join d using (slot, key) left join b using (key)
        window so_far as (partition by key order by slot)
        qualify b.key is not null or count(d.n) over so_far > 0`;
  }
}

/** What each interval brings, and all keys there are. */
function runningParts(length: number): readonly string[] {
  return [
    `d as (select slot, key, count(*) as n, sum(value) as value from slots, r
      where minute >= slot and minute < slot + ${length} group by all)`,
    'keys as (select key from d union select key from b)',
  ];
}
