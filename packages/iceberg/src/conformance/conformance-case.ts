/**
 * One thing that every implementation of a contract does. Plain data, so that any test runner can run it:
 *
 * ```ts
 * for (const { name, run } of catalogConformance) it(name, () => run(makeSubject));
 * ```
 */
export interface ConformanceCase<Subject> {
  readonly name: string;
  /** Makes a fresh subject and throws an assertion error where it does not do what the contract says. */
  readonly run: (make: () => Promise<Subject>) => Promise<void>;
}
