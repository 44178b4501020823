import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bindPredicate } from '../../src/expressions/bind.ts';
import { termsOf } from '../../src/expressions/bound-predicate.ts';
import { type FileMetrics, fileMayMatch } from '../../src/expressions/evaluate-metrics.ts';
import { evaluateRow } from '../../src/expressions/evaluate-row.ts';
import { LearntColumns } from '../../src/scan/learnt-columns.ts';
import { metricsOf, predicate, row, SCHEMA } from '../expressions/arbitraries.ts';

const KEYS = ['valueCounts', 'nullValueCounts', 'nanValueCounts', 'lowerBounds', 'upperBounds'] as const;

/** Some rows and what a file says of them, which may be less than there is to say. */
const file = fc
  .record({ rows: fc.array(row, { minLength: 1, maxLength: 3 }), unsaid: fc.subarray([...KEYS], { maxLength: 2 }) })
  .map(({ rows, unsaid }) => {
    const said = Object.entries(metricsOf(rows)).filter(([key]) => !(unsaid as string[]).includes(key));
    return { rows, metrics: Object.fromEntries(said) as unknown as FileMetrics };
  });

it('never says of a manifest that no row matches when one does, and says no less than one file of all its rows', () => {
  fc.assert(
    fc.property(predicate, fc.array(file, { maxLength: 4 }), (condition, files) => {
      const bound = bindPredicate(SCHEMA, condition);
      const terms = termsOf(bound);
      const learnt = new LearntColumns();
      learnt.learn(
        'm',
        terms,
        files.map(({ metrics }) => metrics),
      );
      const known = learnt.metricsOf('m', terms);
      const mayMatch = known !== undefined && fileMayMatch(bound, SCHEMA, known);
      const rows = files.flatMap((one) => one.rows);
      if (terms.length > 0 && rows.some((values) => evaluateRow(bound, values))) expect(mayMatch).toBe(true);
      if (files.some(({ metrics }) => fileMayMatch(bound, SCHEMA, metrics)) && terms.length > 0)
        expect(mayMatch).toBe(true);
    }),
    { numRuns: 3000 },
  );
});
