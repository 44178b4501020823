import { NeedsDecisionError } from '../../errors.ts';
import { floorDiv } from '../../time/instant.ts';
import type { OwnRow } from './own-columns.ts';

/** Typed access to the cells of a row that was read; whoever wrote it, a wrong type is found here and named. */
export class RowReader {
  readonly #table: string;
  readonly #row: OwnRow;

  constructor(table: string, row: OwnRow) {
    this.#table = table;
    this.#row = row;
  }

  text(name: string): string {
    return this.optionalText(name) ?? this.#refuse(name, 'text');
  }

  optionalText(name: string): string | undefined {
    const cell = this.#row[name] ?? undefined;
    return cell === undefined || typeof cell === 'string' ? cell : this.#refuse(name, 'text');
  }

  long(name: string): bigint {
    return this.optionalLong(name) ?? this.#refuse(name, 'a long');
  }

  optionalLong(name: string): bigint | undefined {
    const cell = this.#row[name] ?? undefined;
    return cell === undefined || typeof cell === 'bigint' ? cell : this.#refuse(name, 'a long');
  }

  /** A count, or anything else that fits a number. */
  number(name: string): number {
    return this.optionalNumber(name) ?? this.#refuse(name, 'a number');
  }

  optionalNumber(name: string): number | undefined {
    const cell = this.#row[name] ?? undefined;
    if (cell === undefined || typeof cell === 'number') return cell;
    return typeof cell === 'bigint' ? Number(cell) : this.#refuse(name, 'a number');
  }

  ms(name: string): number {
    return Number(floorDiv(this.long(name), 1000n));
  }

  texts(name: string): readonly string[] {
    const cell = this.#row[name] ?? [];
    const isTexts = Array.isArray(cell) && cell.every((item) => typeof item === 'string');
    return isTexts ? (cell as readonly string[]) : this.#refuse(name, 'a list of texts');
  }

  oneOf<const T extends string>(name: string, values: readonly T[]): T {
    const found = this.text(name);
    return values.find((value) => value === found) ?? this.#refuse(name, `one of ${values.join(', ')}`);
  }

  #refuse(name: string, expected: string): never {
    const found = this.#row[name];
    throw new NeedsDecisionError(
      `A row of ${this.#table} cannot be read: ${name} should be ${expected} and is ${String(found)}. Nothing was changed. ` +
        'No target depends on it: drop the table and it is made anew, or name another one in `tables` of the configuration.',
    );
  }
}
