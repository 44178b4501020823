import type { SortOrder } from './sort-order.ts';

declare const later: <T>() => T;
export function sortOrderFromJson(json: unknown): SortOrder {
  void json;
  return later();
}
export function sortOrderToJson(order: SortOrder): Record<string, unknown> {
  void order;
  return later();
}
