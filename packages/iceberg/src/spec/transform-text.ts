import type { Transform } from './partition-spec.ts';

const PARAMETERLESS = ['identity', 'year', 'month', 'day', 'hour', 'void'] as const;
const BY_NAME: ReadonlyMap<string, Transform> = new Map(PARAMETERLESS.map((kind) => [kind, { kind }]));

/**
 * A transform from its text, in any case as Java reads it. Never throws: what is not known is an unknown transform.
 *
 * @see Iceberg spec, "Partition Transforms"
 */
export function parseTransform(text: string): Transform {
  const lower = text.toLowerCase();
  const named = BY_NAME.get(lower);
  if (named !== undefined) return named;
  const match = /^(bucket|truncate)\[(\d+)\]$/.exec(lower);
  const parameter = Number(match?.[2]);
  if (match === null || !(parameter > 0) || parameter > 0x7fffffff) return { kind: 'unknown', text };
  return match[1] === 'bucket' ? { kind: 'bucket', count: parameter } : { kind: 'truncate', width: parameter };
}

export function formatTransform(transform: Transform): string {
  switch (transform.kind) {
    case 'bucket':
      return `bucket[${transform.count}]`;
    case 'truncate':
      return `truncate[${transform.width}]`;
    case 'unknown':
      return transform.text;
    default:
      return transform.kind;
  }
}
