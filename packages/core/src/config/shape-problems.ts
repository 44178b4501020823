import type { core } from 'zod/mini';
import { nearestName } from '../engine/suggest.ts';
import { type ConfigPath, isMapping, pathKey, valueAt } from './config-path.ts';
import { didYouMean } from './did-you-mean.ts';
import { knownKeys } from './known-keys.ts';
import { isLaterKey, isLaterValue, notThereYet } from './later.ts';

/** One thing wrong, at a path; the place in the text is found later. */
export interface PathProblem {
  readonly path: ConfigPath;
  /** Whether the key itself is meant, or what stands there. Default: the value. */
  readonly at?: 'key' | 'value';
  readonly message: string;
}

type Issue = core.$ZodIssue;

export interface ShapeContext {
  /** What was checked. */
  readonly value: unknown;
  readonly jsonSchema: Readonly<Record<string, unknown>>;
  /** A value as a message may show it. */
  readonly show: (path: ConfigPath) => string;
}

/** What the shape check found, in words that name the thing and say what to write instead. */
export function explainIssues(issues: readonly Issue[], context: ShapeContext): readonly PathProblem[] {
  const problems = issues.flatMap((issue) => explain(issue, [], context));
  // A key that was only mistyped is one mistake, not an unknown key and a missing one.
  const meant = new Set(problems.flatMap(({ means }) => (means === undefined ? [] : [pathKey(means)])));
  return problems.filter(({ path, isMissing }) => !(isMissing && meant.has(pathKey(path))));
}

interface Explained extends PathProblem {
  readonly isMissing?: boolean;
  /** The key that a mistyped one stands for. */
  readonly means?: ConfigPath;
}

function explain(issue: Issue, above: ConfigPath, context: ShapeContext): readonly Explained[] {
  const path = [...above, ...issue.path.map((part) => (typeof part === 'number' ? part : String(part)))];
  if (
    issue.code !== 'unrecognized_keys' &&
    issue.code !== 'invalid_key' &&
    valueAt(context.value, path) === undefined
  ) {
    return [missing(path)];
  }
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(path, key, context));
    case 'invalid_union':
      return explainUnion(issue, path, context);
    case 'invalid_value':
      return [wrongChoice(path, issue.values.map(String), context)];
    case 'invalid_key':
      return [
        { path, at: 'key', message: `"${String(path.at(-1))}" cannot be a name here; names match [a-z][a-z0-9_]*.` },
      ];
    case 'invalid_type':
      return [{ path, message: `must be ${expectedWords(issue.expected)}, not ${context.show(path)}.` }];
    case 'too_small':
      return [{ path, message: tooSmall(issue, context.show(path)) }];
    default:
      return [{ path, message: `${context.show(path)} does not fit here.` }];
  }
}

const missing = (path: ConfigPath): Explained => ({
  path,
  isMissing: true,
  at: 'key',
  message: `"${String(path.at(-1) ?? 'the configuration')}" is missing.`,
});

function unknownKey(parent: ConfigPath, key: string, context: ShapeContext): Explained {
  const path = [...parent, key];
  if (isLaterKey(parent, key)) return { path, at: 'key', message: notThereYet(`"${key}"`) };
  const known = knownKeys(context.jsonSchema, parent);
  const near = nearestName(key, known);
  if (near !== undefined) {
    return { path, at: 'key', message: `unknown key "${key}"; did you mean "${near}"?`, means: [...parent, near] };
  }
  const words = known.filter((word) => word !== '$schema').join(', ');
  return { path, at: 'key', message: `unknown key "${key}"${words === '' ? '.' : `; known here: ${words}.`}` };
}

function wrongChoice(path: ConfigPath, choices: readonly string[], context: ShapeContext): PathProblem {
  const value = valueAt(context.value, path);
  if (isLaterValue(path, value)) return { path, message: notThereYet(`${String(path.at(-1))} ${String(value)}`) };
  const hint = typeof value === 'string' ? didYouMean(value, choices) : '';
  const only = choices.length === 1 ? choices[0]! : `one of ${choices.join(', ')}`;
  return { path, message: `must be ${only}, not ${context.show(path)}${hint || '.'}` };
}

function explainUnion(
  issue: core.$ZodIssueInvalidUnion,
  path: ConfigPath,
  context: ShapeContext,
): readonly Explained[] {
  if (issue.errors.length === 0) {
    const options = (issue as { options?: readonly unknown[] }).options ?? [];
    return [wrongChoice(path, options.map(String), context)];
  }
  const isOtherType = (inner: Issue) => inner.path.length === 0 && inner.code === 'invalid_type';
  const alike = issue.errors.filter((branch) => !branch.some(isOtherType));
  if (alike.length === 0) {
    const expected = issue.errors
      .flat()
      .map((inner) => (inner.code === 'invalid_type' ? expectedWords(inner.expected) : ''));
    return [{ path, message: `must be ${[...new Set(expected)].join(' or ')}, not ${context.show(path)}.` }];
  }
  const nearest = alike.reduce((best, branch) => (weight(branch) < weight(best) ? branch : best));
  return nearest.flatMap((inner) => explain(inner, path, context));
}

const weight = (issues: readonly Issue[]): number =>
  issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1), 0);

function tooSmall(issue: core.$ZodIssueTooSmall, shown: string): string {
  if (issue.origin === 'string') return 'must not be empty.';
  if (issue.origin === 'array') return 'must not be an empty list.';
  return `must be at least ${issue.minimum}, not ${shown}.`;
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
};

const expectedWords = (expected: string): string => EXPECTED[expected] ?? expected;

/** A value as a message shows it: short, and never the inside of something large. */
export function showValue(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (isMapping(value)) return 'a mapping';
  if (typeof value === 'string')
    return JSON.stringify(withoutPassword(value.length > 80 ? `${value.slice(0, 77)}…` : value));
  return typeof value === 'function' ? 'a function' : String(value);
}

/** `postgres://user:***@host` for a URI that holds a password. */
export const withoutPassword = (text: string): string => text.replace(/(:\/\/[^/:@\s]*:)[^@\s]*@/, '$1***@');
