import { comparingCases } from './conformance/comparing.ts';
import { readingCases } from './conformance/reading.ts';
import { sqlCases } from './conformance/sql.ts';
import type { EngineCase } from './conformance/subject.ts';
import { timeCases } from './conformance/times.ts';
import { writingCases } from './conformance/writing.ts';

export type { EngineCase, EngineSubject } from './conformance/subject.ts';

/**
 * What every implementation of `Engine` does, in SQL that any engine speaks.
 *
 * ```ts
 * for (const { name, run } of engineConformance) it(name, () => run(makeSubject));
 * ```
 *
 * What a dialect adds (its own ways to reach files, its own functions) is for the tests of the engine itself.
 */
export const engineConformance: readonly EngineCase[] = [
  ...readingCases,
  ...timeCases,
  ...writingCases,
  ...sqlCases,
  ...comparingCases,
];
