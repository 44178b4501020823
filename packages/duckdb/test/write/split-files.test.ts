/** `write.target-file-size-bytes`: large output becomes files of about that size, each with metrics of its own. */
import { type DataFile, decodeSingleValue } from '@psyberg/iceberg';
import { expect, test } from 'vitest';
import { rawDuckDb } from '../support/raw-duckdb.ts';
import { field, filesBelow, schemaOf, tableOf, workbench } from '../support/workbench.ts';

const bench = workbench();

const SCHEMA = schemaOf(field(1, 'id', 'long'), field(2, 'ts', 'timestamptz'), field(3, 'noise', 'string'));
const HOURLY = {
  spec: { specId: 1, fields: [{ sourceId: 2, fieldId: 1000, name: 'ts_hour', transform: { kind: 'hour' } }] },
  time: { kind: 'column', column: 'ts' },
} as const;
/** So many rows, every hundredth of them in the first hour and the rest in the second, of some 10 bytes each. */
const rowsSql = (count: number): string =>
  `SELECT i AS id, TIMESTAMPTZ '2023-09-14 00:00:00+00' + to_hours(least(i % 100, 1)) AS ts, hash(i)::VARCHAR AS noise FROM range(${count}) t(i)`;
const small = (bytes: number) => ({ properties: { 'write.target-file-size-bytes': String(bytes) } });

const local = ({ path }: DataFile): string => path.replace('file://', '');
const longBounds = (file: DataFile) =>
  [file.lowerBounds, file.upperBounds].map((bounds) => decodeSingleValue({ kind: 'long' }, bounds!.get(1)!));

/** Each file says of itself what is in it. */
async function expectTrueMetrics(files: readonly DataFile[]): Promise<void> {
  for (const file of files) {
    const [row] = await rawDuckDb(
      `SELECT count(*) AS n, min(id) AS low, max(id) AS high FROM read_parquet('${local(file)}', hive_partitioning = false)`,
    );
    expect([BigInt(file.recordCount), ...longBounds(file)]).toEqual([row!.n, row!.low, row!.high]);
    expect(file.valueCounts?.get(1)).toBe(file.recordCount);
  }
}

async function expectAllRows(files: readonly DataFile[], count: number): Promise<void> {
  const sql = 'SELECT count(*), count(DISTINCT id), count(DISTINCT noise), sum(id)::BIGINT FROM t';
  const n = BigInt(count);
  expect(await bench.query(sql, tableOf(SCHEMA, files))).toEqual([[n, n, n, (n * (n - 1n)) / 2n]]);
}

test('the files of a large partition are several, those of a small one stay as they are', async () => {
  const { files } = await bench.write(rowsSql(60_000), SCHEMA, { ...HOURLY, ...small(200_000) });
  const [first, ...second] = files;
  expect(first!.partition).not.toEqual(second[0]!.partition);
  expect(new Set(second.map(({ partition }) => partition[0])).size).toBe(1);
  expect(second.length).toBeGreaterThan(2);
  for (const { fileSizeBytes } of second) {
    expect(fileSizeBytes).toBeLessThan(300_000);
    expect(fileSizeBytes).toBeGreaterThan(100_000);
  }
  await expectTrueMetrics(files);
  await expectAllRows(files, 60_000);
});

test('of a sorted table are sorted one after the other', async () => {
  const sortOrder = {
    orderId: 5,
    fields: [{ transform: { kind: 'identity' }, sourceId: 3, direction: 'asc', nullOrder: 'nulls-first' }],
  } as const;
  const dataLocation = bench.newLocation();
  const { files } = await bench.write(rowsSql(40_000), SCHEMA, { sortOrder, dataLocation, ...small(150_000) });
  expect(files.length).toBeGreaterThan(2);
  let last = '';
  for (const file of files) {
    const [row] = await rawDuckDb(
      `SELECT min(noise) AS low, max(noise) AS high, count(*) FILTER (down) AS n FROM (
         SELECT noise, noise < lag(noise) OVER (ORDER BY file_row_number) AS down FROM read_parquet('${local(file)}', file_row_number = true))`,
    );
    expect(row!.n).toBe(0n);
    expect(String(row!.low) > last).toBe(true);
    last = String(row!.high);
    expect(file.sortOrderId).toBe(5);
  }
  await expectTrueMetrics(files);
  await expectAllRows(files, 40_000);
  expect(new Set(await filesBelow(dataLocation.replace('file://', '')))).toEqual(new Set(files.map(local)));
});

test('of very many rows in one partition are begun anew as they fill', async () => {
  const schema = schemaOf(field(1, 'id', 'long'));
  const sql = 'SELECT (hash(i) >> 1)::BIGINT AS id FROM range(1_000_001) t(i)';
  const { files } = await bench.write(sql, schema, small(2_500_000));
  expect(files.length).toBeGreaterThan(2);
  for (const { fileSizeBytes } of files) expect(fileSizeBytes).toBeLessThan(2_500_000 * 1.5);
  expect(files.reduce((sum, { recordCount }) => sum + recordCount, 0)).toBe(1_000_001);
  await expectTrueMetrics(files);
  const distinct = await bench.query('SELECT count(DISTINCT id) FROM t', tableOf(schema, files));
  expect(distinct).toEqual([[1_000_001n]]);
});

test('stay whole where the table says nothing, says no size, or has a column by the name that splitting needs', async () => {
  for (const properties of [{}, { 'write.target-file-size-bytes': 'large' }, { 'write.target-file-size-bytes': '0' }])
    expect((await bench.write(rowsSql(20_000), SCHEMA, { properties })).files).toHaveLength(1);
  const named = schemaOf(field(1, 'FILE_row_number', 'long'));
  const { files } = await bench.write('SELECT i AS "FILE_row_number" FROM range(20_000) t(i)', named, small(10_000));
  expect(files.map(({ recordCount }) => recordCount)).toEqual([20_000]);
});
