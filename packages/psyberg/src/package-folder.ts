/** Where this package lies. Stands directly below it, compiled and bundled too, so that the answer is the same everywhere. */
export const PACKAGE_FOLDER = new URL('../', import.meta.url);
