import {
  type EditedSql,
  EngineError,
  EngineFailedError,
  lineAndColumn,
  OutOfMemoryError,
  SqlError,
} from '@psyberg/core';

/** Where the user's text stands in a statement that failed. */
export interface FaultContext {
  readonly user: EditedSql;
  /** Characters of the statement before the user's text. */
  readonly before: number;
}

interface Fault {
  readonly type: string;
  readonly message: string;
  /** Bytes of UTF-8 from the start of the statement. */
  readonly position?: number;
}

/** Faults of the text itself rather than of the data it met. */
const SQL_FAULTS = new Set([
  'Binder',
  'Catalog',
  'Parser',
  'Syntax',
  'Not implemented',
  'Parameter Not Resolved',
  'Mismatch Type',
]);

/** What DuckDB threw, in the words of the engine contract; errors that are ours already pass through. */
export function translateFault(fault: unknown, sql: string, context?: FaultContext): Error {
  if (fault instanceof EngineError) return fault;
  const { type, message, position } = readFault(fault);
  if (type === 'Out of Memory') {
    return new OutOfMemoryError(
      `DuckDB ran out of memory: ${message} Nothing of this call was kept. Raise engine.memoryLimit, give engine.tempDirectory ` +
        'more room, or let the session do fewer intervals at a time (--max-intervals).',
      { cause: fault },
    );
  }
  const place = context === undefined ? undefined : userPlace(sql, context, position);
  if (context !== undefined && SQL_FAULTS.has(type)) {
    const where = place === undefined ? '' : ` (line ${place.line}, column ${place.column})`;
    return new SqlError(
      `The SQL does not fit its inputs${where}: ${message} Nothing was written. Correct the SQL and run again.`,
      { sql: context.user.original, position: place },
      { cause: fault },
    );
  }
  const where = place === undefined ? '' : ` (line ${place.line}, column ${place.column} of the SQL)`;
  return new EngineFailedError(
    `DuckDB failed${where}: ${type === '' ? '' : `${type}: `}${message} Nothing of this call was kept. ` +
      'If the SQL met a value it cannot handle, guard it there (TRY_CAST, a filter); else look at the cause.',
    { cause: fault },
  );
}

/** DuckDB reports as JSON because we ask it to (`errors_as_json`); an older prefix may stand before it. */
function readFault(fault: unknown): Fault {
  const text = fault instanceof Error ? fault.message : String(fault);
  const start = text.indexOf('{"exception_type"');
  if (start === -1) {
    const [, type = '', message = text] = /^([A-Z][A-Za-z ]+) Error: ([\s\S]*)$/.exec(text) ?? [];
    return { type, message: sentence(message) };
  }
  const json = JSON.parse(text.slice(start)) as Readonly<Record<string, string | undefined>>;
  const message = sentence(json.exception_message ?? text);
  const type = json.exception_type ?? '';
  return json.position === undefined ? { type, message } : { type, message, position: Number(json.position) };
}

function sentence(message: string): string {
  const trimmed = message.trim().replace(/\n+/g, ' ');
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

function userPlace(
  sql: string,
  context: FaultContext,
  position: number | undefined,
): { readonly line: number; readonly column: number } | undefined {
  if (position === undefined) return undefined;
  const offset = characterOffset(sql, position) - context.before;
  if (offset < 0 || offset > context.user.sql.length) return undefined;
  return lineAndColumn(context.user.original, context.user.toOriginal(offset));
}

/** DuckDB counts bytes of UTF-8, JavaScript counts UTF-16 units. */
export function characterOffset(text: string, byteOffset: number): number {
  return Buffer.from(text, 'utf8').subarray(0, byteOffset).toString('utf8').length;
}
