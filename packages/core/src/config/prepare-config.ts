import type { ConfigProblem } from '../errors.ts';
import { type ConfigPath, formatPath, leaves, pathKey, valueAt, withValueAt } from './config-path.ts';
import type { ConfigSource } from './config-source.ts';
import { type Interpolated, interpolate } from './interpolate.ts';
import { refusesText } from './known-keys.ts';
import { applyOverrides, type Overridden, type Override, parseJson } from './overrides.ts';
import { ProblemList } from './problem-list.ts';
import { withRootDefaults } from './root-defaults.ts';
import { type PathProblem, showValue } from './shape-problems.ts';

/** A configuration with environment, overrides and outer defaults in it, not yet checked; it knows where each value came from. */
export interface PreparedConfig {
  readonly tree: unknown;
  readonly problems: ProblemList;
  /** Overrides that lead nowhere. */
  readonly refused: readonly ConfigProblem[];
  readonly place: (problem: PathProblem) => ConfigProblem;
  /** A value as a message may show it: never what the environment put in. */
  readonly show: (path: ConfigPath) => string;
  readonly writtenAt: (path: ConfigPath) => string | undefined;
  readonly originOf: (path: ConfigPath) => string;
  /** Whether the value came from outside the file. */
  readonly isOverridden: (path: ConfigPath) => boolean;
}

export function prepareConfig(
  source: ConfigSource,
  shownAs: string,
  env: Readonly<Record<string, string | undefined>>,
  overrides: readonly Override[],
  jsonSchema: () => Readonly<Record<string, unknown>>,
): PreparedConfig {
  const interpolated = withTypes(interpolate(source.value, env), jsonSchema);
  const overridden =
    overrides.length === 0 ? NOTHING(interpolated.value) : applyOverrides(interpolated.value, overrides, jsonSchema());
  const tree = withRootDefaults(overridden.value);
  const overrideAt = (path: ConfigPath) => findOverride(overridden.applied, path);
  const writtenAt = (path: ConfigPath) => (overrideAt(path) ? undefined : interpolated.written.get(pathKey(path)));
  const problems = new ProblemList();
  for (const { path, variable } of interpolated.missing) {
    problems.add(path, `the environment has no ${variable}; set it, or write \${${variable}:-default}.`);
  }
  return {
    tree,
    problems,
    refused: overridden.refused.map(({ override, message }) => ({ file: override.origin, path: '', message })),
    place: (problem) => {
      const path = formatPath(problem.path);
      const override = overrideAt(problem.path);
      if (override) return { file: override.origin, path, message: problem.message };
      return { file: shownAs, path, message: problem.message, ...source.place(problem.path, problem.at ?? 'value') };
    },
    show: (path) => showValue(writtenAt(path) ?? valueAt(tree, path)),
    writtenAt,
    originOf: (path) => {
      const override = overrideAt(path);
      if (override) return override.origin;
      if (valueAt(source.value, path) === undefined) return 'default';
      const at = source.place(path, 'value');
      return at ? `${shownAs}:${at.line}:${at.column}` : shownAs;
    },
    isOverridden: (path) => overrideAt(path) !== undefined,
  };
}

/** Where the schema allows no text, what the environment put in is a number, a truth value or a list: `threads: ${THREADS:-4}`. */
function withTypes(interpolated: Interpolated, jsonSchema: () => Readonly<Record<string, unknown>>): Interpolated {
  const missing = new Set(interpolated.missing.map(({ path }) => pathKey(path)));
  let { value } = interpolated;
  for (const [path, text] of [...leaves(value)]) {
    const key = pathKey(path);
    if (typeof text !== 'string' || !interpolated.written.has(key) || missing.has(key)) continue;
    if (refusesText(jsonSchema(), path)) value = withValueAt(value, path, parseJson(text)) ?? value;
  }
  return { ...interpolated, value };
}

const NOTHING = (value: unknown): Overridden => ({ value, applied: [], refused: [] });

function findOverride(applied: Overridden['applied'], path: ConfigPath): Override | undefined {
  const above = (other: ConfigPath) =>
    other.length <= path.length && other.every((part, i) => String(part) === String(path[i]));
  return applied.findLast((one) => above(one.path))?.override;
}
