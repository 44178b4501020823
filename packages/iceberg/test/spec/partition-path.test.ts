import { describe, expect, it } from 'vitest';
import { parseTimeNs, parseTimestampNs } from '../../src/spec/parse-time.ts';
import { partitionPath } from '../../src/spec/partition-path.ts';
import { schemaFromJson } from '../../src/spec/schema-json.ts';
import { parseTransform } from '../../src/spec/transform-text.ts';
import { applyTransform } from '../../src/spec/transforms.ts';
import type { NullableValue, PrimitiveType } from '../../src/spec/types.ts';

function pathOf(name: string, transform: string, type: string, value: NullableValue): string {
  const schema = schemaFromJson({ fields: [{ id: 1, name: 'c', required: false, type }] });
  const fields = [{ sourceId: 1, fieldId: 1000, name, transform: parseTransform(transform) }];
  const partition = applyTransform(fields[0]!.transform, schema.fields[0]!.type as PrimitiveType, value);
  return partitionPath({ specId: 0, fields }, schema, [partition]);
}

const us = (text: string): bigint => parseTimestampNs(text)! / 1000n;

describe('partitionPath', () => {
  it.each<[string, string, string, NullableValue, string]>([
    ['y', 'year', 'timestamptz', us('2026-01-05T07:00:00'), 'y=2026'],
    ['m', 'month', 'timestamptz', us('2026-01-05T07:00:00'), 'm=2026-01'],
    ['d', 'day', 'timestamptz', us('2026-01-05T07:00:00'), 'd=2026-01-05'],
    ['h', 'hour', 'timestamptz', us('2026-01-05T07:00:00'), 'h=2026-01-05-07'],
    ['h', 'hour', 'timestamptz', us('1969-12-31T23:59:59'), 'h=1969-12-31-23'],
    ['m', 'month', 'date', -1, 'm=1969-12'],
    ['d', 'identity', 'date', 20458, 'd=2026-01-05'],
    ['t', 'identity', 'timestamp', us('2026-01-05T07:00:00.000001'), 't=2026-01-05T07%3A00%3A00.000001'],
    ['t', 'identity', 'timestamptz', us('2026-01-05T07:00:00'), 't=2026-01-05T07%3A00%3A00%2B00%3A00'],
    ['t', 'identity', 'time', parseTimeNs('07:08:09.5')! / 1000n, 't=07%3A08%3A09.5'],
    ['b', 'identity', 'binary', Uint8Array.of(0xfb, 0xff), 'b=%2B%2F8%3D'],
    ['n', 'identity', 'decimal(9,2)', -5n, 'n=-0.05'],
    ['n', 'identity', 'long', -7n, 'n=-7'],
    ['f', 'identity', 'boolean', false, 'f=false'],
    ['s', 'identity', 'string', '', 's='],
    ['s', 'identity', 'string', 'null', 's=null'],
    ['s', 'identity', 'string', null, 's=null'],
    ['a b=c', 'identity', 'string', "x y/z:~!'()*._-ü", 'a+b%3Dc=x+y%2Fz%3A%7E%21%27%28%29*._-%C3%BC'],
    ['k', 'bucket[16]', 'string', 'iceberg', 'k=9'],
  ])('%s %s of %s', (name, transform, type, value, path) => {
    expect(pathOf(name, transform, type, value)).toBe(path);
  });

  it('is empty without partitions and joins several with a slash', () => {
    const schema = schemaFromJson({ fields: [{ id: 1, name: 'c', required: false, type: 'int' }] });
    const field = { sourceId: 1, transform: { kind: 'identity' } as const };
    expect(partitionPath({ specId: 0, fields: [] }, schema, [])).toBe('');
    const fields = [
      { ...field, fieldId: 1000, name: 'a' },
      { ...field, fieldId: 1001, name: 'b' },
    ];
    expect(partitionPath({ specId: 0, fields }, schema, [1, null])).toBe('a=1/b=null');
  });
});
