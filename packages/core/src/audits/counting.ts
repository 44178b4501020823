/** Numbers and lists as sentences need them. */

export const rowsText = (count: number): string => (count === 1 ? '1 row' : `${count} rows`);

/** `a plan`, `an email`. */
export const withArticle = (noun: string): string => (/^[aeiou]/i.test(noun) ? `an ${noun}` : `a ${noun}`);

/** `a`, `a and b`, `a, b and c`. */
export function listText(items: readonly string[], conjunction = 'and'): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} ${conjunction} ${items.at(-1)}`;
}

/** Up to three digits behind the point, none that are zero. */
export const decimalText = (value: number): string => String(Math.round(value * 1000) / 1000);
