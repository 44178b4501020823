import type { ConfigSource, UnreadableConfig } from './config-source.ts';
import { defineConfig } from './define-config.ts';

/** What `import … from 'psyberg'` gives a configuration, by package name. */
export type ConfigModules = Readonly<Record<string, unknown>>;

const OWN_MODULES: ConfigModules = { psyberg: { defineConfig }, '@psyberg/core': { defineConfig } };

/**
 * Runs `psyberg.config.ts` (or `.js`, `.mjs`) and takes its default export. Types are erased, not checked.
 *
 * Imports of our own packages get the running ones, so that a configuration works where nothing is installed.
 */
export async function readModuleConfig(
  file: string,
  shownAs: string,
  modules: ConfigModules = {},
): Promise<ConfigSource | UnreadableConfig> {
  const { createJiti } = await import('jiti');
  const jiti = createJiti(import.meta.url, { virtualModules: { ...OWN_MODULES, ...modules }, moduleCache: false });
  let exported: unknown;
  try {
    exported = await jiti.import<unknown>(file);
  } catch (error) {
    return { problems: [{ file: shownAs, path: '', message: `could not be run: ${describeFailure(error, file)}` }] };
  }
  if (typeof exported !== 'object' || exported === null || !('default' in exported)) {
    const message = 'has no default export; write "export default defineConfig({ … })".';
    return { problems: [{ file: shownAs, path: '', message }] };
  }
  return { file, value: await exported.default, place: () => undefined };
}

/** The message with the place in the file, which the stack knows and the message mostly does not. */
function describeFailure(error: unknown, file: string): string {
  if (!(error instanceof Error)) return String(error);
  const message = error.message.replaceAll(/\s+/g, ' ').trim();
  if (message.includes(file)) return message;
  const at = error.stack?.split('\n').find((line) => line.includes(file));
  const place = at === undefined ? undefined : /:(\d+):(\d+)\)?$/.exec(at);
  return place ? `${message} (line ${place[1]}, column ${place[2]})` : message;
}
