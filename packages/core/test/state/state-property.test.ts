import { type SnapshotId, toSnapshotId } from '@psyberg/iceberg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anchorPropertyKey } from '../../src/state/keys.ts';
import {
  type Anchor,
  anchorUpdates,
  NO_SNAPSHOT,
  readStateProperty,
  statePropertyUpdates,
} from '../../src/state/state-property.ts';
import type { StateRecord } from '../../src/state/state-record.ts';
import { anySnapshotId, anyStateRecord } from '../session/arbitraries.ts';

const anyAnchors = fc.array(fc.oneof(anySnapshotId, fc.constant<Anchor>(NO_SNAPSHOT)), { minLength: 1, maxLength: 8 });
const id = (n: number): SnapshotId => toSnapshotId(BigInt(n));
const [record, other] = fc.sample(anyStateRecord, { seed: 7, numRuns: 2 }) as [StateRecord, StateRecord];

describe('the state property', () => {
  it('reads back what was set: ids of 63 bits, and the record before', () => {
    fc.assert(
      fc.property(anyStateRecord, anyAnchors, anyStateRecord, anyAnchors, (now, at, then, thenAt) => {
        const properties = statePropertyUpdates('main', now, at, { record: then, at: thenAt });
        expect(readStateProperty(properties, 'main', now.process)).toEqual({
          record: now,
          at,
          before: { record: then, at: thenAt },
        });
      }),
    );
  });

  it('is kept by branch and process', () => {
    const properties = statePropertyUpdates('main', record, [id(1)], undefined);
    expect(readStateProperty(properties, 'dev', record.process)).toBeUndefined();
    expect(readStateProperty(properties, 'main', 'someone_else' as typeof record.process)).toBeUndefined();
  });

  it('embeds one record before it, and that one none', () => {
    const first = statePropertyUpdates('main', record, [id(1)], undefined);
    const property = readStateProperty(first, 'main', record.process)!;
    const second = statePropertyUpdates('main', other, [id(2)], property);
    const third = statePropertyUpdates('main', record, [id(3)], readStateProperty(second, 'main', other.process));
    expect(Object.values(third)[0]!.match(/"before"/g)).toHaveLength(1);
  });
});

describe('further anchors', () => {
  const properties = statePropertyUpdates('main', record, [id(1)], undefined);
  const property = readStateProperty(properties, 'main', record.process)!;

  it('come first, and keep the ones before', () => {
    const more = { ...properties, ...anchorUpdates('main', property, id(9)) };
    expect(readStateProperty(more, 'main', record.process)!.at.slice(0, 2)).toEqual([id(9), id(1)]);
  });

  it('are at most eight, the newest', () => {
    let all: Readonly<Record<string, string>> = properties;
    for (let n = 2; n <= 20; n += 1) {
      const now = readStateProperty(all, 'main', record.process)!;
      all = { ...all, ...anchorUpdates('main', now, id(n)) };
    }
    expect(readStateProperty(all, 'main', record.process)!.at).toEqual([20, 19, 18, 17, 16, 15, 14, 13].map(id));
  });

  it('are ignored once they are of another session', () => {
    const stale = { ...properties, ...anchorUpdates('main', property, id(9)) };
    const next = statePropertyUpdates(
      'main',
      { ...record, session: 'next' as typeof record.session },
      [id(2)],
      undefined,
    );
    expect(stale[anchorPropertyKey('main', record.process)]).toBeDefined();
    expect(readStateProperty({ ...stale, ...next }, 'main', record.process)!.at).toEqual([id(2)]);
  });
});
