import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parseAst } from 'vitest/node';
import { MUTANTS } from './mutants.ts';

const textOf = (file: string): string => readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8');

test.each(MUTANTS)('the fault "$name" can be switched in', ({ file, find, replace }) => {
  const text = textOf(file);
  expect(text.split(find).length - 1, `times that the text stands in ${file}`).toBe(1);
  const mutated = text.replace(find, () => replace);
  expect(mutated).not.toBe(text);
  expect(() => parseAst(mutated, { lang: 'ts' })).not.toThrow();
});

test('a fault that does not parse would be noticed', () => {
  expect(() => parseAst('const a: number = ;', { lang: 'ts' })).toThrow();
});

test('there are at least fifteen faults, each with a name of its own', () => {
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  expect(MUTANTS.length).toBeGreaterThanOrEqual(15);
});
