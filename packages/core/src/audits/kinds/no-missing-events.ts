import { formatIdentifier } from '@psyberg/iceberg';
import type { Engine } from '../../engine/engine.ts';
import { requireColumns } from '../audit-columns.ts';
import { changesInput } from '../audit-inputs.ts';
import type { AuditKind } from '../audit-kind.ts';
import { fail, pass } from '../audit-outcome.ts';
import { quoteName } from '../audit-sql.ts';
import { needs } from '../column-needs.ts';
import { listText } from '../counting.ts';
import { failingRows, named, SOURCE_NAME, TARGET_NAME, whereOf } from '../failing-rows.ts';
import { type KeyColumns, readKeyColumns } from '../key-columns.ts';

interface NoMissingEvents {
  /** `left` of the source, and the column of the target that holds it. */
  readonly key: KeyColumns;
  readonly source?: string;
  /** A condition on the rows of the source: those that are expected to arrive. */
  readonly where?: string;
}

/**
 * Every key of the transform's input is among the rows that it wrote.
 *
 * `columns` names the key where both tables call it alike; as an object it maps the source's names to the target's. A key with a NULL
 * in it is compared like any other.
 */
export const noMissingEvents: AuditKind<NoMissingEvents> = {
  kind: 'no_missing_events',
  parameters: ['columns', 'source', 'where'],
  read(reader) {
    const source = reader.optionalText('source');
    const where = reader.optionalText('where');
    const key = readKeyColumns(reader, 'columns of the source to columns of the target');
    return { key, ...(source !== undefined && { source }), ...(where !== undefined && { where }) };
  },
  columns: ({ key }) => needs('any', ...key.map(({ right }) => right)),
  async run(context, { key, source, where }) {
    const table = formatIdentifier(context.process.target.table);
    const input = changesInput(context, source);
    requireColumns(
      input.relation.schema,
      input.name,
      key.map((pair) => pair.left),
    );
    const engine = await context.engine();
    const { count, sample } = await failingRows(
      context,
      [named(input.relation, SOURCE_NAME), named(context.written, TARGET_NAME)],
      missingKeys(engine, key, where),
    );
    const names = listText(key.map((pair) => pair.left));
    if (count === 0) return pass(`every ${names} of ${input.name} is in ${table}`);
    return fail(
      `${count} ${count === 1 ? 'key' : 'keys'} (${names}) of ${input.name} ${count === 1 ? 'is' : 'are'} not in ${table}`,
      count,
      sample,
    );
  },
};

/** EXCEPT takes NULLs for equal, as a comparison would not, and each missing key once. */
function missingKeys(engine: Engine, key: KeyColumns, where: string | undefined) {
  const wanted = key.map((pair) => quoteName(engine, pair.left)).join(', ');
  const found = key.map((pair) => quoteName(engine, pair.right)).join(', ');
  const missing =
    `SELECT ${wanted} FROM ${SOURCE_NAME}${whereOf(where)}\n` + `EXCEPT\nSELECT ${found} FROM ${TARGET_NAME}`;
  return {
    columns: wanted,
    count: 'count(*) OVER ()',
    rest: `FROM (${missing}) AS psyberg_missing ORDER BY ${wanted}`,
  };
}
