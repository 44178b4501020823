import { catalogCommitCases } from './catalog-commit-cases.ts';
import { catalogNamespaceCases } from './catalog-namespace-cases.ts';
import { catalogTableCases } from './catalog-table-cases.ts';
import type { CatalogSubject } from './catalog-tables.ts';
import type { ConformanceCase } from './conformance-case.ts';

/** What every `Catalog` does, races between two handles included. */
export const catalogConformance: readonly ConformanceCase<CatalogSubject>[] = [
  ...catalogNamespaceCases,
  ...catalogTableCases,
  ...catalogCommitCases,
];
