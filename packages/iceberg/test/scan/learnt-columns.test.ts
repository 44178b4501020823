import { describe, expect, it } from 'vitest';
import { and, equal, greaterThan, isNull, lessThan, type Predicate } from '../../src/expressions/predicate.ts';
import { observeFileIO } from '../../src/io/observe-file-io.ts';
import { fastAppend } from '../../src/producers/fast-append.ts';
import { updateSchema } from '../../src/producers/update-schema.ts';
import { LearntColumns } from '../../src/scan/learnt-columns.ts';
import { planFiles } from '../../src/scan/plan-files.ts';
import type { Table } from '../../src/table.ts';
import { dataFile, liveNames, makeTable, nameOf } from '../support/test-table.ts';

const LONG = { fieldId: 1, name: 'id', type: { kind: 'long' } } as const;

/** Four manifests that a filter on `id` tells apart by what is in them alone. */
async function fourManifests(): Promise<Table> {
  let table = await makeTable();
  for (const n of [0n, 1n, 2n, 3n]) {
    const files = [0n, 5n].map((at) => dataFile(`${n}-${at}`, { ids: [n * 10n + at, n * 10n + at + 4n] }));
    table = (await fastAppend(table, files)).table;
  }
  return table;
}

/** The table on a storage without a cache yet, and the manifests that were opened since the last look. */
function watched(table: Table): { readonly table: Table; readonly opened: () => number } {
  let count = 0;
  const io = observeFileIO(table.io, ({ location }) => {
    if (/-m\d+\.avro$/.test(location)) count++;
  });
  return {
    table: { ...table, io },
    opened: () => {
      const seen = count;
      count = 0;
      return seen;
    },
  };
}

const between = (from: bigint, to: bigint): Predicate => and(greaterThan('id', from - 1n), lessThan('id', to));

describe('planning again', () => {
  it('opens each manifest once, and then none that was learnt to hold no match', async () => {
    const { table, opened } = watched(await fourManifests());
    expect(await liveNames(table, { filter: between(12n, 16n) })).toEqual(['1-0', '1-5']);
    expect(opened()).toBe(4);
    expect(await liveNames(table, { filter: between(12n, 16n) })).toEqual(['1-0', '1-5']);
    expect(opened()).toBe(0);
    expect(await liveNames(table, { filter: between(36n, 99n) })).toEqual(['3-5']);
    expect(opened()).toBe(1);
    expect(await liveNames(table, { filter: between(99n, 100n) })).toEqual([]);
    expect(opened()).toBe(0);
  });

  it('gives files in full, whatever was looked at to find them', async () => {
    const stored = await fourManifests();
    const all = await planFiles(watched(stored).table);
    const { table } = watched(stored);
    expect(await planFiles(table, { filter: equal('kind', 'a') })).toEqual(all);
    expect(await planFiles(watched(stored).table, { filter: equal('id', 33n) })).toEqual(
      all.filter(({ file }) => nameOf(file) === '3-0'),
    );
  });

  it('learns anew of a column whose type was widened', async () => {
    const columns = new LearntColumns();
    columns.learn('m', [{ ...LONG, type: { kind: 'int' } }], []);
    expect(columns.metricsOf('m', [LONG])).toBeUndefined();
    const table = await updateSchema(await fourManifests(), [{ kind: 'add', name: 'n', type: 'int' }]);
    expect(await liveNames(table, { filter: isNull('n') })).toHaveLength(8);
    const promoted = await updateSchema(table, [{ kind: 'promote', column: 'n', type: 'long' }]);
    expect(await liveNames(promoted, { filter: isNull('n') })).toHaveLength(8);
  });
});

describe('LearntColumns', () => {
  it('keeps what was used last, within its bound', () => {
    const columns = new LearntColumns(2);
    for (const key of ['a', 'b']) columns.learn(key, [LONG], []);
    expect(columns.metricsOf('a', [LONG])).toBeDefined();
    columns.learn('c', [LONG], []);
    expect(['a', 'b', 'c'].map((key) => columns.metricsOf(key, [LONG]) !== undefined)).toEqual([true, false, true]);
    const other = { ...LONG, fieldId: 2 };
    columns.learn('a', [other], []);
    expect(columns.metricsOf('a', [LONG, other])).toBeDefined();
    expect(columns.metricsOf('c', [LONG])).toBeUndefined();
    columns.learn('wide', [LONG, other, { ...LONG, fieldId: 3 }], []);
    expect(columns.metricsOf('wide', [LONG])).toBeUndefined();
  });

  it('takes a bound that no writer makes as not known', () => {
    const columns = new LearntColumns();
    columns.learn('m', [LONG], [{ recordCount: 1, lowerBounds: new Map([[1, Uint8Array.of(1, 2, 3)]]) }]);
    expect(columns.metricsOf('m', [LONG])?.lowerBounds?.size).toBe(0);
  });
});
