import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SqlError } from '../../src/engine/errors.ts';
import { editSql, lineAndColumn, placeholderEdits, placeholderNames } from '../../src/engine/placeholders.ts';

const LITERALS = { range_start: "TIMESTAMP '2023-09-14 02:00:00'", session_id: "'s1'" };

const replaced = (sql: string): string => editSql(sql, placeholderEdits(sql, LITERALS)).sql;

describe('placeholders', () => {
  test.each([
    ['ts >= :range_start', `ts >= ${LITERALS.range_start}`],
    ['ts>=:range_start', `ts>=${LITERALS.range_start}`],
    ['f(:session_id,:session_id)', "f('s1','s1')"],
    [':session_id::varchar', "'s1'::varchar"],
    ['[:session_id, 1]', "['s1', 1]"],
    ["{'a': :session_id}", "{'a': 's1'}"],
    ['list[f(:session_id)]', "list[f('s1')]"],
    ['CASE WHEN x THEN :session_id END', "CASE WHEN x THEN 's1' END"],
    ['[x AND :session_id]', "[x AND 's1']"],
  ])('are replaced in %s', (sql, expected) => {
    expect(replaced(sql)).toBe(expected);
  });

  test.each([
    "'it''s :range_start'",
    "E'a\\' :nobody'",
    '"a "":nobody" ',
    '`:nobody`',
    '-- :nobody',
    '-- :nobody\n1',
    '/* a /* :nobody */ :nobody */',
    '$$ :nobody $$',
    '$tag$ $$ :nobody $tag$',
    'x::int',
    'x :: int',
    'list[1:n]',
    'list[a:b]',
    'list[f(x):n]',
    "{'a':b}",
    '{a:b, "c":d}',
    "'unterminated :nobody",
    '/* unterminated :nobody',
    '12:30',
    'a : b',
  ])('are not seen in %s', (sql) => {
    expect(placeholderNames(sql)).toEqual([]);
    expect(replaced(sql)).toBe(sql);
  });

  test('are listed once, in order', () => {
    expect(placeholderNames('SELECT :b, :a, :b')).toEqual(['b', 'a']);
  });

  test('of an unknown name are an error with place and suggestion', () => {
    const sql = 'SELECT 1,\n  :range_strat';
    expect(() => replaced(sql)).toThrow(SqlError);
    expect(() => replaced(sql)).toThrow(/:range_strat \(line 2, column 3\).*Did you mean :range_start\?/);
    expect(() => editSql(sql, placeholderEdits(sql, {}))).toThrow(/None is known here/);
    expect(() => editSql(':constructor', placeholderEdits(':constructor', {}))).toThrow(SqlError);
  });

  test('in strings with backslashes follow the dialect', () => {
    const sql = String.raw`'a\' :session_id'`;
    expect(placeholderNames(sql)).toEqual(['session_id']);
    expect(placeholderNames(sql, { backslashEscapes: true })).toEqual([]);
  });
});

describe('edited text', () => {
  test('maps places back to the text of the user', () => {
    const sql = 'SELECT :session_id AS a, :range_start AS b';
    const edited = editSql(sql, placeholderEdits(sql, LITERALS));
    expect(edited.toOriginal(0)).toBe(0);
    expect(edited.toOriginal(edited.sql.indexOf('AS a'))).toBe(sql.indexOf('AS a'));
    expect(edited.toOriginal(edited.sql.indexOf('2023'))).toBe(sql.indexOf(':range_start'));
    expect(edited.toOriginal(edited.sql.indexOf('AS b'))).toBe(sql.indexOf('AS b'));
    expect(lineAndColumn('a\nbc', 3)).toEqual({ line: 2, column: 2 });
  });

  test('keeps what is quoted, whatever it is', () => {
    const quoted = fc.oneof(
      fc.string().map((text) => `'${text.replaceAll("'", "''")}'`),
      fc.string().map((text) => `"${text.replaceAll('"', '""')}"`),
      fc.string().map((text) => `-- ${text.replaceAll('\n', ' ')}\n`),
      fc.string().map((text) => `$q$${text.replaceAll('$', '')}$q$`),
    );
    fc.assert(
      fc.property(fc.array(quoted), (parts) => {
        const sql = `SELECT ${parts.join(' , ')} , :session_id`;
        expect(replaced(sql)).toBe(`${sql.slice(0, -':session_id'.length)}'s1'`);
      }),
    );
  });
});
