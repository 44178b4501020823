/** Links of our pages lead to files that are there, and paths that they name in code exist. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../support/source-tree.ts';

const PAGES = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => path.join('docs', name)),
  ...readdirSync(path.join(ROOT, 'packages')).map((name) => path.join('packages', name, 'README.md')),
  path.join('bench', 'README.md'),
];

/** Targets of relative links, without what stands after `#`. */
const linksOf = (text: string): readonly string[] =>
  [...text.matchAll(/\]\((?![a-z]+:)([^)#\s]+)[^)]*\)/g)].map((match) => match[1]!);

/** `packages/x/…`, `core/src/…`, `test/…` and the like, as pages name them in code. */
const pathsOf = (text: string): readonly string[] =>
  [...text.matchAll(/`((?:packages|core|iceberg|duckdb|psyberg|test|docs|bench|examples)\/[\w./-]+)`/g)].map(
    (match) => match[1]!,
  );

const isThere = (name: string): boolean =>
  existsSync(path.join(ROOT, name)) || existsSync(path.join(ROOT, 'packages', name));

function brokenIn(page: string, text: string): readonly string[] {
  const links = linksOf(text).filter((link) => !existsSync(path.join(ROOT, path.dirname(page), link)));
  return [...links, ...pathsOf(text).filter((name) => !isThere(name))];
}

it.each(PAGES)('%s points to what is there', (page) => {
  expect(brokenIn(page, readFileSync(path.join(ROOT, page), 'utf8'))).toEqual([]);
});

it('notices a link and a path that lead nowhere', () => {
  const text =
    'See [it](docs/nowhere.md#x), [that](README.md), `core/src/gone.ts`, `core/src/errors.ts`, [out](https://a.b/c).';
  expect(brokenIn('README.md', text)).toEqual(['docs/nowhere.md', 'core/src/gone.ts']);
});
