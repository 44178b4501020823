import {
  type Grain,
  type InputSpec,
  LABELS_TABLE,
  type ProcessSpec,
  type SourceSpec,
  type TimeForm,
  targetTableOf,
} from './history.ts';

/** A source as it is by now. */
export interface SourceNow extends SourceSpec {
  /** For each column that was ever renamed, by its first name, what it is called. */
  readonly renamed: Readonly<Record<string, string>>;
  /** Whether `key` was promoted. */
  readonly hasLongKey?: true;
}

/** What a column is called by now. */
export const nameOf = ({ renamed }: SourceNow, column: string): string => renamed[column] ?? column;

const MINUTES: Readonly<Record<Grain, number>> = { '15m': 15, hour: 60, day: 1440 };

/** The Iceberg columns of a source; the time is among them in its form. `landing` counts the commits. */
export function columnsOf(source: SourceSpec): Readonly<Record<string, string>> {
  return { id: 'long', key: 'int', value: 'long', ...TIME_COLUMNS[source.time], landing: 'int' };
}

const TIME_COLUMNS: Readonly<Record<TimeForm, Readonly<Record<string, string>>>> = {
  timestamptz: { ts: 'timestamptz' },
  timestamp: { ts: 'timestamp' },
  epoch_ms: { ts_ms: 'long' },
  date_hour: { landing_date: 'int', landing_hour: 'int' },
  date: { day: 'date' },
  landing: { ts: 'timestamptz' },
};

/** Its columns for the time, by their first names. */
export const timeColumnsOf = (source: SourceSpec): readonly string[] => Object.keys(TIME_COLUMNS[source.time]);

/** As `sources[].time` says it in a configuration, given the columns; absent: landing time. */
const TIME_CONFIGS: Readonly<Record<TimeForm, (first: string, second: string) => object>> = {
  timestamptz: (ts) => ({ time: ts }),
  timestamp: (ts) => ({ time: ts }),
  epoch_ms: (ts_ms) => ({ time: { column: ts_ms, unit: 'ms' } }),
  date_hour: (date, hour) => ({ time: { date, hour } }),
  date: (day) => ({ time: day }),
  landing: () => ({}),
};

/** A timestamp with time zone made of the source's own columns. */
const TIME_SQL: Readonly<Record<TimeForm, (first: string, second: string) => string>> = {
  timestamptz: (ts) => ts,
  timestamp: (ts) => `${ts} at time zone 'UTC'`,
  epoch_ms: (ts_ms) => `make_timestamptz(${ts_ms} * 1000)`,
  date_hour: (date, hour) => `make_timestamptz(${date} // 10000, ${date} // 100 % 100, ${date} % 100, ${hour}, 0, 0.0)`,
  date: (day) => `${day}::timestamptz`,
  landing: (ts) => ts,
};

function ofTime<T>(forms: Readonly<Record<TimeForm, (first: string, second: string) => T>>, source: SourceNow): T {
  const [first, second] = timeColumnsOf(source).map((column) => nameOf(source, column));
  return forms[source.time](first!, second ?? '');
}

/** A process as a configuration says it. */
export function configOf(process: ProcessSpec, sources: readonly SourceNow[]): object {
  const inputs = process.inputs.map((input) => {
    const source = sources.find((candidate) => candidate.table === input.table);
    return {
      table: input.table,
      ...(source === undefined ? { time: 'ts' } : ofTime(TIME_CONFIGS, source)),
      ...(source?.retains ? { retention: '1d' } : {}),
      ...(process.onOverwrite === undefined ? {} : { onOverwrite: process.onOverwrite }),
      ...(process.pin ? { pin: true } : {}),
      ...(input.before + input.after > 0 ? { reads: { before: `${input.before}m`, after: `${input.after}m` } } : {}),
    };
  });
  return {
    mode: { copy: 'stateless', totals: 'stateful', running: 'sequential' }[process.kind],
    sources: process.labelled ? [...inputs, { table: LABELS_TABLE, role: 'lookup' }] : inputs,
    target: {
      table: targetTableOf(process),
      time: 'ts',
      interval: process.grain,
      ...(process.partition === 'none' ? {} : { partition: [`${process.partition}(ts)`] }),
      ...(process.openInterval === undefined ? {} : { openInterval: process.openInterval }),
    },
    transform: { sql: transformOf(process, sources) },
    ...(process.load === 'changed' ? { load: 'changed' } : {}),
    ...(process.isolate ? { isolate: true } : {}),
    ...(process.threshold === undefined ? {} : { catchUp: { threshold: `${process.threshold}m` } }),
  };
}

