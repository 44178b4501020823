import type { ConfigPath } from './config-path.ts';
import type { PathProblem } from './shape-problems.ts';

/** Gathers what is wrong, so that all of it can be said at once. */
export class ProblemList {
  readonly problems: PathProblem[] = [];

  add(path: ConfigPath, message: string, at: 'key' | 'value' = 'value'): void {
    this.problems.push({ path, at, message });
  }

  /** Whether anything below this path is wrong. */
  touches(path: ConfigPath): boolean {
    return this.problems.some((problem) => path.every((part, i) => String(problem.path[i]) === String(part)));
  }
}
