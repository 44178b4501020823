import { expect, test } from 'vitest';
import { nearestName } from '../../src/engine/suggest.ts';

test.each([
  ['sigups', ['signups', 'plans'], 'signups'],
  ['Signups', ['signups'], 'signups'],
  ['singups', ['signups', 'sings'], 'signups'],
  ['range_start', ['range_end', 'session_id'], undefined],
  ['x', ['y'], 'y'],
  ['x', ['signups'], undefined],
  ['anything', [], undefined],
])('%s among %j is %s', (name, candidates, expected) => {
  expect(nearestName(name, candidates)).toBe(expected);
});
