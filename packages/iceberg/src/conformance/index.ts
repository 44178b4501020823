export { catalogConformance } from './catalog.ts';
export type { CatalogSubject } from './catalog-tables.ts';
export type { ConformanceCase } from './conformance-case.ts';
export { type FileIOSubject, fileIOConformance } from './file-io.ts';
