import { nearestName, SchemaMismatchError, UnsupportedTypeError } from '@psyberg/core';
import { formatType, type NestedField, type PrimitiveType, type Schema, type Type } from '@psyberg/iceberg';
import { duckDbType } from '../sql/column-types.ts';
import { quoteName } from '../sql/quote.ts';
import { type ReshapeRules, reshape } from '../sql/reshape.ts';
import { formatShape, type ShapeField } from '../sql/shape.ts';

/**
 * The select list that turns a result into rows of the target: columns matched by name in any order, casts only where no value
 * changes (an integer sum beyond its column fails when it runs).
 *
 * @throws {SchemaMismatchError} a column too few, too many, twice, or of a type that does not fit; shows both schemas
 * @throws {UnsupportedTypeError} the target has a column that DuckDB cannot write
 */
export function fitColumns(result: readonly ShapeField[], schema: Schema, table: string): string {
  const problems: string[] = [];
  for (const [i, column] of result.entries()) {
    if (result.findIndex((other) => sameName(other, column)) !== i)
      problems.push(`the result has ${column.name} twice`);
    else if (!schema.fields.some((field) => sameName(field, column)))
      problems.push(extraColumn(column, result, schema));
  }
  const rules = fitRules(problems);
  const columns = schema.fields.map((field) => {
    const found = result.find((column) => sameName(column, field));
    if (found === undefined) {
      problems.push(`the result lacks ${field.name} (${formatType(field.type)})`);
      return 'NULL';
    }
    const sql = reshape(quoteName(found.name), found.shape, field.type, field.name, rules);
    return `${sql} AS ${quoteName(field.name)}`;
  });
  if (problems.length > 0) throw mismatch(problems, result, schema, table);
  return columns.join(', ');
}

/** Condition under which a row breaks a required field, at any depth; undefined when nothing is required. */
export function missingRequiredSql(fields: readonly NestedField[], parent?: string): string | undefined {
  const conditions = fields.flatMap((field) => {
    const value =
      parent === undefined ? quoteName(field.name) : `struct_extract(${parent}, '${field.name.replaceAll("'", "''")}')`;
    const inner = missingInside(field.type, value);
    return [...(field.required ? [`${value} IS NULL`] : []), ...(inner === undefined ? [] : [inner])];
  });
  return conditions.length === 0
    ? undefined
    : conditions.map((condition) => `coalesce(${condition}, false)`).join(' OR ');
}

function missingInside(type: Type, value: string, depth = 0): string | undefined {
  if (type.kind === 'struct') {
    const inner = missingRequiredSql(type.fields, value);
    return inner === undefined ? undefined : `(${value} IS NOT NULL AND (${inner}))`;
  }
  const [items, itemType, required] =
    type.kind === 'list'
      ? [value, type.element, type.elementRequired]
      : type.kind === 'map'
        ? [`map_values(${value})`, type.value, type.valueRequired]
        : [undefined, type, false];
  if (items === undefined) return undefined;
  const item = `r${depth}`;
  const inner = missingInside(itemType, item, depth + 1);
  const tests = [...(required ? [`${item} IS NULL`] : []), ...(inner === undefined ? [] : [inner])];
  return tests.length === 0
    ? undefined
    : `len(list_filter(${items}, lambda ${item}: coalesce(${tests.join(' OR ')}, false))) > 0`;
}

const sameName = (a: { readonly name: string }, b: { readonly name: string }): boolean =>
  a.name.toLowerCase() === b.name.toLowerCase();

function extraColumn(column: ShapeField, result: readonly ShapeField[], schema: Schema): string {
  const free = schema.fields
    .filter((field) => !result.some((other) => sameName(other, field)))
    .map((field) => field.name);
  const near = nearestName(column.name, free);
  return `the result has ${column.name}, which is no column of the target${near === undefined ? '' : ` (did you mean ${near}?)`}`;
}

