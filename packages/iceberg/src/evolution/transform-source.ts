import { InvalidArgumentError } from '../errors.ts';
import { closestName } from '../expressions/closest-name.ts';
import { currentSchema } from '../metadata/history.ts';
import type { TableMetadata } from '../metadata/table-metadata.ts';
import { formatType } from '../spec/parse-type.ts';
import type { Transform } from '../spec/partition-spec.ts';
import { resultType } from '../spec/result-type.ts';
import { columnByName, fieldNames } from '../spec/schema.ts';
import { formatTransform, parseTransform } from '../spec/transform-text.ts';
import { isPrimitive } from '../spec/type-kinds.ts';

/** A column and what is made of it, for a partition field or a sort field. */
export interface TransformSource {
  readonly sourceId: number;
  readonly transform: Transform;
}

/**
 * Resolves a column of the current schema and a transform that takes its type.
 *
 * @throws {InvalidArgumentError} no such column, one without single values, or a transform that does not take it
 */
export function transformSource(
  metadata: TableMetadata,
  column: string,
  transform: Transform | string,
  what: string,
): TransformSource {
  const schema = currentSchema(metadata);
  const source = columnByName(schema, column);
  if (source === undefined) {
    const names = fieldNames(schema);
    const meant = closestName(column, names);
    const hint = meant === undefined ? `It has ${names.join(', ')}.` : `Did you mean "${meant}"? Case counts.`;
    throw refuseStructure(metadata, `${what}: there is no column "${column}" with one value in each row`, hint);
  }
  const parsed = typeof transform === 'string' ? parseTransform(transform) : transform;
  const text = formatTransform(parsed);
  if (parsed.kind === 'unknown' || parsed.kind === 'void') {
    throw refuseStructure(
      metadata,
      `${what}: "${text}" is not a transform to write by`,
      'Choose identity, hour, bucket[16], …',
    );
  }
  const takes = isPrimitive(source.type) && takesType(parsed, source.type);
  if (takes) return { sourceId: source.id, transform: parsed };
  const type = isPrimitive(source.type) ? formatType(source.type) : source.type.kind;
  throw refuseStructure(
    metadata,
    `${what}: ${text} does not take "${column}", a ${type}`,
    'Choose another transform or column.',
  );
}

function takesType(...args: Parameters<typeof resultType>): boolean {
  try {
    resultType(...args);
    return true;
  } catch (error) {
    if (error instanceof InvalidArgumentError) return false;
    throw error;
  }
}

/** The error for a spec or an order that the table cannot have. */
export function refuseStructure({ location }: TableMetadata, why: string, next: string): InvalidArgumentError {
  return new InvalidArgumentError(`${why} (table ${location}). Nothing was changed. ${next}`);
}
