import { toSequenceNumber, toSnapshotId } from '@psyberg/iceberg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NeedsDecisionError } from '../../src/errors.ts';
import type { ProcessName, SessionId } from '../../src/process/process.ts';
import type { StateRecord } from '../../src/state/state-record.ts';
import { stateRecordFromJson, stateRecordToJson } from '../../src/state/state-record-json.ts';
import { parseInstant, toInstant } from '../../src/time/instant.ts';
import { anyStateRecord } from '../session/arbitraries.ts';

const at = (text: string) => parseInstant(text)!;

const record: StateRecord = {
  version: 1,
  process: 'signup_f' as ProcessName,
  session: '20230914061001' as SessionId,
  attempt: 2,
  kind: 'normal',
  mode: 'stateless',
  sources: [
    {
      table: 'raw.signups',
      branch: 'main',
      uuid: 'u1',
      snapshotId: toSnapshotId(7234567890123456789n),
      sequenceNumber: toSequenceNumber(12n),
      seenUntil: at('2023-09-14T06:59:59.123456Z'),
      fileCount: 3,
      fileHash: '00ff00ff00ff00ff',
    },
  ],
  lookups: [],
  upper: at('2023-09-14T07:00:00Z'),
  written: [{ start: at('2023-09-14T02:00:00Z'), end: at('2023-09-14T03:00:00Z') }],
  pending: [],
  skipped: [],
  fingerprints: { transform: 't', audits: 'a', config: 'c' },
  recordedAtMs: 1_694_671_801_000,
};

describe('state record JSON', () => {
  it('is compact and spells ids as text and instants as ISO', () => {
    expect(stateRecordToJson(record)).toBe(
      '{"version":1,"process":"signup_f","session":"20230914061001","attempt":2,"kind":"normal","mode":"stateless",' +
        '"sources":[{"table":"raw.signups","branch":"main","uuid":"u1","snapshotId":"7234567890123456789",' +
        '"sequenceNumber":"12","seenUntil":"2023-09-14T06:59:59.123456Z","fileCount":3,"fileHash":"00ff00ff00ff00ff"}],' +
        '"lookups":[],"upper":"2023-09-14T07:00:00Z","written":["2023-09-14T02:00:00Z/2023-09-14T03:00:00Z"],' +
        '"pending":[],"skipped":[],"fingerprints":{"transform":"t","audits":"a","config":"c"},"recordedAtMs":1694671801000}',
    );
  });

  it('comes back as it was', () => {
    fc.assert(
      fc.property(anyStateRecord, (any) => {
        expect(stateRecordFromJson(stateRecordToJson(any))).toEqual(any);
      }),
      {
        numRuns: 200,
      },
    );
  });

  it('keeps instants that ISO dates do not spell', () => {
    const far = { ...record, upper: toInstant(2n ** 62n) };
    expect(stateRecordFromJson(stateRecordToJson(far))).toEqual(far);
  });

  it('ignores members that it does not know', () => {
    const json = JSON.stringify({ ...JSON.parse(stateRecordToJson(record)), color: 'blue' });
    expect(stateRecordFromJson(json)).toEqual(record);
  });

  it.each([
    ['', /Unexpected end/],
    ['[]', /the document should be an object/],
    ['{"version":2}', /version should be 1 and is 2/],
    [
      stateRecordToJson(record).replace('"7234567890123456789"', '7234567890123456789'),
      /sources\[0\]\.snapshotId should be/,
    ],
    [stateRecordToJson(record).replace('2023-09-14T03:00:00Z', 'noon'), /written\[0\] should be an instant/],
    [stateRecordToJson(record).replace('"stateless"', '"loose"'), /mode should be "stateless" or/],
  ])('refuses %j with the reason', (json, reason) => {
    expect(() => stateRecordFromJson(json)).toThrow(NeedsDecisionError);
    expect(() => stateRecordFromJson(json)).toThrow(reason);
  });
});
