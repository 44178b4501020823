import { type ConfigPath, isMapping, pathKey } from './config-path.ts';

export interface Interpolated {
  readonly value: unknown;
  /** Texts as they were written, by `pathKey`, where something of the environment was put in. Messages show these: the rest may be a secret. */
  readonly written: ReadonlyMap<string, string>;
  readonly missing: readonly { readonly path: ConfigPath; readonly variable: string }[];
}

// `$${` is a plain `${`. A default ends at the first `}`.
const REFERENCE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/** Puts the environment into every text of a configuration: `${VAR}`, and `${VAR:-default}` for one that is unset or empty. */
export function interpolate(root: unknown, env: Readonly<Record<string, string | undefined>>): Interpolated {
  const written = new Map<string, string>();
  const missing: { path: ConfigPath; variable: string }[] = [];
  const inText = (text: string, path: ConfigPath): string => {
    let touched = false;
    const result = text.replaceAll(REFERENCE, (whole, variable: string | undefined, fallback: string | undefined) => {
      if (variable === undefined) return '${';
      touched = true;
      const value = env[variable];
      if (fallback !== undefined) return value === undefined || value === '' ? fallback : value;
      if (value !== undefined) return value;
      missing.push({ path, variable });
      return whole;
    });
    if (touched) written.set(pathKey(path), text);
    return result;
  };
  const walk = (value: unknown, path: ConfigPath): unknown => {
    if (typeof value === 'string') return inText(value, path);
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index]));
    if (!isMapping(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, [...path, key])]));
  };
  return { value: walk(root, []), written, missing };
}
