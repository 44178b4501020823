import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.ts';
import type { ProcessName, SessionId } from '../../src/process/process.ts';
import { parseWapId, wapIdOf } from '../../src/session/wap-id.ts';
import { anyProcess, anySession } from './arbitraries.ts';

describe('wap.id', () => {
  it('percent-encodes its parts', () => {
    const id = { process: 'signup_f' as ProcessName, session: 'run: 7/8%' as SessionId, attempt: 2 };
    expect(wapIdOf(id)).toBe('psyberg:signup_f:run%3A%207%2F8%25:2');
    expect(parseWapId('psyberg:signup_f:run%3A%207%2F8%25:2')).toEqual(id);
  });

  it('comes back as it was, unless the session id is no Unicode text', () => {
    fc.assert(
      fc.property(anyProcess, anySession, fc.integer({ min: 1, max: 999 }), (process, session, attempt) => {
        expect(parseWapId(wapIdOf({ process, session, attempt }))).toEqual({ process, session, attempt });
      }),
    );
    expect(() => wapIdOf({ process: 'p' as ProcessName, session: '\ud800' as SessionId, attempt: 1 })).toThrow(
      UsageError,
    );
  });

  it.each([
    '',
    'psyberg',
    'spark:a:b:1',
    'psyberg:a:b',
    'psyberg:a:b:0',
    'psyberg:a:b:x',
    'psyberg:a:b:1:2',
    'psyberg:a:%:1',
    'psyberg::b:1',
  ])('leaves %j to others', (text) => expect(parseWapId(text)).toBeUndefined());
});
