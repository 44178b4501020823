/** Headings of the Iceberg table spec that sources may cite: each stands in the spec under these words. */
export const SPEC_HEADINGS: ReadonlySet<string> = new Set([
  'Sequence Numbers',
  'Schemas and Data Types',
  'Schema Evolution',
  'Column Projection',
  'Partitioning',
  'Partition Transforms',
  'Partition Evolution',
  'Sorting',
  'Manifests',
  'Manifest Entry Fields',
  'Data File Fields',
  'Sequence Number Inheritance',
  'Snapshots',
  'Manifest Lists',
  'Scan Planning',
  'Snapshot References',
  'Table Metadata Fields',
  'Commit Conflict Resolution and Retry',
  'Appendix A: Format-specific Requirements',
  'Avro',
  'Appendix B: 32-bit Hash Requirements',
  'Appendix C: JSON serialization',
  'Schemas',
  'Partition Specs',
  'Sort Orders',
  'Table Metadata and Snapshots',
  'Appendix D: Single-value serialization',
  'Binary single-value serialization',
  'JSON single-value serialization',
]);

/** One heading that a source cites. */
export interface Citation {
  readonly heading: string;
  /** 1-based. */
  readonly line: number;
}

const CITATION = /Iceberg spec, ((?:"[^"\n]+"(?:\s*\([^)\n]*\))?,?\s*(?:\*\s*)?)+)/g;

/** Every heading cited as `Iceberg spec, "…", "…"`. */
export function citationsIn(source: string): readonly Citation[] {
  return [...source.matchAll(CITATION)].flatMap((match) =>
    [...match[1]!.matchAll(/"([^"]+)"/g)].map((quoted) => ({
      heading: quoted[1]!,
      line: source.slice(0, match.index).split('\n').length,
    })),
  );
}
