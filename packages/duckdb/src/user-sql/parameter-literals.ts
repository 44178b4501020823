import { DAY_US, floorDiv, formatInstant, type Instant, type ParameterValue, type TimeColumn } from '@psyberg/core';
import type { Type } from '@psyberg/iceberg';
import { quoteText } from '../sql/quote.ts';

/** How instants are written: the type of the target's time column, and the unit where that is an integer. */
export interface InstantType {
  readonly type?: Type | undefined;
  readonly time?: TimeColumn | undefined;
}

const UNIT_US = { s: 1_000_000n, ms: 1_000n, us: 1n } as const;

/** SQL literals for the placeholders of a user's text. An unknown type gives timestamps; an instant within a unit gives its floor. */
export function parameterLiterals(
  parameters: Readonly<Record<string, ParameterValue>>,
  instants: InstantType,
): Readonly<Record<string, string>> {
  const literals = Object.entries(parameters).map(([name, parameter]) => [
    name,
    parameter.kind === 'text' ? quoteText(parameter.value) : instantLiteral(parameter.value, instants),
  ]);
  return Object.fromEntries(literals);
}

function instantLiteral(instant: Instant, { type, time }: InstantType): string {
  const text = formatInstant(instant).replace('T', ' ').replace('Z', '');
  switch (type?.kind) {
    case 'timestamptz':
      return `TIMESTAMPTZ '${text}+00'`;
    case 'timestamp_ns':
      return `TIMESTAMP_NS '${text}'`;
    case 'date':
      return `DATE '${text.slice(0, text.indexOf(' '))}'`;
    case 'int':
    case 'long':
      if (time?.kind === 'date-hour') break;
      return `CAST(${floorDiv(instant, UNIT_US[time?.kind === 'epoch' ? time.unit : 'us'])} AS BIGINT)`;
    case 'string':
      return quoteText(floorDiv(instant, DAY_US) * DAY_US === instant ? text.slice(0, 10) : text);
    default:
  }
  return `TIMESTAMP '${text}'`;
}
