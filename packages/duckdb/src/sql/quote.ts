/** An identifier as DuckDB reads it back unchanged. */
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A VARCHAR literal. */
export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** A list literal of texts. */
export const quoteTexts = (texts: readonly string[]): string => `[${texts.map(quoteText).join(', ')}]`;

/** `"raw"."signups"` from its parts. */
export const quotePath = (...parts: readonly string[]): string => parts.map(quoteName).join('.');
