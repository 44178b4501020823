import { describe, expect, it } from 'vitest';
import { InvalidMetadataError } from '../../src/errors.ts';
import {
  partitionFieldsFromJson,
  partitionSpecFromJson,
  partitionSpecToJson,
} from '../../src/spec/partition-spec-json.ts';
import { sameSpec } from '../../src/spec/same-spec.ts';
import { sortOrderFromJson, sortOrderToJson } from '../../src/spec/sort-order-json.ts';
import { formatTransform, parseTransform } from '../../src/spec/transform-text.ts';

describe('partition specs', () => {
  it('numbers the fields of a v1 spec from 1000', () => {
    const fields = partitionFieldsFromJson([
      { 'source-id': 1, name: 'a', transform: 'identity' },
      { 'source-id': 2, name: 'b', transform: 'bucket[4]' },
    ]);
    expect(fields.map((field) => field.fieldId)).toEqual([1000, 1001]);
  });

  it('refuses a spec in which only some fields have an id', () => {
    const fields = [
      { 'source-id': 1, 'field-id': 1000, name: 'a', transform: 'identity' },
      { 'source-id': 2, name: 'b', transform: 'day' },
    ];
    expect(() => partitionFieldsFromJson(fields)).toThrow(InvalidMetadataError);
  });

  it('prints what it read, unknown transforms included', () => {
    const json = {
      'spec-id': 4,
      fields: [{ name: 'z', transform: 'zorder[3]', 'source-id': 1, 'field-id': 1007 }],
    };
    expect(partitionSpecToJson(partitionSpecFromJson(json))).toEqual(json);
    expect(sameSpec(partitionSpecFromJson(json), partitionSpecFromJson({ ...json, 'spec-id': 5 }))).toBe(true);
  });

  it.each(['identity', 'bucket[16]', 'truncate[3]', 'year', 'month', 'day', 'hour', 'void'])('knows %s', (text) => {
    expect(parseTransform(text).kind).not.toBe('unknown');
    expect(formatTransform(parseTransform(text))).toBe(text);
  });

  it.each(['bucket[0]', 'bucket', 'bucket[-1]', 'years', 'truncate[99999999999]'])('does not know %s', (text) => {
    expect(parseTransform(text)).toEqual({ kind: 'unknown', text });
  });

  it('prints the sort order it read and refuses other words', () => {
    const field = { transform: 'day', 'source-id': 2, direction: 'desc', 'null-order': 'nulls-last' };
    const json = { 'order-id': 1, fields: [field] };
    expect(sortOrderToJson(sortOrderFromJson(json))).toEqual(json);
    const wrong = { 'order-id': 1, fields: [{ ...field, direction: 'up' }] };
    expect(() => sortOrderFromJson(wrong)).toThrow(/asc or desc/);
  });
});
