import { version } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { AggregateNames, listedAggregates } from '../../src/user-sql/aggregate-names.ts';
import { rawDuckDb } from '../support/raw-duckdb.ts';

const asked = {
  rows: async (sql: string) => (await rawDuckDb(sql)).map((row) => Object.values(row) as never),
};
const notAsked = {
  rows: (): never => {
    throw new Error('DuckDB was asked');
  },
};

test(`aggregates are written out as DuckDB ${version()} lists them`, async () => {
  const written = await new AggregateNames().read(notAsked);
  expect([...written].sort()).toEqual([...(await listedAggregates(asked))].sort());
});
