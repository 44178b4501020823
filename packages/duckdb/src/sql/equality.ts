import type { Type } from '@psyberg/iceberg';
import { quoteName, quoteText } from './quote.ts';

/** Whether a float is anywhere in the type. */
export function holdsFloat(type: Type): boolean {
  switch (type.kind) {
    case 'float':
    case 'double':
      return true;
    case 'struct':
      return type.fields.some((field) => holdsFloat(field.type));
    case 'list':
      return holdsFloat(type.element);
    case 'map':
      return holdsFloat(type.key) || holdsFloat(type.value);
    default:
      return false;
  }
}

/** The expression in a form in which equal values are equal to DuckDB too: the entries of maps are sorted by key. */
export function sameFormSql(expression: string, type: Type, depth = 0): string {
  const item = `f${depth}`;
  switch (type.kind) {
    case 'struct': {
      const members = type.fields.map((field) => {
        const plain = `struct_extract(${expression}, ${quoteText(field.name)})`;
        return { plain, sql: sameFormSql(plain, field.type, depth), name: quoteName(field.name) };
      });
      if (members.every(({ plain, sql }) => plain === sql)) return expression;
      const packed = members.map(({ name, sql }) => `${name} := ${sql}`).join(', ');
      return `CASE WHEN ${expression} IS NULL THEN NULL ELSE struct_pack(${packed}) END`;
    }
    case 'list': {
      const element = sameFormSql(item, type.element, depth + 1);
      return element === item ? expression : `list_transform(${expression}, lambda ${item}: ${element})`;
    }
    case 'map': {
      const value = sameFormSql(`${item}.value`, type.value, depth + 1);
      const entry = `struct_pack(key := ${item}.key, value := ${value})`;
      return `map_from_entries(list_sort(list_transform(map_entries(${expression}), lambda ${item}: ${entry})))`;
    }
    default:
      return expression;
  }
}

/** Boolean SQL: equal, NULL equal to NULL, floats within the share `tolerance` of the greater one. Both in the same form. */
export function closeSql(a: string, b: string, type: Type, tolerance: number, depth = 0): string {
  if (!holdsFloat(type)) return `(${a} IS NOT DISTINCT FROM ${b})`;
  switch (type.kind) {
    case 'struct': {
      const members = type.fields.map((field) => {
        const name = quoteText(field.name);
        return closeSql(`struct_extract(${a}, ${name})`, `struct_extract(${b}, ${name})`, field.type, tolerance, depth);
      });
      return `((${a} IS NULL) = (${b} IS NULL) AND ${members.join(' AND ')})`;
    }
    case 'list':
      return closeLists(a, b, type.element, tolerance, depth);
    case 'map': {
      const keys = closeLists(`map_keys(${a})`, `map_keys(${b})`, type.key, tolerance, depth);
      return `(${keys} AND ${closeLists(`map_values(${a})`, `map_values(${b})`, type.value, tolerance, depth)})`;
    }
    default: {
      const near = `abs(${a}::DOUBLE - ${b}::DOUBLE) <= ${tolerance} * greatest(abs(${a}::DOUBLE), abs(${b}::DOUBLE))`;
      // NaN is greater than everything in DuckDB and equal to itself; a difference of infinities is NaN.
      return `(${a} IS NOT DISTINCT FROM ${b} OR (isfinite(${a}) AND isfinite(${b}) AND ${near}) IS TRUE)`;
    }
  }
}

function closeLists(a: string, b: string, element: Type, tolerance: number, depth: number): string {
  const item = `c${depth}`;
  const pairs = `list_zip(${a}, ${b})`;
  const near = closeSql(`${item}[1]`, `${item}[2]`, element, tolerance, depth + 1);
  return (
    `((${a} IS NULL AND ${b} IS NULL) OR coalesce(len(${a}) = len(${b}) ` +
    `AND len(list_filter(${pairs}, lambda ${item}: NOT ${near})) = 0, false))`
  );
}
