import { describe, expect, it } from 'vitest';
import { maskSecrets } from '../src/secrets.ts';

describe('maskSecrets', () => {
  it.each([
    ['postgres://etl:hunter2@db:5432/x', 'postgres://etl:***@db:5432/x'],
    ['s3 secret_access_key=hunter2&x=1', 's3 secret_access_key=***&x=1'],
    ['{"password": "hunter2"}', '{"password": "***"}'],
    ['PGPASSWORD=hunter2', 'PGPASSWORD=***'],
    ['snapshot 8812345678901234567 of raw.signups', 'snapshot 8812345678901234567 of raw.signups'],
    ['sqlite:/home/a/warehouse/catalog.db', 'sqlite:/home/a/warehouse/catalog.db'],
  ])('%s', (text, masked) => {
    expect(maskSecrets(text)).toBe(masked);
  });
});
