import { InvalidMetadataError } from '../errors.ts';
import { asArray, asInt, asObject, asString } from './json-access.ts';
import type { SortField, SortOrder } from './sort-order.ts';
import { formatTransform, parseTransform } from './transform-text.ts';

/** @throws {InvalidMetadataError} @see Iceberg spec, "Appendix C: JSON serialization", "Sort Orders" */
export function sortOrderFromJson(json: unknown): SortOrder {
  const object = asObject(json, 'A sort order');
  return {
    orderId: asInt(object['order-id'], 'order-id'),
    fields: asArray(object.fields, 'fields of a sort order').map(sortFieldFromJson),
  };
}

export function sortOrderToJson(order: SortOrder): Record<string, unknown> {
  return {
    'order-id': order.orderId,
    fields: order.fields.map((field) => ({
      transform: formatTransform(field.transform),
      'source-id': field.sourceId,
      direction: field.direction,
      'null-order': field.nullOrder,
    })),
  };
}

function sortFieldFromJson(json: unknown): SortField {
  const object = asObject(json, 'A sort field');
  return {
    transform: parseTransform(asString(object.transform, 'transform of a sort field')),
    sourceId: asInt(object['source-id'], 'source-id of a sort field'),
    direction: oneOf(object.direction, ['asc', 'desc'], 'direction of a sort field'),
    nullOrder: oneOf(object['null-order'], ['nulls-first', 'nulls-last'], 'null-order of a sort field'),
  };
}

function oneOf<T extends string>(json: unknown, choices: readonly T[], what: string): T {
  const text = asString(json, what).toLowerCase();
  const choice = choices.find((candidate) => candidate === text);
  if (choice !== undefined) return choice;
  throw new InvalidMetadataError(
    `${what} is "${text}". The sort order was not read. It must be ${choices.join(' or ')}.`,
  );
}
