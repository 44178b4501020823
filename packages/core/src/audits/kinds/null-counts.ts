import { fieldByName } from '@psyberg/iceberg';
import { UsageError } from '../../errors.ts';
import type { ChangedTable } from '../audit-context.ts';
import type { MetadataAudit } from '../audit-kind.ts';
import {
  type Finding,
  findingsOutcome,
  isOfSources,
  type Of,
  readOf,
  tableNames,
  tablesOf,
} from '../changed-tables.ts';
import { needs, unknownColumn } from '../column-needs.ts';
import { listText } from '../counting.ts';
import type { Tolerance } from '../parameter-reader.ts';
import { allowedRows, allowedText } from '../row-parameters.ts';

interface NullCounts {
  readonly of: Of;
  readonly columns: readonly string[];
  /** For each column of each table. */
  readonly tolerance: Tolerance;
}

/**
 * Columns have no more NULLs than allowed in the files that a session reads or has written, by the counts in their manifest entries.
 * A file without such a count proves nothing, and the audit says so as an error.
 */
export const nullCounts: MetadataAudit<NullCounts> = {
  kind: 'null_counts',
  parameters: ['of', 'columns', 'tolerance'],
  read: (reader) => ({
    of: readOf(reader),
    columns: reader.columns('columns'),
    tolerance: reader.tolerance('tolerance'),
  }),
  columns: ({ of, columns }) => (of === 'target' ? needs('any', ...columns) : []),
  ofSources: isOfSources,
  async judge(context, { of, columns, tolerance }) {
    const tables = await tablesOf(context, of);
    const found: Finding[] = [];
    let nulls = 0;
    for (const table of tables) {
      for (const column of columns) {
        const count = await countNulls(table, column);
        nulls += count.nulls;
        if (count.nulls <= allowedRows(tolerance, count.rows)) continue;
        const row = { table: table.name, column, nulls: String(count.nulls), rows: String(count.rows) };
        found.push({ row, failingRows: count.nulls });
      }
    }
    const names = `${listText(columns)} of ${tableNames(tables)}`;
    return findingsOutcome(
      found,
      nulls === 0
        ? `no NULL in ${names}, by the counts of its files`
        : `${nulls} NULLs in ${names}: ${allowedText(tolerance)} allowed`,
      () =>
        `${nulls} ${nulls === 1 ? 'NULL' : 'NULLs'} in ${names}, by the counts of its files: ${allowedText(tolerance)} allowed`,
      { observed: nulls, expected: `at most ${allowedText(tolerance)} with NULL` },
    );
  },
};

async function countNulls({ name, schema, files }: ChangedTable, column: string) {
  const field = fieldByName(schema, column);
  if (field === undefined) throw new UsageError(unknownColumn(name, schema, column));
  const all = (await files()).filter(({ recordCount }) => recordCount > 0);
  const silent = all.filter(({ nullValueCounts }) => nullValueCounts?.get(field.id) === undefined);
  if (silent.length > 0) {
    throw new UsageError(
      `${silent.length} of ${all.length} files of ${name} carry no null count of ${column}; \`not_null\` and \`null_share\` read rows instead.`,
    );
  }
  return {
    nulls: all.reduce((sum, file) => sum + file.nullValueCounts!.get(field.id)!, 0),
    rows: all.reduce((sum, file) => sum + file.recordCount, 0),
  };
}
