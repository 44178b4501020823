/** `docs/errors.md` and the error classes say the same, in both directions. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT_BY_ERROR_CODE } from '../../packages/psyberg/src/exit-codes.ts';
import { ROOT } from '../support/source-tree.ts';
import { describedErrors, errorPageProblems, errorsIn } from './error-page.ts';

const SOURCES = ['iceberg/src/errors.ts', 'core/src/errors.ts', 'core/src/engine/errors.ts'];
const textOf = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
const page = textOf('docs/errors.md');
const errors = SOURCES.flatMap((file) => errorsIn(textOf(`packages/${file}`)));

describe('docs/errors.md', () => {
  it('describes every code with its class, outcome, exit status, cause and remedy, and no others', () => {
    expect(errors.map(({ code }) => code).sort()).toEqual(Object.keys(EXIT_BY_ERROR_CODE).sort());
    expect(errorPageProblems(page, errors, EXIT_BY_ERROR_CODE)).toEqual([]);
  });

  it('has no code twice, and links only to codes that it has', () => {
    const codes = describedErrors(page).map(({ code }) => code);
    expect(codes).toHaveLength(new Set(codes).size);
    const links = [...page.matchAll(/\(#((?:psy|eng|ice)_\w+)\)/g)].map((match) => match[1]!.toUpperCase());
    expect(links.filter((code) => !codes.includes(code))).toEqual([]);
  });
});

describe('the comparison', () => {
  const withPage = (changed: string) => errorPageProblems(changed, errors, EXIT_BY_ERROR_CODE);

  it('notices a code that the page lacks, and one that it invents', () => {
    expect(withPage(page.replace('### `ICE_CATALOG`', '### `ICE_CATALOGUE`'))).toEqual([
      'ICE_CATALOG is not on the page',
      'ICE_CATALOGUE is on the page only',
    ]);
  });

  it('notices a wrong class, outcome or exit status', () => {
    const changed = page.replace('`FencedError`, retryable, exit 4', '`FenceError`, terminal, exit 1');
    expect(withPage(changed)).toEqual([
      'PSY_FENCED has class FencedError, the page says FenceError',
      'PSY_FENCED has outcome retryable, the page says terminal',
      'PSY_FENCED has exit 4, the page says 1',
    ]);
  });

  it('notices a section without a remedy', () => {
    const start = page.indexOf('**Remedy.**', page.indexOf('### `ICE_FILE_IO`'));
    const changed = page.slice(0, start) + page.slice(page.indexOf('### `ICE_CATALOG`'));
    expect(withPage(changed)).toContain('ICE_FILE_IO lacks class, outcome, exit, cause or remedy');
  });

  it('notices a new class that nobody described', () => {
    const source = textOf('packages/iceberg/src/errors.ts').replaceAll('ICE_CATALOG', 'ICE_SOMETHING_NEW');
    expect(errorPageProblems(page, errorsIn(source), EXIT_BY_ERROR_CODE)).toContain(
      'ICE_SOMETHING_NEW is not on the page',
    );
  });
});
