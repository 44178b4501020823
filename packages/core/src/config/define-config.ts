import type { PsybergConfig } from './config-shape.ts';

/**
 * The identity, for its types: lets editors complete and compilers check a configuration in TypeScript.
 *
 * @example
 * ```ts
 * import { defineConfig } from 'psyberg';
 * export default defineConfig({ processes: { … } });
 * ```
 */
export const defineConfig = (config: PsybergConfig): PsybergConfig => config;
