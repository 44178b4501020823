import { InvalidArgumentError } from '../errors.ts';
import { formatType } from './parse-type.ts';
import type { Transform } from './partition-spec.ts';
import { formatTransform } from './transform-text.ts';
import type { PrimitiveType } from './types.ts';

type Kind = PrimitiveType['kind'];

const TIMESTAMPS: readonly Kind[] = ['timestamp', 'timestamptz', 'timestamp_ns', 'timestamptz_ns'];
const DATES: readonly Kind[] = ['date', ...TIMESTAMPS];
const TRUNCATABLE: readonly Kind[] = ['int', 'long', 'decimal', 'string', 'binary'];
const HASHABLE: readonly Kind[] = [...TRUNCATABLE, ...DATES, 'time', 'uuid', 'fixed'];

/**
 * The type of a transform's results. An unknown transform says string, as Java does, whatever it may really make.
 *
 * @throws {InvalidArgumentError} the transform does not take this type
 * @see Iceberg spec, "Partition Transforms"
 */
export function resultType(transform: Transform, sourceType: PrimitiveType): PrimitiveType {
  switch (transform.kind) {
    case 'void':
      return sourceType;
    case 'unknown':
      return { kind: 'string' };
    case 'identity':
      return sourceType.kind === 'unsupported' ? refuseTransform(transform, sourceType) : sourceType;
    case 'truncate':
      return taking(TRUNCATABLE, transform, sourceType, sourceType);
    case 'bucket':
      return taking(HASHABLE, transform, sourceType, { kind: 'int' });
    case 'hour':
      return taking(TIMESTAMPS, transform, sourceType, { kind: 'int' });
    case 'day':
      return taking(DATES, transform, sourceType, { kind: 'date' });
    case 'year':
    case 'month':
      return taking(DATES, transform, sourceType, { kind: 'int' });
  }
}

function taking(
  kinds: readonly Kind[],
  transform: Transform,
  source: PrimitiveType,
  result: PrimitiveType,
): PrimitiveType {
  return kinds.includes(source.kind) ? result : refuseTransform(transform, source);
}

/** Says that a transform does not take a type. */
export function refuseTransform(transform: Transform, type: PrimitiveType): never {
  throw new InvalidArgumentError(
    `Transform ${formatTransform(transform)} cannot be applied to ${formatType(type)}. Nothing was written. ` +
      'Choose a transform that takes the type, or write with a library that knows this one.',
  );
}
