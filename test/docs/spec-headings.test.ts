/** A citation that leads nowhere is worse than none: every heading of the Iceberg spec that a source cites is one of the spec's. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { ROOT, readPackages } from '../support/source-tree.ts';
import { citationsIn, SPEC_HEADINGS } from './spec-headings.ts';

const cited = readPackages().flatMap(({ folder, files }) =>
  files.flatMap((file) =>
    citationsIn(readFileSync(path.join(ROOT, 'packages', folder, file.path), 'utf8')).map(({ heading, line }) => ({
      heading,
      place: `packages/${folder}/${file.path}:${line}`,
    })),
  ),
);

it('cites the Iceberg spec by headings that it has', () => {
  const wrong = cited.filter(({ heading }) => !SPEC_HEADINGS.has(heading));
  expect(wrong).toEqual([]);
});

it('keeps no exception and no heading that nobody cites', () => {
  const headings = new Set(cited.map(({ heading }) => heading));
  expect([...SPEC_HEADINGS].filter((heading) => !headings.has(heading))).toEqual([]);
});

it('sees every citation of a comment, and one that leads nowhere', () => {
  const source = [
    '/**',
    ' * @see Iceberg spec, "Sequence Number Inheritance" (v2), "Manifest Inheritance"',
    ' * @see Apache Avro specification, "Binary Encoding"',
    ' */',
    '/** Hash. @see Iceberg spec, "Snapshots", `summary`; as Java does */',
  ].join('\n');
  const found = citationsIn(source);
  expect(found).toEqual([
    { heading: 'Sequence Number Inheritance', line: 2 },
    { heading: 'Manifest Inheritance', line: 2 },
    { heading: 'Snapshots', line: 5 },
  ]);
  expect(found.filter(({ heading }) => !SPEC_HEADINGS.has(heading))).toEqual([
    { heading: 'Manifest Inheritance', line: 2 },
  ]);
});
