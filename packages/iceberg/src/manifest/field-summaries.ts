import { compareValues } from '../spec/compare-values.ts';
import { encodeSingleValue } from '../spec/single-values.ts';
import type { NullableValue, PrimitiveType, Value } from '../spec/types.ts';
import type { FieldSummary } from './manifest-file.ts';

/**
 * What a manifest list says of a manifest's partition values, one summary per spec field. All entries count, deleted ones too.
 * NaN never enters a bound; bounds are absent only when every value is null or NaN. Not shortened: an unpruned bound is exact.
 *
 * @see Iceberg spec, "Manifest Lists", `field_summary`
 */
export function summarizePartitions(
  types: readonly PrimitiveType[],
  partitions: Iterable<readonly NullableValue[]>,
): FieldSummary[] {
  const fields = types.map((type) => new FieldRange(type));
  for (const partition of partitions) {
    for (let i = 0; i < fields.length; i++) fields[i]!.add(partition[i] ?? null);
  }
  return fields.map((field) => field.summary());
}

class FieldRange {
  readonly #type: PrimitiveType;
  #containsNull = false;
  #containsNan = false;
  #lower: Value | undefined;
  #upper: Value | undefined;

  constructor(type: PrimitiveType) {
    this.#type = type;
  }

  add(value: NullableValue): void {
    if (value === null) this.#containsNull = true;
    else if (Number.isNaN(value)) this.#containsNan = true;
    else this.#extend(value);
  }

  summary(): FieldSummary {
    const bounds =
      this.#lower === undefined || this.#upper === undefined
        ? {}
        : {
            lowerBound: encodeSingleValue(this.#type, this.#lower),
            upperBound: encodeSingleValue(this.#type, this.#upper),
          };
    return { containsNull: this.#containsNull, containsNan: this.#containsNan, ...bounds };
  }

  #extend(value: Value): void {
    if (this.#lower === undefined || compareValues(this.#type, value, this.#lower) < 0) this.#lower = value;
    if (this.#upper === undefined || compareValues(this.#type, value, this.#upper) > 0) this.#upper = value;
  }
}
