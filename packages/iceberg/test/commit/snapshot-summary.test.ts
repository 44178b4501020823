import { describe, expect, it } from 'vitest';
import { type SummaryFacts, snapshotSummary } from '../../src/commit/snapshot-summary.ts';
import type { Snapshot } from '../../src/metadata/table-metadata.ts';
import { toSequenceNumber, toSnapshotId } from '../../src/spec/ids.ts';
import { dataFile } from '../support/test-table.ts';

const head = (summary: Record<string, string>): Snapshot => ({
  snapshotId: toSnapshotId(1n),
  sequenceNumber: toSequenceNumber(1n),
  timestampMs: 0,
  operation: 'append',
  summary,
});

const facts = (more: Partial<SummaryFacts>): SummaryFacts => ({
  operation: 'append',
  commitId: 'c',
  added: [],
  removed: [],
  manifestsCreated: 0,
  manifestsKept: 0,
  manifestsReplaced: 0,
  previous: undefined,
  own: {},
  partitionLimit: 0,
  partitionPath: (file) => `kind=${String(file.partition[0])}`,
  ...more,
});

const totals = (summary: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(summary).filter(([key]) => key.startsWith('total-')));

describe('snapshotSummary', () => {
  it('leaves out totals that the head does not tell or that would be negative', () => {
    const previous = head({ 'total-data-files': '1', 'total-records': 'many', 'total-files-size': '9007199254740993' });
    const summary = snapshotSummary(
      facts({
        previous,
        operation: 'overwrite',
        added: [dataFile('x')],
        removed: [dataFile('y'), dataFile('z'), dataFile('w')],
      }),
    );
    expect(totals(summary)).toEqual({ 'total-files-size': '9007199254740793' });
  });

  it('counts an entry that was listed twice, and says so', () => {
    const twice = snapshotSummary(facts({ operation: 'delete', removed: [dataFile('x'), dataFile('x')] }));
    expect(twice).toMatchObject({
      'deleted-data-files': '2',
      'deleted-duplicate-files': '1',
      'changed-partition-count': '1',
    });
  });

  it('names changed partitions while they are few enough', () => {
    const added = [dataFile('x', { rows: 2 }), dataFile('y', { kind: 'b' }), dataFile('z', { kind: 'b' })];
    expect(snapshotSummary(facts({ added, partitionLimit: 2 }))).toMatchObject({
      'partition-summaries-included': 'true',
      'partitions.kind=a': 'added-data-files=1,added-records=2,added-files-size=100',
      'partitions.kind=b': 'added-data-files=2,added-records=2,added-files-size=200',
    });
    const many = snapshotSummary(facts({ added, partitionLimit: 1 }));
    expect(Object.keys(many).filter((key) => key.startsWith('partition'))).toEqual([]);
    expect(many['changed-partition-count']).toBe('2');
  });

  it('tells partitions apart by value and type, not by how they print', () => {
    const kinds = ['null', null, '', 'a'];
    const added = kinds.map((kind, n) => dataFile(`f${n}`, { kind }));
    expect(snapshotSummary(facts({ added }))['changed-partition-count']).toBe('4');
  });
});
