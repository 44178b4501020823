import { fieldByName, formatType, parseType } from '@psyberg/iceberg';
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
import type { ParameterReader } from '../parameter-reader.ts';

interface ExpectedSchema {
  readonly of: Of;
  readonly columns: Readonly<Record<string, string>>;
  /** No other columns. */
  readonly exact: boolean;
}

/** A table has these columns with these types; with `exact`, no others. From metadata alone. */
export const schema: MetadataAudit<ExpectedSchema> = {
  kind: 'schema',
  parameters: ['of', 'columns', 'exact'],
  read: (reader) => ({
    of: readOf(reader),
    columns: readTypes(reader),
    exact: reader.optionalBoolean('exact') ?? false,
  }),
  ofSources: isOfSources,
  async judge(context, { of, columns, exact }) {
    const tables = await tablesOf(context, of);
    const found = tables.flatMap((table) => differences(table, columns, exact));
    return findingsOutcome(
      found,
      `${tableNames(tables)} has the columns expected`,
      (count) => {
        const { table, column, expected, found: type } = found[0]!.row;
        const first = `${column} of ${table} is ${type ?? 'not there'} and should be ${expected ?? 'not there'}`;
        return `${count} ${count === 1 ? 'column is' : 'columns are'} not as expected: ${first}`;
      },
      { observed: found.length },
    );
  },
};

function readTypes(reader: ParameterReader): Readonly<Record<string, string>> {
  const maps = 'names of columns to their types';
  if (!reader.has('columns')) reader.problem([], `needs \`columns\`, which maps ${maps}`);
  const columns = reader.optionalMapping('columns', maps);
  if (columns === undefined && reader.has('columns'))
    reader.problem(['columns'], `should map ${maps}, like { id: long }`);
  const types: Record<string, string> = {};
  for (const [name, text] of Object.entries(columns ?? {})) {
    try {
      types[name] = formatType(parseType(text));
    } catch {
      reader.problem(['columns', name], `"${text}" is no type of Iceberg, such as long, string or timestamptz`);
    }
  }
  return types;
}

function differences(
  table: ChangedTable,
  columns: Readonly<Record<string, string>>,
  exact: boolean,
): readonly Finding[] {
  const wrong = Object.entries(columns).flatMap(([column, expected]): readonly Finding[] => {
    const field = fieldByName(table.schema, column);
    const type = field === undefined ? null : formatType(field.type);
    return type === expected ? [] : [{ row: { table: table.name, column, expected, found: type }, failingRows: 0 }];
  });
  const others = exact ? table.schema.fields.filter(({ name }) => !Object.hasOwn(columns, name)) : [];
  return [
    ...wrong,
    ...others.map(
      ({ name, type }): Finding => ({
        row: { table: table.name, column: name, expected: null, found: formatType(type) },
        failingRows: 0,
      }),
    ),
  ];
}
