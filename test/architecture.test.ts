import { describe, expect, it } from 'vitest';
import {
  importCycles,
  type Layers,
  pathOfEagerImport,
  undeclaredImports,
  wrongArrows,
} from './support/architecture.ts';
import { readPackages } from './support/source-tree.ts';

/**
 * The arrows. An import may point to its own line or to one before it; types obey too, since a lower layer that knows a type of
 * a higher one has learned of it.
 */
const LAYERS: Readonly<Record<string, Layers>> = {
  iceberg: [
    ['errors.ts', 'json'],
    ['spec'],
    ['expressions'],
    ['avro', 'io'],
    ['manifest'],
    ['metadata'],
    ['evolution'],
    ['catalog'],
    ['table.ts'],
    ['scan'],
    ['commit'],
    ['producers'],
    ['maintenance', 'conformance'],
  ],
  core: [
    ['errors.ts'],
    ['time'],
    ['process'],
    ['engine'],
    // How a staged snapshot names its session: needed to recognise records, so below the rest of its folder.
    ['state', 'session/wap-id.ts'],
    // The plan and the rows of our tables as values, of which everything above speaks.
    ['session/session-plan.ts', 'session/rows.ts'],
    ['signals'],
    ['changes'],
    ['plan'],
    ['session'],
    ['audits'],
    ['events.ts', 'reports.ts'],
    ['config'],
    ['project.ts'],
    ['open-project.ts', 'steps'],
    ['chain'],
    ['verify', 'inspect'],
    ['upkeep'],
    ['doctor'],
  ],
};

const PACKAGES: readonly (readonly string[])[] = [['iceberg'], ['core'], ['duckdb'], ['psyberg']];

/** Each costs a command that does not use it tens of milliseconds or more. */
const LAZY = ['zod', 'yaml', 'jiti', '@duckdb/node-api', '@psyberg/duckdb', 'better-sqlite3', 'hyparquet-compressors'];

const trees = readPackages();

describe('architecture', () => {
  it('reads every package, so that an empty answer means something', () => {
    expect(trees.map(({ folder }) => folder).sort()).toEqual(PACKAGES.flat().sort());
    for (const { folder, files } of trees) {
      expect(files.length, folder).toBeGreaterThan(5);
      expect(files.flatMap(({ imports }) => imports).length, folder).toBeGreaterThan(10);
    }
  });

  it('has packages import only what they declare and what others export', () => {
    expect(undeclaredImports(trees)).toEqual([]);
  });

  it('has packages know only those before them', () => {
    const folderOf = new Map(trees.map(({ manifest, folder }) => [manifest.name, folder]));
    const rankOf = (folder: string) => PACKAGES.findIndex((names) => names.includes(folder));
    const wrong = trees.flatMap(({ folder, manifest }) =>
      manifest.dependencies
        .filter((name) => folderOf.has(name) && rankOf(folderOf.get(name)!) >= rankOf(folder))
        .map((name) => `${manifest.name} depends on ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  it.each(Object.entries(LAYERS))('has the arrows inside %s point one way', (folder, layers) => {
    expect(wrongArrows(trees.find((tree) => tree.folder === folder)!, layers)).toEqual([]);
  });

  it('has no circle of imports', () => {
    expect(trees.flatMap(importCycles)).toEqual([]);
  });

  it.each(LAZY)('loads %s only when it is needed', (foreign) => {
    expect(pathOfEagerImport(trees, { package: 'psyberg', path: 'src/main.ts' }, foreign)).toBeUndefined();
  });
});
