import { describe, expect, it } from 'vitest';
import { InvalidArgumentError } from '../../src/errors.ts';
import { evolveSpec, specUpdates } from '../../src/evolution/evolve-spec.ts';
import { sortUpdates } from '../../src/evolution/sort-updates.ts';
import type { SpecChange } from '../../src/evolution/spec-change.ts';
import { applyUpdates } from '../../src/metadata/apply-updates.ts';
import { metadataFromCreate } from '../../src/metadata/create-metadata.ts';
import { defaultSpec } from '../../src/metadata/history.ts';
import type { TableMetadata } from '../../src/metadata/table-metadata.ts';
import { parseType } from '../../src/spec/parse-type.ts';
import type { PartitionSpec } from '../../src/spec/partition-spec.ts';
import { formatTransform } from '../../src/spec/transform-text.ts';
import type { NestedField } from '../../src/spec/types.ts';

const field = (id: number, name: string, type: string): NestedField => ({
  id,
  name,
  required: false,
  type: parseType(type),
});

function table(formatVersion: 1 | 2 = 2): TableMetadata {
  const fields = [
    field(1, 'id', 'long'),
    field(2, 'ts', 'timestamp'),
    field(3, 'kind', 'string'),
    field(4, 'ratio', 'double'),
    { ...field(5, 'home', 'int'), type: { kind: 'struct', fields: [field(6, 'city', 'string')] } } as const,
    {
      ...field(7, 'tags', 'int'),
      type: { kind: 'list', elementId: 8, element: { kind: 'string' }, elementRequired: true },
    } as const,
  ];
  const transform = { kind: 'identity' } as const;
  return metadataFromCreate(
    {
      schema: { schemaId: 0, fields },
      partitionSpec: { specId: 0, fields: [{ sourceId: 3, fieldId: 1000, name: 'kind', transform }] },
      formatVersion,
    },
    'memory:/t',
    '7e0a1c6e-0000-4000-8000-000000000000',
    0,
  );
}

const text = ({ fields }: PartitionSpec): string[] =>
  fields.map(
    ({ fieldId, name, sourceId, transform }) => `${fieldId} ${name}: ${formatTransform(transform)}(${sourceId})`,
  );
const apply = (metadata: TableMetadata, ...changes: SpecChange[]): TableMetadata =>
  applyUpdates(metadata, specUpdates(metadata, changes)?.updates ?? [], 1);
const HOUR: SpecChange = { kind: 'add', column: 'ts', transform: 'hour' };

