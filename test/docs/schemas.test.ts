/** The schema of the configuration that the package publishes is the one that configurations are checked with. */
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { configJsonSchema } from '@psyberg/core';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import * as z from 'zod';
import { ROOT } from '../support/source-tree.ts';

const PUBLISHED = path.join(ROOT, 'packages/psyberg/schema/config.schema.json');
const CONFIGS = [
  'examples/membership/psyberg.yaml',
  'examples/earthquakes/psyberg.yaml',
  'packages/psyberg/templates/demo/psyberg.yaml',
];

const published: Parameters<typeof z.fromJSONSchema>[0] = JSON.parse(readFileSync(PUBLISHED, 'utf8'));

describe('schema/config.schema.json', () => {
  const schema = z.fromJSONSchema(published);

  it('is what the checks are made of; after a change of keys: npm run schema', async () => {
    expect(published).toEqual(JSON.parse(JSON.stringify(await configJsonSchema())));
  });

  it.each(CONFIGS)('accepts %s', async (file) => {
    const config: unknown = parse(await readFile(path.join(ROOT, file), 'utf8'));
    expect(schema.safeParse(config).error?.issues ?? []).toEqual([]);
  });

  it.each([
    ['an unknown key', { engin: {} }],
    [
      'a mistyped mode',
      { processes: { a: { mode: 'statful', sources: ['a.b'], target: { table: 'a.c' }, transform: {} } } },
    ],
    ['a text for a number', { engine: { threads: 'many' } }],
    ['a process without a target', { processes: { a: { mode: 'stateful', sources: ['a.b'], transform: {} } } }],
  ])('refuses %s', (_name, config) => {
    expect(schema.safeParse(config).success).toBe(false);
  });
});
