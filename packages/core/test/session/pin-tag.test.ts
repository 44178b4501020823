import { toSnapshotId } from '@psyberg/iceberg';
import { expect, test } from 'vitest';
import type { Process } from '../../src/process/process.ts';
import { isTagOf, parsePinTag, pinTagName } from '../../src/session/pin-tag.ts';

const process = {
  name: 'x_f',
  target: { table: { namespace: ['dw', 'ä'], name: 'x:f' }, branch: 'feature/1' },
} as unknown as Process;

test('a name tells the process, its target and branch, and the snapshot, whatever they are called', () => {
  const name = pinTagName(process, toSnapshotId(9007199254740993n));
  expect(name).toBe('psyberg:pin:dw.%C3%A4.x%3Af:feature%2F1:x_f:9007199254740993');
  const tag = parsePinTag(name)!;
  expect(tag.snapshotId).toBe(9007199254740993n);
  expect(isTagOf(process, tag)).toBe(true);
  expect(isTagOf(process, { ...tag, branch: 'main' })).toBe(false);
});

test.each([
  'release-1',
  'psyberg:pin:x',
  'psyberg:pin:dw:main:x_f:1',
  'psyberg:pin:.x:main:x_f:1',
  'psyberg:pin:dw.x:main:x_f:one',
  'psyberg:pin:dw.x:main:x_f:1:2',
  'psyberg:pin:dw.%:main:x_f:1',
  'psyberg:tag:dw.x:main:x_f:1',
])('%s is no tag of ours', (name) => {
  expect(parsePinTag(name)).toBeUndefined();
});
