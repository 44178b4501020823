/** Each guard of the architecture finds the violation it is there for. */
import { describe, expect, it } from 'vitest';
import { importCycles, pathOfEagerImport, undeclaredImports, wrongArrows } from '../support/architecture.ts';
import { importsOf } from '../support/imports.ts';
import type { PackageTree } from '../support/source-tree.ts';

function tree(
  folder: string,
  files: Readonly<Record<string, string>>,
  dependencies: readonly string[] = [],
): PackageTree {
  const manifest = { name: `@psyberg/${folder}`, exports: { '.': {}, './conformance': {} }, dependencies };
  return { folder, manifest, files: Object.entries(files).map(([path, text]) => ({ path, imports: importsOf(text) })) };
}

describe('importsOf', () => {
  it('sees every form, and whether anything is left of it after compilation', () => {
    const text = `
import './side-effect.ts';
import whole from 'yaml';
import * as all from "node:fs";
import {
  one,
  type Two,
} from './several.ts';
import type { A } from './type.ts';
import { type B, type C } from './types.ts';
import type from './named-type.ts';
export * from './star.ts';
export { a } from './again.ts';
export type { D } from './again-type.ts';
const lazy = await import('zod');
type E = import('./inline.ts').E;
// import { no } from './line-comment.ts';
/* import('./block.ts')
import './inside.ts';
 */
const url = 'http://x'; const later = () => import('./after-url.ts');
export const text = 'from';
export function f(from: string) { return 'x'; }
`;
    expect(importsOf(text).map(({ specifier, kind, line }) => `${line} ${kind} ${specifier}`)).toEqual([
      '2 value ./side-effect.ts',
      '3 value yaml',
      '4 value node:fs',
      '5 value ./several.ts',
      '9 type ./type.ts',
      '10 type ./types.ts',
      '11 value ./named-type.ts',
      '12 value ./star.ts',
      '13 value ./again.ts',
      '14 type ./again-type.ts',
      '15 lazy zod',
      '16 type ./inline.ts',
      '21 lazy ./after-url.ts',
    ]);
  });
});

describe('undeclaredImports', () => {
  it('finds a sibling that is not declared, a way around its exports, and a way out of the package', () => {
    const core = tree(
      'core',
      {
        'src/a.ts': `import 'node:fs';\nimport { t } from '@psyberg/iceberg';\nimport { d } from '@psyberg/duckdb';`,
        'src/b/c.ts': `import '@psyberg/iceberg/conformance';\nimport '@psyberg/iceberg/src/table.ts';\nimport '../../../iceberg/src/table.ts';`,
      },
      ['@psyberg/iceberg'],
    );
    expect(undeclaredImports([core, tree('iceberg', {})])).toEqual([
      'packages/core/src/a.ts:3 imports @psyberg/duckdb, which @psyberg/core does not declare',
      'packages/core/src/b/c.ts:2 imports @psyberg/iceberg/src/table.ts, which @psyberg/iceberg does not export',
      'packages/core/src/b/c.ts:3 leaves its package: ../../../iceberg/src/table.ts',
    ]);
  });
});

describe('wrongArrows', () => {
  it('finds an arrow upwards, of types too, a file without a layer, and the use of the own index', () => {
    const core = tree('core', {
      'src/index.ts': `export * from './plan/a.ts';`,
      'src/time/grain.ts': `import type { P } from '../plan/a.ts';`,
      'src/plan/a.ts': `import { g } from '../time/grain.ts';\nimport { x } from '../index.ts';`,
      'src/session/low.ts': `import { g } from '../time/grain.ts';`,
      'src/session/high.ts': `import { l } from './low.ts';`,
      'src/new/x.ts': '',
    });
    expect(wrongArrows(core, [['time'], ['session/low.ts'], ['plan'], ['session']])).toEqual([
      'packages/core/src/time/grain.ts:1 time must not know plan: ../plan/a.ts',
      "packages/core/src/plan/a.ts:2 imports the package's own index",
      'packages/core/src/new has no layer; give it one in test/architecture.test.ts',
    ]);
  });
});

describe('importCycles', () => {
  it('names the lines of a circle, and lets circles of types be', () => {
    const core = tree('core', {
      'src/a.ts': `\nimport { b } from './b.ts';`,
      'src/b.ts': `import { c } from './c/c.ts';`,
      'src/c/c.ts': `import { a } from '../a.ts';`,
      'src/d.ts': `import type { E } from './e.ts';`,
      'src/e.ts': `import { d } from './d.ts';`,
    });
    expect(importCycles(core)).toEqual([
      'packages/core/src/a.ts:2 -> packages/core/src/b.ts:1 -> packages/core/src/c/c.ts:1 -> src/a.ts',
    ]);
  });
});

describe('pathOfEagerImport', () => {
  it('follows imports from package to package, and lets lazy ones be', () => {
    const trees = [
      tree('psyberg', { 'src/main.ts': `import { l } from '@psyberg/core';\nconst z = import('zod');` }, [
        '@psyberg/core',
      ]),
      tree('core', { 'src/index.ts': `export * from './y.ts';`, 'src/y.ts': `import { parse } from 'yaml';` }),
    ];
    const entry = { package: '@psyberg/psyberg', path: 'src/main.ts' };
    expect(pathOfEagerImport(trees, entry, 'yaml')).toEqual([
      'packages/psyberg/src/main.ts:1',
      'packages/core/src/index.ts:1',
      'packages/core/src/y.ts:1',
    ]);
    expect(pathOfEagerImport(trees, entry, 'zod')).toBeUndefined();
  });
});
