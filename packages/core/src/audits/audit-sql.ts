import type { Type } from '@psyberg/iceberg';
import type { Engine } from '../engine/engine.ts';
import type { Scalar } from './parameter-reader.ts';

/** The few places where the SQL that audits make differs between engines. */

/** A column or table name. */
export function quoteName(engine: Engine, name: string): string {
  return engine.name === 'spark' ? `\`${name.replaceAll('`', '``')}\`` : `"${name.replaceAll('"', '""')}"`;
}

function quoteText(engine: Engine, text: string): string {
  const escaped =
    engine.name === 'spark' ? text.replaceAll('\\', '\\\\').replaceAll("'", "\\'") : text.replaceAll("'", "''");
  return `'${escaped}'`;
}

/** A configured value as a literal for a column of this type; undefined when the value cannot be one. */
export function literalFor(engine: Engine, type: Type, value: Scalar): string | undefined {
  switch (type.kind) {
    case 'boolean':
      return typeof value === 'boolean' ? String(value) : undefined;
    case 'int':
    case 'long':
    case 'float':
    case 'double':
    case 'decimal':
      return numberLiteral(value);
    case 'string':
    case 'uuid':
      return typeof value === 'string' ? quoteText(engine, value) : undefined;
    case 'date':
      return typeof value === 'string' ? `DATE ${quoteText(engine, value)}` : undefined;
    case 'timestamp':
    case 'timestamp_ns':
      return typeof value === 'string' ? timestampLiteral(engine, value, 'TIMESTAMP_NTZ', 'TIMESTAMP') : undefined;
    case 'timestamptz':
    case 'timestamptz_ns':
      return typeof value === 'string' ? timestampLiteral(engine, value, 'TIMESTAMP', 'TIMESTAMPTZ') : undefined;
    default:
      return undefined;
  }
}

const timestampLiteral = (engine: Engine, value: string, inSpark: string, elsewhere: string): string =>
  `${engine.name === 'spark' ? inSpark : elsewhere} ${quoteText(engine, value)}`;

/** Integers beyond 2^53 are written as text in a configuration, so that nothing rounds them. */
function numberLiteral(value: Scalar): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? value : undefined;
}

/** Whether a text holds a match of the pattern, in the engine's own regular expressions (RE2, Java). */
export function matches(engine: Engine, column: string, pattern: string): string {
  const text = quoteText(engine, pattern);
  return engine.name === 'spark' ? `${column} RLIKE ${text}` : `regexp_matches(${column}, ${text})`;
}

/** Microseconds since the epoch of a timestamp or a date; a date is its midnight in UTC. */
export function microsOf(engine: Engine, column: string): string {
  return engine.name === 'spark' ? `unix_micros(CAST(${column} AS TIMESTAMP))` : `epoch_us(${column})`;
}

/** The value below which `share` of the values lie, interpolated. */
export function quantile(engine: Engine, expression: string, share: number): string {
  return engine.name === 'spark' ? `percentile(${expression}, ${share})` : `quantile_cont(${expression}, ${share})`;
}
