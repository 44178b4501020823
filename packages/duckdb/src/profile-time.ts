import {
  type FileTimeProfile,
  grainLengthUs,
  type Instant,
  type IntervalTimes,
  type ProfileTimeRequest,
  timeColumnNames,
  toInstant,
} from '@psyberg/core';
import type { Schema } from '@psyberg/iceberg';
import type { Call } from './call.ts';
import { localPath } from './locations.ts';
import { mapColumns } from './read/column-mapping.ts';
import type { LayoutCache } from './read/layout-cache.ts';
import { quoteTexts } from './sql/quote.ts';
import { floorSql, timeSql } from './sql/time-sql.ts';

interface Tally {
  readonly rowsByInterval: IntervalTimes[];
  nullRows: number;
  latest: Instant | undefined;
}

/** Rows by interval and the latest time of each file; reads the time column of the files and nothing else. */
export async function runProfileTime(
  call: Call,
  layouts: LayoutCache,
  request: ProfileTimeRequest,
): Promise<readonly FileTimeProfile[]> {
  const wanted = timeColumnNames(request.time);
  const schema: Schema = {
    ...request.schema,
    fields: request.schema.fields.filter((field) => wanted.includes(field.name)),
  };
  const { startUs } = timeSql(request.time, schema);
  const counted = request.notAfter === undefined ? 'true' : `us <= ${request.notAfter}`;
  const tallies = new Map<string, Tally>();
  const unique = [...new Map(request.files.map((file) => [file.path, file])).values()];
  for (const group of await layouts.groups(call, unique)) {
    const rows = await call.rows(`
      SELECT psyberg_file, ${floorSql('us', grainLengthUs(request.grain))} AS start, count(*), min(us), max(us),
        max(us) FILTER (${counted})
      FROM (SELECT psyberg_file, ${startUs} AS us FROM (
        SELECT ${mapColumns({ ...request, schema }, group)}, psyberg_file
        FROM read_parquet(${quoteTexts(group.paths)}, hive_partitioning = false, filename = 'psyberg_file')))
      GROUP BY ALL ORDER BY psyberg_file, start`);
    for (const row of rows) add(tallies, row as ProfileRow);
  }
  return request.files.map((file) => profileOf(file.path, tallies.get(localPath(file.path))));
}

/** File, interval, rows, earliest and latest of all values, latest of those that count. */
type ProfileRow = [string, bigint | null, bigint, bigint | null, bigint | null, bigint | null];

function add(tallies: Map<string, Tally>, [path, start, rows, first, last, latest]: ProfileRow): void {
  const tally = tallies.get(path) ?? { rowsByInterval: [], nullRows: 0, latest: undefined };
  tallies.set(path, tally);
  if (start === null || first === null || last === null) tally.nullRows += Number(rows);
  else {
    const times = { first: toInstant(first), last: toInstant(last) };
    tally.rowsByInterval.push({ start: toInstant(start), rows: Number(rows), ...times });
  }
  if (latest !== null && (tally.latest === undefined || latest > tally.latest)) tally.latest = toInstant(latest);
}

function profileOf(path: string, tally: Tally | undefined): FileTimeProfile {
  if (tally === undefined) return { path, rowsByInterval: [], nullRows: 0 };
  const { rowsByInterval, nullRows, latest } = tally;
  return latest === undefined ? { path, rowsByInterval, nullRows } : { path, rowsByInterval, nullRows, latest };
}
