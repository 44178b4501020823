import type { Type } from '@psyberg/iceberg';
import { describe, expect, it } from 'vitest';
import { printValue } from '../../src/audits/print-value.ts';
import type { QueryValue } from '../../src/engine/engine.ts';

describe('printValue', () => {
  it.each<[Type, QueryValue, string | null]>([
    [{ kind: 'string' }, null, null],
    [{ kind: 'string' }, 'null', 'null'],
    [{ kind: 'long' }, 7234567890123456789n, '7234567890123456789'],
    [{ kind: 'double' }, 0.1, '0.1'],
    [{ kind: 'boolean' }, false, 'false'],
    [{ kind: 'date' }, -1, '1969-12-31'],
    [{ kind: 'timestamptz' }, 1_694_656_800_123_456n, '2023-09-14T02:00:00.123456Z'],
    [{ kind: 'timestamp' }, -1n, '1969-12-31T23:59:59.999999'],
    [{ kind: 'timestamp' }, 2n ** 63n - 1n, '9223372036854775807 µs since 1970'],
    [{ kind: 'time' }, 3_600_000_000n, '01:00:00'],
    [{ kind: 'decimal', precision: 9, scale: 2 }, -5n, '-0.05'],
    [{ kind: 'decimal', precision: 9, scale: 0 }, 12n, '12'],
    [{ kind: 'binary' }, Uint8Array.of(0, 255), '0x00ff'],
    [
      { kind: 'list', elementId: 1, element: { kind: 'date' }, elementRequired: false },
      [0, null],
      '["1970-01-01",null]',
    ],
  ])('of %j prints %s as %j', (type, value, text) => {
    expect(printValue(type, value)).toBe(text);
  });
});
