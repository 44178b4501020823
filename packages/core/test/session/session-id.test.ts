import { describe, expect, it } from 'vitest';
import type { ProcessName, SessionId } from '../../src/process/process.ts';
import { freeSessionId, sessionIdAt } from '../../src/session/session-id.ts';

const free = (wanted: string, ...taken: string[]) =>
  freeSessionId(wanted as SessionId, 'p' as ProcessName, undefined, new Set(taken));

describe('the name of a session', () => {
  it('is the second at which it began, in UTC', () => {
    expect(sessionIdAt(Date.UTC(2023, 8, 14, 6, 10, 1, 999))).toBe('20230914061001');
    expect(free('20230914061001')).toBe('20230914061001');
    expect(free('20230914061001', '20230914061000-7')).toBe('20230914061001');
  });

  it('has a number where the second has one already, though the first of them is not known any more', () => {
    expect(free('20230914061001', '20230914061001')).toBe('20230914061001-2');
    expect(free('20230914061001', '20230914061001-2')).toBe('20230914061001-3');
    expect(free('20230914061001', '20230914061001-9', '20230914061001-10')).toBe('20230914061001-11');
  });

  it('never comes before one that is known, whatever the clock says', () => {
    expect(free('20230914051001', '20230914061001')).toBe('20230914061001-2');
    expect(free('20230914051001', '20230914061001', '20230914051001')).toBe('20230914061001-2');
  });

  it('takes no heed of names that people gave', () => {
    expect(free('20230914061001', 'zzz', 'nightly-2', '2023')).toBe('20230914061001');
  });
});