function fitRules(problems: string[]): ReshapeRules {
  const misfit = (from: string, to: Type, path: string): string => {
    problems.push(`${path} is ${from} in the result and ${formatType(to)} in the target${remedy(from, to)}`);
    return 'NULL';
  };
  return {
    find: (fields, wanted) => fields.find((field) => sameName(field, wanted)),
    missing: (wanted, path) => {
      problems.push(`the result lacks ${path} (${formatType(wanted.type)})`);
      return 'NULL';
    },
    surplus: (_field, path) => {
      problems.push(`the result has ${path}, which the target does not have`);
    },
    leaf: (expression, from, to, path) => {
      const wanted = duckDbType(to, path);
      // A column that is nothing but NULL takes any type.
      if (from === 'NULL') return `CAST(NULL AS ${wanted})`;
      if (to.kind === 'fixed') throw cannotWriteFixed(path, to.length);
      if (from === wanted) return expression;
      return isLossless(from, to) ? `CAST(${expression} AS ${wanted})` : misfit(from, to, path);
    },
    mismatch: (_expression, from, to, path) => {
      if (from.kind === 'leaf' && from.type === 'NULL') return `CAST(NULL AS ${duckDbType(to, path)})`;
      return misfit(formatShape(from), to, path);
    },
  };
}

/** DuckDB writes bytes of variable length only, which other readers refuse to take for a fixed column. */
function cannotWriteFixed(path: string, length: number): UnsupportedTypeError {
  return new UnsupportedTypeError(
    `Column ${path} is fixed[${length}], and DuckDB writes no Parquet of that type (it can be read). Nothing was written. ` +
      'Make it a binary column, or write the table with another engine.',
  );
}

const INTEGER_DIGITS: Readonly<Record<string, number>> = {
  TINYINT: 3,
  UTINYINT: 3,
  SMALLINT: 5,
  USMALLINT: 5,
  INTEGER: 10,
  UINTEGER: 10,
  BIGINT: 19,
  UBIGINT: 20,
};

/** Whether every value of the one type has a place in the other, or, for what sum() makes, fails loudly where it has none. */
function isLossless(from: string, to: PrimitiveType): boolean {
  const digits = INTEGER_DIGITS[from];
  const decimal = /^DECIMAL\((\d+),\s*(\d+)\)$/.exec(from);
  switch (to.kind) {
    case 'int':
      return digits !== undefined && digits <= 10 && from !== 'UINTEGER';
    case 'long':
      return digits !== undefined || from === 'HUGEINT' || from === 'UHUGEINT';
    case 'double':
      return (
        from === 'FLOAT' || (digits !== undefined && digits <= 10) || (decimal !== null && Number(decimal[1]) <= 15)
      );
    case 'decimal': {
      const whole = to.precision - to.scale;
      if (digits !== undefined) return digits <= whole;
      if (decimal === null) return false;
      const [precision, scale] = [Number(decimal[1]), Number(decimal[2])];
      // sum() of decimals always claims 38 digits.
      return scale <= to.scale && (precision - scale <= whole || (precision === 38 && scale === to.scale));
    }
    case 'timestamp':
      return from === 'TIMESTAMP_S' || from === 'TIMESTAMP_MS' || from === 'DATE';
    case 'timestamp_ns':
      return from === 'TIMESTAMP' || from === 'TIMESTAMP_S' || from === 'TIMESTAMP_MS';
    case 'string':
      return from === 'JSON';
    default:
      return false;
  }
}

function remedy(from: string, to: Type): string {
  if (to.kind === 'timestamptz' && from === 'TIMESTAMP') return " (write x AT TIME ZONE 'UTC')";
  if (to.kind === 'timestamp' && from.endsWith('TIME ZONE')) return " (write x AT TIME ZONE 'UTC')";
  if (to.kind === 'struct' || to.kind === 'list' || to.kind === 'map') return '';
  return ` (write x::${duckDbType(to, 'x')} if the values fit)`;
}

function mismatch(
  problems: readonly string[],
  result: readonly ShapeField[],
  schema: Schema,
  table: string,
): SchemaMismatchError {
  const have = result.map((column) => `${column.name} ${formatShape(column.shape)}`).join(', ');
  const want = schema.fields
    .map((field) => `${field.name} ${formatType(field.type)}${field.required ? ' required' : ''}`)
    .join(', ');
  return new SchemaMismatchError(
    `The result of the SQL does not fit ${table}: ${problems.join('; ')}.\n  result: ${have}\n  target: ${want}\n` +
      'Nothing was written. Change the SQL (names matter, order does not), or evolve the table.',
  );
}
