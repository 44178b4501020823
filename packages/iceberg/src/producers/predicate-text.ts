import type { Predicate } from '../expressions/predicate.ts';
import type { Value } from '../spec/types.ts';

const SIGNS = { eq: '=', 'not-eq': '!=', lt: '<', 'lt-eq': '<=', gt: '>', 'gt-eq': '>=' } as const;

/** A predicate for people to read in messages; nothing reads it back. */
export function predicateText(predicate: Predicate): string {
  switch (predicate.kind) {
    case 'true':
    case 'false':
      return predicate.kind;
    case 'and':
    case 'or':
      return `(${predicateText(predicate.left)} ${predicate.kind} ${predicateText(predicate.right)})`;
    case 'not':
      return `not ${predicateText(predicate.child)}`;
    case 'is-null':
    case 'not-null':
    case 'is-nan':
    case 'not-nan':
      return `${predicate.column} ${predicate.kind.replace('-', ' ')}`;
    case 'in':
    case 'not-in':
      return `${predicate.column} ${predicate.kind.replace('-', ' ')} (${predicate.values.map(valueText).join(', ')})`;
    case 'starts-with':
    case 'not-starts-with':
      return `${predicate.column} ${predicate.kind.replaceAll('-', ' ')} ${valueText(predicate.value)}`;
    default:
      return `${predicate.column} ${SIGNS[predicate.kind]} ${valueText(predicate.value)}`;
  }
}

function valueText(value: Value): string {
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`;
  return value instanceof Uint8Array ? `x'${Buffer.from(value).toString('hex')}'` : String(value);
}
