import { formatDate, formatTime, formatTimestamp, formatTimestampNs, formatYear } from './civil-time.ts';
import type { PartitionField, PartitionSpec, Transform } from './partition-spec.ts';
import { sourceTypeOf } from './partition-type.ts';
import { resultType } from './result-type.ts';
import { formatDecimal } from './single-value-json.ts';
import type { NullableValue, PrimitiveType, Schema, Value } from './types.ts';

/**
 * `name=value/name=value`, encoded as Java encodes it; empty when unpartitioned. For people, file locations and
 * `partitions.` keys of summaries: values are never read back from it.
 */
export function partitionPath(spec: PartitionSpec, schema: Schema, partition: readonly NullableValue[]): string {
  return spec.fields
    .map(
      (field, position) =>
        `${urlEncode(field.name)}=${urlEncode(valueText(field, schema, partition[position] ?? null))}`,
    )
    .join('/');
}

function valueText(field: PartitionField, schema: Schema, value: NullableValue): string {
  if (value === null) return 'null';
  const dated = datedText(field.transform, value);
  return dated ?? plainText(resultType(field.transform, sourceTypeOf(field, schema)), value);
}

function datedText(transform: Transform, value: Value): string | undefined {
  switch (transform.kind) {
    case 'year':
      return formatYear(1970 + (value as number));
    case 'month':
      return formatMonth(value as number);
    case 'day':
      return formatDate(value as number);
    case 'hour':
      return `${formatDate(Math.floor((value as number) / 24))}-${pad2((((value as number) % 24) + 24) % 24)}`;
    default:
      return undefined;
  }
}

function plainText(type: PrimitiveType, value: Value): string {
  switch (type.kind) {
    case 'date':
      return formatDate(value as number);
    case 'time':
      return formatTime(value as bigint);
    case 'timestamp':
      return formatTimestamp(value as bigint);
    case 'timestamptz':
      return `${formatTimestamp(value as bigint)}+00:00`;
    case 'timestamp_ns':
      return formatTimestampNs(value as bigint);
    case 'timestamptz_ns':
      return `${formatTimestampNs(value as bigint)}+00:00`;
    case 'decimal':
      return formatDecimal(value as bigint, type.scale);
    case 'fixed':
    case 'binary':
      return Buffer.from(value as Uint8Array).toString('base64');
    default:
      return String(value);
  }
}

function formatMonth(months: number): string {
  return `${formatYear(1970 + Math.floor(months / 12))}-${pad2((((months % 12) + 12) % 12) + 1)}`;
}

/** As Java's `URLEncoder` with UTF-8, which encodes some signs that ours leaves alone. Half a surrogate pair becomes U+FFFD on the way. */
function urlEncode(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString())
    .replaceAll('%20', '+')
    .replace(/[!'()~]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

const pad2 = (value: number): string => String(value).padStart(2, '0');
