import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Import, importsOf } from './imports.ts';

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface SourceFile {
  /** Relative to the package: `src/time/grain.ts`. */
  readonly path: string;
  readonly imports: readonly Import[];
}

/** What of a package's manifest decides what it may import. */
export interface PackageManifest {
  readonly name: string;
  readonly exports: Readonly<Record<string, unknown>>;
  /** Of every kind that an installation brings or asks for. */
  readonly dependencies: readonly string[];
}

export interface PackageTree {
  /** Folder below `packages/`. */
  readonly folder: string;
  readonly manifest: PackageManifest;
  readonly files: readonly SourceFile[];
}

/** Every package with the imports of its sources. */
export function readPackages(root: string = ROOT): readonly PackageTree[] {
  const folders = readdirSync(join(root, 'packages'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return folders.map(({ name: folder }) => {
    const directory = join(root, 'packages', folder);
    return { folder, manifest: readManifest(join(directory, 'package.json')), files: [...readFiles(directory, 'src')] };
  });
}

function readManifest(file: string): PackageManifest {
  const json = JSON.parse(readFileSync(file, 'utf8')) as Readonly<
    Record<string, Record<string, unknown> | undefined>
  > & {
    readonly name: string;
  };
  const kinds = ['dependencies', 'peerDependencies', 'optionalDependencies'];
  return {
    name: json.name as string,
    exports: json.exports ?? {},
    dependencies: kinds.flatMap((kind) => Object.keys(json[kind] ?? {})),
  };
}

function* readFiles(directory: string, below: string): Generator<SourceFile> {
  for (const entry of readdirSync(join(directory, below), { withFileTypes: true })) {
    const path = posix.join(below, entry.name);
    if (entry.isDirectory()) yield* readFiles(directory, path);
    else if (entry.name.endsWith('.ts'))
      yield { path, imports: importsOf(readFileSync(join(directory, path), 'utf8')) };
  }
}

/** The file that a relative import means, relative to the package. */
export const resolveRelative = (from: string, specifier: string): string => posix.join(posix.dirname(from), specifier);

export const isRelative = (specifier: string): boolean => specifier.startsWith('.');

/** `@psyberg/core` of `@psyberg/core/conformance`, `yaml` of `yaml/util`. */
export const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
