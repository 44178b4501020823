import {
  fieldByName,
  isPrimitive,
  type PartitionField,
  type PartitionSpec,
  resultType,
  type Schema,
  type Transform,
} from '@psyberg/iceberg';
import { UsageError } from '../errors.ts';

const CALL = /^\s*([a-z]+)\s*\(\s*(?:(\d+)\s*,\s*)?([^,()]+?)\s*(?:,\s*(\d+)\s*)?\)\s*$/i;

/** A partition transform as written in a configuration. */
export interface PartitionExpression {
  readonly transform: Transform;
  readonly column: string;
}

/** Reads `region`, `hour(event_ts)`, `bucket(16, id)` or `bucket(id, 16)`; undefined for anything else. Singular and plural alike. */
function parsePartitionExpression(text: string): PartitionExpression | undefined {
  const call = CALL.exec(text);
  if (call === null) {
    const column = text.trim();
    return column !== '' && !/[(),]/.test(column) ? { transform: { kind: 'identity' }, column } : undefined;
  }
  const [, name = '', before, column = '', after] = call;
  const number = Number(before ?? after);
  const argument = Number.isInteger(number) && number > 0 ? number : undefined;
  const kind = name.toLowerCase().replace(/s$/, '');
  switch (kind) {
    case 'year':
    case 'month':
    case 'day':
    case 'hour':
    case 'identity':
      return argument === undefined ? { transform: { kind }, column } : undefined;
    case 'bucket':
      return argument === undefined ? undefined : { transform: { kind, count: argument }, column };
    case 'truncate':
      return argument === undefined ? undefined : { transform: { kind, width: argument }, column };
    default:
      return undefined;
  }
}

/**
 * The partition spec that a list of expressions means for a schema; field names as Java makes them (`event_ts_hour`, `id_bucket`).
 *
 * @throws {UsageError} a column that is not there, or a transform that its type does not take
 */
export function partitionSpecOf(table: string, schema: Schema, expressions: readonly string[]): PartitionSpec {
  const fields = expressions.map((text, i): PartitionField => {
    const expression = parsePartitionExpression(text);
    const source = expression && fieldByName(schema, expression.column);
    if (expression === undefined || source === undefined) {
      throw new UsageError(
        `target.partition of ${table}: "${text}" names no column of the table; it has ${schema.fields.map((f) => f.name).join(', ')}. ` +
          'Nothing was begun.',
      );
    }
    if (isPrimitive(source.type)) resultType(expression.transform, source.type);
    return { sourceId: source.id, fieldId: 1000 + i, name: fieldName(expression), transform: expression.transform };
  });
  return { specId: 0, fields };
}

const SUFFIX: Readonly<Record<Transform['kind'], string>> = {
  identity: '',
  bucket: '_bucket',
  truncate: '_trunc',
  year: '_year',
  month: '_month',
  day: '_day',
  hour: '_hour',
  void: '_null',
  unknown: '',
};

const fieldName = ({ transform, column }: PartitionExpression): string => `${column}${SUFFIX[transform.kind]}`;
