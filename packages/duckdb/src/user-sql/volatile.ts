import type { AstNode } from './ast.ts';
import { walkQuery } from './ast.ts';

const VOLATILE_FUNCTIONS: ReadonlySet<string> = new Set([
  'ago',
  'current_date',
  'current_localtime',
  'current_localtimestamp',
  'current_time',
  'current_timestamp',
  'gen_random_uuid',
  'get_current_time',
  'get_current_timestamp',
  'localtime',
  'localtimestamp',
  'now',
  'random',
  'reservoir_quantile',
  'today',
  'transaction_timestamp',
  'uuid',
  'uuidv4',
  'uuidv7',
]);

/** Names that SQL lets be written without parentheses. */
const SPECIAL_FORMS: ReadonlySet<string> = new Set([
  'current_date',
  'current_time',
  'current_timestamp',
  'localtime',
  'localtimestamp',
]);

/**
 * What makes two runs over the same input differ: clock, chance, and samples, by name; each once, in order of appearance.
 *
 * A column called like one of SQL's special forms counts as the form.
 */
export function volatileFunctionsOf(root: AstNode): readonly string[] {
  const found = new Set<string>();
  walkQuery(root, {
    node: (node) => {
      if (node.sample !== undefined) found.add('sample');
      if (node.class === 'FUNCTION') {
        const name = String(node.function_name).toLowerCase();
        if (VOLATILE_FUNCTIONS.has(name)) found.add(name);
        // With one argument it measures from today.
        if (name === 'age' && Array.isArray(node.children) && node.children.length === 1) found.add('age');
      }
      if (node.class === 'COLUMN_REF' && Array.isArray(node.column_names) && node.column_names.length === 1) {
        const name = String(node.column_names[0]).toLowerCase();
        if (SPECIAL_FORMS.has(name)) found.add(name);
      }
    },
  });
  return [...found];
}
