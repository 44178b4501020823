import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { hasFileUuid, newFileUuid } from '../../src/metadata/file-uuid.ts';

const TABLE = '7E0A1C6E-1234-4000-8000-000000000000';

describe('the uuid of a file', () => {
  it('is a uuid of version 8 that begins as the table’s, and is new each time', () => {
    const made = Array.from({ length: 100 }, () => newFileUuid(TABLE));
    for (const uuid of made) expect(uuid).toMatch(/^7e0a1c6e-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(new Set(made).size).toBe(made.length);
  });

  it('is known again wherever it stands in a name, not in a folder’s', () => {
    const uuid = newFileUuid(TABLE);
    const names = [
      `${uuid}.parquet`,
      `00000-0-${uuid}.parquet`,
      `snap-1-2-${uuid}.avro`,
      `00001-${uuid}.gz.metadata.json`,
    ];
    for (const name of names) expect(hasFileUuid(`/t/data/${name}`, TABLE), name).toBe(true);
    expect(hasFileUuid(`${uuid}-m0.avro`, TABLE)).toBe(true);
    expect(hasFileUuid(`/t/${uuid}/x.parquet`, TABLE)).toBe(false);
    expect(hasFileUuid(`/t/x${uuid}.parquet`, TABLE)).toBe(false);
    expect(hasFileUuid(`/t/${uuid}0.parquet`, TABLE)).toBe(false);
  });

  it('is not that of another writer or another table', () => {
    const theirs = `7e0a1c6e${randomUUID().slice(8)}`;
    expect(hasFileUuid(`/t/${theirs}.parquet`, TABLE)).toBe(false);
    expect(hasFileUuid(`/t/${newFileUuid(randomUUID())}.parquet`, TABLE)).toBe(false);
    expect(hasFileUuid(`/t/${newFileUuid('none')}.parquet`, 'none')).toBe(true);
  });
});
