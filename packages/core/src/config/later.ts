import type { ConfigPath } from './config-path.ts';

/** Keys whose place is kept and that do nothing yet; `*` stands for any one key or index. */
const LATER_KEYS: Readonly<Record<string, readonly string[]>> = {
  '': ['io', 'include', 'defaults', 'environments', 'vars', 'macros'],
  'processes.*': ['tags', 'owner', 'description', 'formerly'],
  'processes.*.target': ['timezone', 'key'],
};

const LATER_VALUES: Readonly<Record<string, readonly string[]>> = {
  'catalog.type': ['rest'],
  'engine.type': ['spark'],
  'engines.*.type': ['spark'],
  'processes.*.mode': ['merge'],
  'processes.*.target.interval': ['week', 'month'],
};

export const isLaterKey = (parent: ConfigPath, key: string): boolean => find(LATER_KEYS, parent).includes(key);

export const isLaterValue = (path: ConfigPath, value: unknown): boolean =>
  typeof value === 'string' && find(LATER_VALUES, path).includes(value);

export const notThereYet = (what: string): string =>
  `${what} is not there yet; its place is kept for a later version. Take it out for now.`;

function find(table: Readonly<Record<string, readonly string[]>>, path: ConfigPath): readonly string[] {
  for (const [pattern, words] of Object.entries(table)) {
    const parts = pattern === '' ? [] : pattern.split('.');
    if (parts.length === path.length && parts.every((part, i) => part === '*' || part === String(path[i])))
      return words;
  }
  return [];
}
