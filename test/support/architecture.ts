import { isBuiltin } from 'node:module';
import { isRelative, type PackageTree, packageOf, resolveRelative } from './source-tree.ts';

/**
 * Files and folders of a package's `src`, lowest first. What stands on one line may import itself and everything above that line;
 * a file listed apart from its folder has a place of its own.
 */
export type Layers = readonly (readonly string[])[];

const at = (tree: PackageTree, path: string, line: number): string => `packages/${tree.folder}/${path}:${line}`;

/** Imports of packages that the importing package does not declare, or that reach past another's exports. */
export function undeclaredImports(trees: readonly PackageTree[]): readonly string[] {
  const manifests = new Map(trees.map(({ manifest }) => [manifest.name, manifest]));
  return trees.flatMap((tree) =>
    tree.files.flatMap(({ path, imports }) =>
      imports.flatMap(({ specifier, line }) => {
        if (isRelative(specifier)) {
          const inside = resolveRelative(path, specifier).startsWith('src/');
          return inside ? [] : [`${at(tree, path, line)} leaves its package: ${specifier}`];
        }
        if (isBuiltin(specifier)) return [];
        const name = packageOf(specifier);
        if (!tree.manifest.dependencies.includes(name)) {
          return [`${at(tree, path, line)} imports ${name}, which ${tree.manifest.name} does not declare`];
        }
        const entry = `.${specifier.slice(name.length)}`;
        const target = manifests.get(name);
        const hidden = target !== undefined && !(entry in target.exports);
        return hidden ? [`${at(tree, path, line)} imports ${specifier}, which ${name} does not export`] : [];
      }),
    ),
  );
}

/** Imports, of types too, that point from a lower layer to a higher one, and files that no layer names. */
export function wrongArrows(tree: PackageTree, layers: Layers): readonly string[] {
  const ranks = new Map(layers.flatMap((names, rank) => names.map((name) => [name, rank] as const)));
  const layerOf = (path: string): string => {
    const inside = path.slice('src/'.length);
    return ranks.has(inside) ? inside : (inside.split('/')[0] ?? inside);
  };
  const problems = new Set<string>();
  for (const { path, imports } of tree.files) {
    if (path === 'src/index.ts') continue;
    const from = layerOf(path);
    const rank = ranks.get(from);
    if (rank === undefined) {
      problems.add(`packages/${tree.folder}/src/${from} has no layer; give it one in test/architecture.test.ts`);
      continue;
    }
    for (const { specifier, line } of imports.filter((one) => isRelative(one.specifier))) {
      const target = resolveRelative(path, specifier);
      const to = layerOf(target);
      if (target === 'src/index.ts') problems.add(`${at(tree, path, line)} imports the package's own index`);
      else if ((ranks.get(to) ?? -1) > rank)
        problems.add(`${at(tree, path, line)} ${from} must not know ${to}: ${specifier}`);
    }
  }
  return [...problems];
}

/** Circles of imports that stay after compilation; each as the lines that close it. */
export function importCycles(tree: PackageTree): readonly string[] {
  const files = new Map(tree.files.map((file) => [file.path, file]));
  const cycles: string[] = [];
  const finished = new Set<string>();
  const trail: { path: string; line: number }[] = [];
  const visit = (path: string): void => {
    const start = trail.findIndex((step) => step.path === path);
    if (start >= 0) {
      cycles.push([...trail.slice(start).map((step) => at(tree, step.path, step.line)), path].join(' -> '));
      return;
    }
    if (finished.has(path)) return;
    for (const { specifier, line, kind } of files.get(path)?.imports ?? []) {
      if (kind !== 'value' || !isRelative(specifier)) continue;
      trail.push({ path, line });
      visit(resolveRelative(path, specifier));
      trail.pop();
    }
    finished.add(path);
  };
  for (const path of files.keys()) visit(path);
  return cycles;
}

/** How `entry` (a file of a package) comes to load a foreign package without anyone asking: the files on the way, or undefined. */
export function pathOfEagerImport(
  trees: readonly PackageTree[],
  entry: { readonly package: string; readonly path: string },
  foreign: string,
): readonly string[] | undefined {
  const byName = new Map(trees.map((tree) => [tree.manifest.name, tree]));
  const seen = new Set<string>();
  const search = (tree: PackageTree, path: string): readonly string[] | undefined => {
    const key = `${tree.folder}/${path}`;
    if (seen.has(key)) return undefined;
    seen.add(key);
    for (const { specifier, line, kind } of tree.files.find((file) => file.path === path)?.imports ?? []) {
      if (kind !== 'value') continue;
      const here = at(tree, path, line);
      if (packageOf(specifier) === foreign) return [here];
      const next = isRelative(specifier) ? tree : byName.get(specifier);
      const rest = next && search(next, isRelative(specifier) ? resolveRelative(path, specifier) : 'src/index.ts');
      if (rest) return [here, ...rest];
    }
    return undefined;
  };
  const tree = byName.get(entry.package);
  return tree && search(tree, entry.path);
}
