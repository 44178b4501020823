/** Table functions that look at nothing but their arguments. Any other one reaches for files, settings or the engine's own tables. */
export const ALLOWED_TABLE_FUNCTIONS: ReadonlySet<string> = new Set([
  'unnest',
  'range',
  'generate_series',
  'generate_subscripts',
  'repeat',
  'repeat_row',
  'json_each',
  'json_tree',
  'regexp_split_to_table',
]);

/** Functions that tell about the engine, its settings or its environment, or act on it. */
const FORBIDDEN_FUNCTIONS: ReadonlySet<string> = new Set([
  'add_parquet_key',
  'current_catalog',
  'current_connection_id',
  'current_database',
  'current_query',
  'current_query_id',
  'current_schema',
  'current_schemas',
  'current_setting',
  'current_transaction_id',
  'currval',
  'format_pg_type',
  'getenv',
  'getvariable',
  'get_block_size',
  'in_search_path',
  'json_execute_serialized_sql',
  'json_serialize_plan',
  'nextval',
  'setseed',
  'sleep_ms',
  'stats',
  'txid_current',
  'write_log',
]);

const FORBIDDEN_PREFIXES =
  /^(pg_(?!typeof$|size_pretty$)|has_\w+_privilege$|inet_(client|server)_|__internal_|psyberg_|duckdb_|pragma_)/;

/** Whether a scalar function may not be called. The name is in lower case. */
export const isForbiddenFunction = (name: string): boolean =>
  FORBIDDEN_FUNCTIONS.has(name) || FORBIDDEN_PREFIXES.test(name);

/** Whether a table name reaches for a file or the engine's own tables rather than being a mistyped input. */
export function isForbiddenTable(parts: readonly string[]): boolean {
  const name = parts.at(-1)!.toLowerCase();
  if (/[/\\*?]|\.(parquet|csv|tsv|json|ndjson|jsonl|gz|zst|db|duckdb|xlsx|avro)$/i.test(name)) return true;
  if (/^(duckdb_|sqlite_|pragma_|pg_)/.test(name)) return true;
  return parts
    .slice(0, -1)
    .some((part) => /^(information_schema|pg_catalog|system|temp|main|memory|psyberg_call_.*)$/i.test(part));
}

/** First words of statements that act instead of asking. */
export const FORBIDDEN_STATEMENT =
  /^(alter|analyze|attach|begin|call|checkpoint|comment|commit|copy|create|deallocate|delete|detach|drop|execute|export|force|import|insert|install|load|merge|pragma|prepare|reset|rollback|set|truncate|update|use|vacuum)\b/i;
