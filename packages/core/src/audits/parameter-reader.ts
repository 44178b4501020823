import { nearestName } from '../engine/suggest.ts';
import { parseDuration } from '../time/duration.ts';
import type { DurationUs } from '../time/instant.ts';

/** One thing wrong with the parameters of an audit. */
export interface ParameterProblem {
  /** Below the audit's entry, e.g. `['columns', 0]`; empty for the entry itself. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export type Scalar = string | number | boolean;

/** How much may be wrong: a number of rows, or a share of those looked at. */
export type Tolerance =
  | { readonly kind: 'rows'; readonly rows: number }
  | { readonly kind: 'share'; readonly share: number };

/**
 * Reads the parameters of one audit and gathers what is wrong with them, all at once rather than one per try.
 *
 * A getter returns a harmless value where the parameter is wrong: with problems noted, nobody runs the audit.
 */
export class ParameterReader {
  readonly problems: ParameterProblem[] = [];
  readonly #parameters: Readonly<Record<string, unknown>>;

  constructor(parameters: Readonly<Record<string, unknown>>, known: readonly string[]) {
    this.#parameters = parameters;
    for (const name of Object.keys(parameters)) {
      if (!known.includes(name)) this.problem([name], this.#unknown(name, known));
    }
  }

  has(name: string): boolean {
    return this.#parameters[name] !== undefined;
  }

  problem(path: readonly (string | number)[], message: string): void {
    this.problems.push({ path, message });
  }

  optionalText(name: string): string | undefined {
    const value = this.#parameters[name];
    if (value === undefined || (typeof value === 'string' && value.trim() !== '')) return value;
    this.problem([name], `should be a text that is not empty, and is ${shown(value)}`);
    return undefined;
  }

  text(name: string): string {
    if (!this.has(name)) this.problem([], `needs \`${name}\``);
    return this.optionalText(name) ?? '';
  }

  /** A finite number of at least `least`. */
  optionalNumber(name: string, least: number): number | undefined {
    const value = this.#parameters[name];
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isFinite(value) && value >= least) return value;
    const atLeast = Number.isFinite(least) ? ` of at least ${least}` : '';
    this.problem([name], `should be a number${atLeast}, and is ${shown(value)}`);
    return undefined;
  }

  /** A whole number of at least `least`. */
  optionalInteger(name: string, least: number): number | undefined {
    const value = this.optionalNumber(name, least);
    if (value === undefined || Number.isSafeInteger(value)) return value;
    this.problem([name], `should be a whole number, and is ${value}`);
    return undefined;
  }

  optionalBoolean(name: string): boolean | undefined {
    const value = this.#parameters[name];
    if (value === undefined || typeof value === 'boolean') return value;
    this.problem([name], `should be true or false, and is ${shown(value)}`);
    return undefined;
  }

  /** A number of rows, or a share (`0.01`, `1%`); none where it is absent. */
  tolerance(name: string): Tolerance {
    const value = this.optionalScalar(name);
    if (value === undefined) return { kind: 'rows', rows: 0 };
    if (typeof value === 'number' && value >= 0 && value < 1) return { kind: 'share', share: value };
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 1) return { kind: 'rows', rows: value };
    const percent = typeof value === 'string' ? /^(\d+(?:\.\d+)?)\s*%$/.exec(value.trim())?.[1] : undefined;
    if (percent !== undefined) return { kind: 'share', share: Number(percent) / 100 };
    this.problem([name], `should be a number of rows, or a share like 0.01 or "1%", and is ${shown(value)}`);
    return { kind: 'rows', rows: 0 };
  }

  optionalDuration(name: string): DurationUs | undefined {
    const value = this.#parameters[name];
    if (value === undefined) return undefined;
    const duration = typeof value === 'string' ? parseDuration(value) : undefined;
    if (duration === undefined) this.problem([name], `should be a duration like 90m or 1d 12h, and is ${shown(value)}`);
    return duration;
  }

  /** Column names: a list that is not empty, or one name. */
  columns(name: string): readonly string[] {
    if (this.has(name)) return this.optionalColumns(name);
    this.problem([], `needs \`${name}\`, a list of column names`);
    return [];
  }

  /** As `columns`; none where it is absent. */
  optionalColumns(name: string): readonly string[] {
    if (!this.has(name)) return [];
    const value = this.#parameters[name];
    const list = typeof value === 'string' ? [value] : value;
    if (Array.isArray(list) && list.length > 0 && list.every((item) => typeof item === 'string' && item !== ''))
      return list;
    this.problem([name], `should be a list of column names, and is ${shown(value)}`);
    return [];
  }

  /** An object of texts, each key and value not empty; undefined where the parameter is something else. `maps` is for the message. */
  optionalMapping(
    name: string,
    maps = 'columns of the source to columns of the target',
  ): Readonly<Record<string, string>> | undefined {
    const value = this.#parameters[name];
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const entries = Object.entries(value as Record<string, unknown>);
    if (
      entries.length > 0 &&
      entries.every(([key, column]) => key !== '' && typeof column === 'string' && column !== '')
    ) {
      return value as Record<string, string>;
    }
    this.problem([name], `should map ${maps}, and is ${shown(value)}`);
    return {};
  }

  optionalScalar(name: string): Scalar | undefined {
    const value = this.#parameters[name];
    if (value === undefined || isScalar(value)) return value;
    this.problem([name], `should be a text, a number, true or false, and is ${shown(value)}`);
    return undefined;
  }

  optionalScalars(name: string): readonly Scalar[] | undefined {
    const value = this.#parameters[name];
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.length > 0 && value.every(isScalar)) return value;
    this.problem([name], `should be a list of texts, numbers, true or false, and is ${shown(value)}`);
    return undefined;
  }

  optionalOneOf<const T extends string>(name: string, choices: readonly T[]): T | undefined {
    const value = this.#parameters[name];
    if (value === undefined) return undefined;
    const found = choices.find((choice) => choice === value);
    if (found === undefined) this.problem([name], `should be ${choices.join(' or ')}, and is ${shown(value)}`);
    return found;
  }

  /** The one SQL text of `{ sql: … }`. */
  optionalSqlObject(name: string): string | undefined {
    const value = this.#parameters[name];
    if (value === undefined) return undefined;
    const sql = typeof value === 'object' && value !== null ? (value as Record<string, unknown>).sql : undefined;
    if (typeof sql === 'string' && sql.trim() !== '' && Object.keys(value as object).length === 1) return sql;
    this.problem([name], `should be { sql: … }, and is ${shown(value)}`);
    return undefined;
  }

  #unknown(name: string, known: readonly string[]): string {
    const near = nearestName(name, known);
    const hint =
      near === undefined ? `It takes ${known.map((k) => `\`${k}\``).join(', ')}` : `Did you mean \`${near}\`?`;
    return `\`${name}\` is not a parameter of this audit. ${hint}`;
  }
}

const isScalar = (value: unknown): value is Scalar =>
  typeof value === 'string' || typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value));

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