describe('evolveSpec', () => {
  it('adds fields under Java’s names, removes and renames', () => {
    const spec = evolveSpec(table(), [
      HOUR,
      { kind: 'add', column: 'id', transform: { kind: 'bucket', count: 16 } },
      { kind: 'add', column: 'home.city', transform: 'truncate[2]' },
      { kind: 'remove', field: 'kind' },
      { kind: 'rename', field: 'ts_hour', to: 'h' },
    ]);
    expect(text(spec)).toEqual([
      '1001 h: hour(2)',
      '1002 id_bucket_16: bucket[16](1)',
      '1003 home.city_trunc_2: truncate[2](7)',
    ]);
    expect(spec.specId).toBe(1);
  });

  it('gives a field of the same source and transform its id again, and an equal spec its own', () => {
    const hourly = apply(table(), HOUR, { kind: 'remove', field: 'kind' });
    expect(text(defaultSpec(hourly))).toEqual(['1001 ts_hour: hour(2)']);
    const back = apply(
      hourly,
      { kind: 'add', column: 'kind', transform: 'identity' },
      { kind: 'remove', field: 'ts_hour' },
    );
    expect(back.defaultSpecId).toBe(0);
    expect(back.partitionSpecs).toHaveLength(2);
    const both = apply(back, { kind: 'add', column: 'ts', transform: 'hour', name: 'landing' });
    expect(text(defaultSpec(both))).toEqual(['1000 kind: identity(3)', '1001 landing: hour(2)']);
    expect(both.lastPartitionId).toBe(1001);
  });

  it('keeps removed fields as void in version 1, and lets the same come again', () => {
    const removed = apply(table(1), { kind: 'remove', field: 'kind' }, HOUR);
    expect(text(defaultSpec(removed))).toEqual(['1000 kind: void(3)', '1001 ts_hour: hour(2)']);
    const again = apply(removed, { kind: 'add', column: 'kind', transform: 'identity' });
    expect(text(defaultSpec(again))).toEqual([
      '1000 kind_1000: void(3)',
      '1001 ts_hour: hour(2)',
      '1002 kind: identity(3)',
    ]);
    expect(again.lastPartitionId).toBe(1002);
    const gone = evolveSpec(table(1), [HOUR, { kind: 'remove', field: 'ts_hour' }]);
    expect(text(gone)).toEqual(['1000 kind: identity(3)']);
  });

  it('asks that neither spec nor schema changed, and for nothing when nothing does', () => {
    expect(specUpdates(table(), [HOUR])?.requirements).toEqual([
      { type: 'assert-default-spec-id', defaultSpecId: 0 },
      { type: 'assert-last-assigned-partition-id', lastAssignedPartitionId: 1000 },
      { type: 'assert-current-schema-id', currentSchemaId: 0 },
    ]);
    expect(specUpdates(table(), [])).toBeUndefined();
    expect(specUpdates(table(), [HOUR, { kind: 'remove', field: 'ts_hour' }])).toBeUndefined();
  });

  it.each<[string, SpecChange[], string]>([
    ['a column that is not there', [{ kind: 'add', column: 'tz', transform: 'hour' }], 'Did you mean "ts"?'],
    [
      'a column with many values in a row',
      [{ kind: 'add', column: 'tags.element', transform: 'identity' }],
      'with one value in each row',
    ],
    [
      'a transform that does not take the type',
      [{ kind: 'add', column: 'kind', transform: 'hour' }],
      'hour does not take "kind", a string',
    ],
    ['a struct', [{ kind: 'add', column: 'home', transform: 'identity' }], 'identity does not take "home", a struct'],
    [
      'a transform that is not known',
      [{ kind: 'add', column: 'ts', transform: 'hourly' }],
      '"hourly" is not a transform to write by',
    ],
    ['void', [{ kind: 'add', column: 'ts', transform: 'void' }], '"void" is not a transform to write by'],
    [
      'the same twice',
      [{ kind: 'add', column: 'kind', transform: 'identity', name: 'k' }],
      '"kind" is identity of "kind" already',
    ],
    [
      'a name that is taken',
      [{ kind: 'add', column: 'id', transform: 'bucket[2]', name: 'kind' }],
      'a field "kind" is there already',
    ],
    [
      'the name of a column',
      [{ kind: 'add', column: 'id', transform: 'bucket[2]', name: 'ratio' }],
      '"ratio" is a column',
    ],
    ['day beside hour', [HOUR, { kind: 'add', column: 'ts', transform: 'day' }], 'day beside hour of the same column'],
    ['to remove what is not there', [{ kind: 'remove', field: 'Kind' }], 'Did you mean "kind"?'],
    ['to rename to a column', [{ kind: 'rename', field: 'kind', to: 'ratio' }], '"ratio" is a column'],
    ['no name', [{ kind: 'rename', field: 'kind', to: '' }], 'the name is empty'],
  ])('refuses %s', (_what, changes, message) => {
    expect(() => evolveSpec(table(), changes)).toThrow(InvalidArgumentError);
    expect(() => evolveSpec(table(), changes)).toThrow(message);
    expect(() => evolveSpec(table(), changes)).toThrow('Nothing was changed.');
  });
});

describe('sortUpdates', () => {
  it('replaces the order, with nulls where Java puts them', () => {
    const sorted = applyUpdates(
      table(),
      sortUpdates(table(), [{ column: 'home.city' }, { column: 'ts', transform: 'hour', direction: 'desc' }])!.updates,
      1,
    );
    expect(sorted.sortOrders.find(({ orderId }) => orderId === sorted.defaultSortOrderId)).toEqual({
      orderId: 1,
      fields: [
        { sourceId: 7, transform: { kind: 'identity' }, direction: 'asc', nullOrder: 'nulls-first' },
        { sourceId: 2, transform: { kind: 'hour' }, direction: 'desc', nullOrder: 'nulls-last' },
      ],
    });
    const unsorted = applyUpdates(sorted, sortUpdates(sorted, [])!.updates, 2);
    expect(unsorted.defaultSortOrderId).toBe(0);
    expect(sortUpdates(unsorted, [])).toBeUndefined();
    const again = sortUpdates(unsorted, [
      { column: 'home.city' },
      { column: 'ts', transform: 'hour', direction: 'desc' },
    ])!;
    expect(applyUpdates(unsorted, again.updates, 3).defaultSortOrderId).toBe(1);
  });

  it('refuses what cannot be sorted by', () => {
    expect(() => sortUpdates(table(), [{ column: 'kint' }])).toThrow('Did you mean "kind"?');
    expect(() => sortUpdates(table(), [{ column: 'tags' }])).toThrow('identity does not take "tags", a list');
  });
});
