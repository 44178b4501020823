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
    valuesOf(
      'slots',
      { slot: 'int' },
      request.slots.map((slot) => [slot]),
    ),
    valuesOf(
      'reach',
      { input: 'int', before: 'int', after: 'int' },
      process.inputs.map((input, n) => [n, input.before, input.after]),
    ),
    valuesOf(
      'labels',
      { key: 'int', label: 'varchar' },
      request.labels.map((label) => [label.key, label.label]),
    ),
    valuesOf(
      'b',
      { key: 'int', value: 'int' },
      request.before.map((row) => [row.key, row.value]),
    ),
    `result as (${resultOf(process, lengthMinutes)})`,
  ];
  const label = process.labelled ? ', label' : '';
  return `with ${withs.join(',\n')}\nselect result.*${label} from result${process.labelled ? ' left join labels using (key)' : ''}`;
}

function resultOf(process: ProcessSpec, length: number): string {
  switch (process.kind) {
    case 'copy':
      return 'select id, minute as ts, key, value from r';
    case 'totals':
      return `select slot as ts, key, count(*) as n, sum(value)::int as value
        from slots, r join reach using (input)
        where minute >= slot - before and minute < slot + ${length} + after
        group by all`;
    case 'running':
      return `select slot as ts, key,
          (select count(*) from r where r.key = k.key and minute >= slot and minute < slot + ${length}) as n,
          (coalesce((select sum(value) from b where b.key = k.key), 0)
            + coalesce((select sum(value) from r where r.key = k.key and minute >= (select min(slot) from slots) and minute < slots.slot + ${length}), 0))::int as value
        from slots, (select key from r union select key from b) as k
        where k.key in (select key from b)
          or exists (from r where r.key = k.key and minute >= (select min(slot) from slots) and minute < slots.slot + ${length})`;
  }
}
