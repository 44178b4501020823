/** One import of a module, as it stands in a file. */
export interface Import {
  /** As written: `./x.ts`, `@psyberg/core`, `node:fs`. */
  readonly specifier: string;
  /** 1-based. */
  readonly line: number;
  /** `type`: gone after compilation. `lazy`: loaded only when the line runs. */
  readonly kind: 'value' | 'type' | 'lazy';
}

const STATEMENT = /^(import|export)\b(\s+type\b(?!\s*(?:,|from\b)))?([^'";]*?\bfrom\s*)?\s*['"]([^'"\n]+)['"]/gm;
const CALL = /\bimport\(\s*['"]([^'"\n]+)['"]/g;

/**
 * Finds the imports of a TypeScript file as the formatter leaves it: statements begin at the start of a line.
 *
 * A small scanner instead of the compiler, which has no JavaScript interface any more. Blank comments keep line numbers right.
 */
export function importsOf(text: string): readonly Import[] {
  const code = withoutComments(text);
  const lineAt = (index: number): number => code.slice(0, index).split('\n').length;
  const statements = [...code.matchAll(STATEMENT)]
    .filter(([, keyword, , from]) => keyword === 'import' || from !== undefined)
    .map((match): Import => {
      const isType = match[2] !== undefined || bringsTypesOnly(match[3]);
      return { specifier: match[4]!, line: lineAt(match.index), kind: isType ? 'type' : 'value' };
    });
  const calls = [...code.matchAll(CALL)].map((match): Import => {
    const before = code.slice(0, match.index);
    const after = code.slice(match.index + match[0].length);
    // `import('x').Name` and `typeof import('x')` are types; `await import('x')` and `import('x').then(` are not.
    const isType = /\btypeof\s+$/.test(before) || /^\s*\)\s*\.\s*[A-Z]/.test(after);
    return { specifier: match[1]!, line: lineAt(match.index), kind: isType ? 'type' : 'lazy' };
  });
  return [...statements, ...calls];
}

/** `{ type A, type B } from`: every name is marked, so that nothing is left of it. */
function bringsTypesOnly(clause: string | undefined): boolean {
  const names = /^\s*\{([^}]*)\}\s*from/.exec(clause ?? '')?.[1];
  if (names === undefined) return false;
  const parts = names.split(',').map((part) => part.trim());
  return parts.filter((part) => part !== '').every((part) => part.startsWith('type '));
}

/** Comments become blanks; texts stay, and a `//` in one of them is no comment. */
function withoutComments(text: string): string {
  return text.replaceAll(
    /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
    (match) => (match.startsWith('/') ? match.replaceAll(/[^\n]/g, ' ') : match),
  );
}