/** The transform of a process, as somebody would write it for Psyberg. */
function transformOf(process: ProcessSpec, sources: readonly SourceNow[]): string {
  const body = { copy: copySql, totals: totalsSql, running: runningSql }[process.kind](process, sources);
  if (!process.labelled) return body;
  const columns = process.kind === 'copy' ? 'x.id, x.ts, x.key, x.value' : 'x.ts, x.key, x.n, x.value';
  return `select ${columns}, l.label from (${body}) x left join labels l on l.key = x.key`;
}

function copySql(process: ProcessSpec, sources: readonly SourceNow[]): string {
  return process.inputs
    .map(
      (input) => `select id, ${timeOf(input, sources)} as ts, key::int as key, ${valueColumn(input, sources)}
        from ${shortName(input)}${readsByLanding(input, sources) ? ` where ${timeOf(input, sources)} is not null` : ''}`,
    )
    .join(' union all ');
}

function totalsSql(process: ProcessSpec, sources: readonly SourceNow[]): string {
  const length = MINUTES[process.grain];
  const parts = process.inputs.map(
    (input) => `select slot, key, value from slots
      join (select ${timeOf(input, sources)} as at_ts, key::int as key, ${valueColumn(input, sources)} from ${shortName(input)}) r
      on at_ts >= slot - to_minutes(${input.before}) and at_ts < slot + to_minutes(${length + input.after})`,
  );
  const each = process.dense ? ' union all select slot, -1, 0::bigint, 0::bigint from slots' : '';
  return `with slots as (select unnest(generate_series(:range_start, :range_end - to_minutes(${length}), to_minutes(${length}))) as slot)
    select slot as ts, key, count(*) as n, sum(value)::bigint as value from (${parts.join(' union all ')}) group by slot, key${each}`;
}

function runningSql(process: ProcessSpec, sources: readonly SourceNow[]): string {
  const parts = process.inputs.map(
    (input) => `select key::int as key, ${valueColumn(input, sources)} from ${shortName(input)}`,
  );
  return `select :interval_start as ts, coalesce(p.key, d.key) as key, coalesce(d.n, 0)::bigint as n,
      (coalesce(p.value, 0) + coalesce(d.value, 0))::bigint as value
    from previous p
    full join (select key, count(*) as n, sum(value) as value from (${parts.join(' union all ')}) group by key) d on d.key = p.key`;
}

/** Targets of ours all have their time in `ts`. */
function timeOf(input: InputSpec, sources: readonly SourceNow[]): string {
  const source = sources.find((candidate) => candidate.table === input.table);
  return source === undefined ? 'ts' : ofTime(TIME_SQL, source);
}

/** Then rows without a time are read too, and it is the SQL that leaves them out. */
const readsByLanding = (input: InputSpec, sources: readonly SourceNow[]): boolean =>
  sources.some(({ table, time }) => table === input.table && time === 'landing');

function valueColumn(input: InputSpec, sources: readonly SourceNow[]): string {
  const source = sources.find((candidate) => candidate.table === input.table);
  return source === undefined ? 'value' : `${nameOf(source, 'value')} as value`;
}

const shortName = (input: InputSpec): string => input.table.split('.')[1]!;
