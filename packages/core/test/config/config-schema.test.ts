import { describe, expect, expectTypeOf, it } from 'vitest';
import type * as z from 'zod/mini';
import { configJsonSchema } from '../../src/config/config-json-schema.ts';
import type {
  AuditConfig,
  ProcessConfig,
  PsybergConfig,
  SourceConfig,
  TargetConfig,
} from '../../src/config/config-shape.ts';
import { defineConfig } from '../../src/config/define-config.ts';
import { didYouMean } from '../../src/config/did-you-mean.ts';
import type { configSchema } from '../../src/config/schema.ts';

type Shape = z.input<typeof configSchema>;
type ShapeOfProcess = NonNullable<Shape['processes']>[string];

/** The names of optional and required keys, whatever the values. */
type Keys<T> = {
  -readonly [K in keyof T as string extends K ? never : K]-?: undefined extends T[K] ? 'optional' : 'required';
};

describe('the types of a configuration', () => {
  it('have the keys that the schema has', () => {
    expectTypeOf<Keys<PsybergConfig>>().toEqualTypeOf<Keys<Shape>>();
    expectTypeOf<Keys<ProcessConfig>>().toEqualTypeOf<Keys<ShapeOfProcess>>();
    expectTypeOf<Keys<TargetConfig>>().toEqualTypeOf<Keys<ShapeOfProcess['target']>>();
    expectTypeOf<Keys<SourceConfig>>().toEqualTypeOf<Keys<Exclude<ShapeOfProcess['sources'][number], string>>>();
    expectTypeOf<Keys<AuditConfig>>().toEqualTypeOf<Keys<NonNullable<ShapeOfProcess['audits']>[number]>>();
  });

  it('refuse what the schema refuses', () => {
    // @ts-expect-error there is no such mode
    defineConfig({ processes: { a: { mode: 'merge', sources: [], target: { table: 'a.b' }, transform: {} } } });
    // @ts-expect-error a mistyped key
    defineConfig({ engine: { thread: 4 } });
    const config = defineConfig({ engine: { threads: 4 } });
    expect(config).toEqual({ engine: { threads: 4 } });
  });
});

describe('configJsonSchema', () => {
  it('describes the keys and closes the mappings', async () => {
    const schema = (await configJsonSchema()) as {
      readonly [key: string]: unknown;
      readonly properties: Readonly<Record<string, { readonly [key: string]: unknown }>>;
    };
    expect(schema).toMatchObject({
      $schema: 'http://json-schema.org/draft-07/schema#',
      title: 'Psyberg configuration',
      type: 'object',
      additionalProperties: false,
    });
    expect(Object.keys(schema.properties)).toEqual(['$schema', 'catalog', 'engine', 'engines', 'tables', 'processes']);
    expect(schema.properties.processes).toMatchObject({
      propertyNames: { pattern: '^[a-z][a-z0-9_]*$' },
      additionalProperties: { required: ['mode', 'sources', 'target', 'transform'] },
    });
    expect(JSON.stringify(schema.properties.engine)).not.toContain('required');
    expect(JSON.stringify(schema)).toContain('How much earlier and later than itself');
  });
});

describe('didYouMean', () => {
  it('ends a message, or leaves it as it is', () => {
    expect(didYouMean('tabel', ['time', 'table'])).toBe('; did you mean "table"?');
    expect(didYouMean('quux', ['table', 'time'])).toBe('');
  });
});
