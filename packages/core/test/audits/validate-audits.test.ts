import { describe, expect, it } from 'vitest';
import { auditPages, parametersOf } from '../../../../test/docs/audit-pages.ts';
import { AUDIT_KINDS } from '../../src/audits/registry.ts';
import { validateAudits } from '../../src/audits/validate-audits.ts';
import { definition } from './audit-fixture.ts';

/** A right definition of every kind: what its page shows. */
const RIGHT: Readonly<Record<string, Readonly<Record<string, unknown>>>> = Object.fromEntries(
  auditPages().map((page) => [page.kind, parametersOf(page)]),
);

const messages = (audit: string, parameters: Record<string, unknown>) =>
  validateAudits([definition(audit, parameters)]).map(({ path, message }) => `${path.join('.')}: ${message}`);

describe('validateAudits', () => {
  it.each([...AUDIT_KINDS.keys()])('takes a right definition of %s', (kind) => {
    expect(RIGHT[kind]).toBeDefined();
    expect(validateAudits([definition(kind, RIGHT[kind])])).toEqual([]);
  });

  it.each([...AUDIT_KINDS.keys()])('names an unknown parameter of %s', (kind) => {
    const [name] = AUDIT_KINDS.get(kind)!.parameters;
    if (name === undefined) return;
    expect(messages(kind, { ...RIGHT[kind], [`${name}x`]: 1 })).toEqual([
      `0.${name}x: \`${name}x\` is not a parameter of this audit. Did you mean \`${name}\`?`,
    ]);
  });

  it('suggests the kind that was meant', () => {
    expect(messages('uniqe', {})).toEqual(['0.audit: "uniqe" is no audit. Did you mean "unique"?']);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['unique', {}, '0: audit unique needs `columns`, a list of column names'],
    ['not_null', { columns: [] }, '0.columns: should be a list of column names, and is []'],
    [
      'no_missing_events',
      { columns: { id: 7 } },
      '0.columns: should map columns of the source to columns of the target, and is {"id":7}',
    ],
    [
      'accepted_values',
      { column: 'plan' },
      '0: audit accepted_values needs either `values`, or `min` and `max` or one of them',
    ],
    [
      'accepted_values',
      { column: 'plan', values: ['a'], max: 3 },
      '0: audit accepted_values needs either `values`, or `min` and `max` or one of them',
    ],
    [
      'source_target_count',
      { tolerance: -1 },
      '0.tolerance: should be a number of rows, or a share like 0.01 or "1%", and is -1',
    ],
    ['source_target_count', { expect: 'SELECT 1' }, '0.expect: should be { sql: … }, and is "SELECT 1"'],
    [
      'source_target_count',
      { expect: { sql: 'SELECT 1' }, where: 'a' },
      '0.expect: says all that is expected, so `source` and `where` have no place beside it',
    ],
    [
      'row_count',
      { per: 'hour' },
      '0: audit row_count needs at least one of `min`, `max`, `minRatio`, `maxRatio` and `zScore`',
    ],
    ['row_count', { min: 1, per: 'hour' }, '0.per: should be session or interval, and is "hour"'],
    ['freshness', { maxAge: '2 hours' }, '0.maxAge: should be a duration like 90m or 1d 12h, and is "2 hours"'],
    ['freshness', {}, '0: audit freshness needs `maxAge`, a duration like 2h'],
    ['sql', { sql: ' ' }, '0.sql: should be a text that is not empty, and is " "'],
  ])('refuses %s with %j', (kind, parameters, message) => {
    expect(messages(kind, parameters)).toContain(message);
  });
});
