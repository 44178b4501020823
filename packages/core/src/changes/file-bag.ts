import type { ScannedFile } from '@psyberg/iceberg';

/** Files of a table by path; one that the table lists twice, whose rows count twice, is in it twice. In the order they came. */
export class FileBag {
  readonly #files = new Map<string, ScannedFile[]>();

  add(file: ScannedFile): void {
    const same = this.#files.get(file.file.path);
    if (same === undefined) this.#files.set(file.file.path, [file]);
    else same.push(file);
  }

  count(path: string): number {
    return this.#files.get(path)?.length ?? 0;
  }

  /** Takes one out; undefined where there is none. */
  take(path: string): ScannedFile | undefined {
    const same = this.#files.get(path);
    const file = same?.pop();
    if (same?.length === 0) this.#files.delete(path);
    return file;
  }

  files(): readonly ScannedFile[] {
    return [...this.#files.values()].flat();
  }
}

/** Of `files`, listed twice where they are, those that `others` has not as often. */
export function filesWithout(files: readonly ScannedFile[], others: readonly ScannedFile[]): readonly ScannedFile[] {
  const bag = new FileBag();
  for (const other of others) bag.add(other);
  return files.filter(({ file }) => bag.take(file.path) === undefined);
}
