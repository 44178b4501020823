import type { Call } from '../call.ts';
import { quoteText } from '../sql/quote.ts';
import type { AstNode } from './ast.ts';

/** What DuckDB makes of a text: trees of its statements, or why there are none. */
export interface Syntax {
  readonly error: boolean;
  readonly error_message?: string;
  readonly statements?: readonly { readonly node: AstNode }[];
}

const TEXTS_KEPT_MAX = 100;

/** Parses SQL by DuckDB, which reads nothing for it; the same text only once. */
export class SyntaxTrees {
  readonly #answers = new Map<string, string>();

  async parse(call: Call, sql: string): Promise<Syntax> {
    const known = this.#answers.get(sql);
    if (known !== undefined) return JSON.parse(known) as Syntax;
    const [row] = await call.rows(
      `SELECT json_serialize_sql(${quoteText(sql)}::VARCHAR, skip_null := true, skip_empty := true)`,
    );
    const answer = row![0] as string;
    if (this.#answers.size >= TEXTS_KEPT_MAX) this.#answers.clear();
    this.#answers.set(sql, answer);
    return JSON.parse(answer) as Syntax;
  }
}
