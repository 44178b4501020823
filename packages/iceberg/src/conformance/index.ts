export type { ConformanceCase } from './conformance-case.ts';
export { type FileIOSubject, fileIOConformance } from './file-io.ts';
