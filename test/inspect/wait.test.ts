/** Waiting for a table: targets of ours by their record, others by what their metadata declares; the clock and the pauses are ours. */
import {
  InterruptedError,
  type PsybergEvent,
  parseInstant,
  type SignalReport,
  signal,
  UsageError,
  wait,
} from '@psyberg/core';
import { commitMetadata } from '@psyberg/iceberg';
import { describe, expect, it } from 'vitest';
import { COPY, DAY, events, type House } from '../exactly-once/house.ts';
import { houses } from '../exactly-once/houses.ts';

const build = houses();
const at = (time: string) => parseInstant(`${DAY}T${time}Z`)!;

/** A clock that only pauses move; `during` happens in the pause of that number. */
function patience(during: Readonly<Record<number, () => unknown>> = {}) {
  const pauses: number[] = [];
  let nowMs = 1_694_700_000_000;
  return {
    pauses,
    clock: () => nowMs,
    sleep: async (ms: number) => {
      pauses.push(ms);
      nowMs += ms;
      await during[pauses.length]?.();
    },
  };
}

const declare = async (house: House, table: string, until: string) =>
  commitMetadata(await house.open(table), async () => ({
    updates: [
      { action: 'set-properties', updates: { 'psyberg.vtts': `${DAY}T${until}Z`, 'psyberg.vtts.column': 'ts' } },
    ],
  }));

describe('wait', () => {
  it('looks with growing pauses until a foreign table declares enough', async () => {
    const house = await build({ copy: COPY });
    const time = patience({
      2: () => declare(house, 'raw.events', '03:00:00'),
      4: () => declare(house, 'raw.events', '07:00:00'),
    });
    const project = await house.project({ clock: time.clock });
    const report = await wait(project, {
      table: 'raw.events',
      until: at('07:00:00'),
      timeoutMs: 60_000,
      sleep: time.sleep,
    });
    expect(report).toMatchObject({
      reached: true,
      polls: 5,
      signal: { until: at('07:00:00'), basis: 'declared' },
      waitedMs: 3_000,
    });
    expect(time.pauses).toEqual([200, 400, 800, 1_600]);
  });

  it('waits for a target that is not made yet, and believes what was only seen when told to', async () => {
    const house = await build({ copy: COPY });
    await house.append(events(3, 1, 2));
    const time = patience({ 1: () => house.run() });
    const project = await house.project({ clock: time.clock });
    const options = { table: 'dw.copy', until: at('03:00:00'), timeoutMs: 5_000, sleep: time.sleep };
    expect(await wait(project, { ...options, seen: true })).toMatchObject({
      reached: true,
      polls: 2,
      signal: { basis: 'seen' },
    });
    expect(await wait(project, options)).toMatchObject({ reached: false, signal: { basis: 'seen' } });
  });

  it('says that the time ran out, after a last look, and why it may never end', async () => {
    const house = await build({ copy: COPY });
    const heard: PsybergEvent[] = [];
    const time = patience();
    const project = await house.project({ clock: time.clock, onEvent: (event) => heard.push(event) });
    const report = await wait(project, {
      table: 'raw.events',
      until: at('01:00:00'),
      timeoutMs: 13_000,
      sleep: time.sleep,
    });
    expect(report).toMatchObject({ reached: false, waitedMs: 13_000 });
    expect(time.pauses).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 1_800]);
    expect(heard).toEqual([
      { kind: 'warning', message: expect.stringContaining('does not say how far it is complete') },
    ]);
  });

  it('looks once with a timeout of nothing', async () => {
    const house = await build({ copy: COPY });
    const report = await wait(await house.project(), { table: 'raw.events', until: at('01:00:00'), timeoutMs: 0 });
    expect(report).toMatchObject({ reached: false, polls: 1 });
  });

  it('stops at once when it is told to', async () => {
    const house = await build({ copy: COPY });
    const stop = new AbortController();
    const waiting = wait(await house.project(), {
      table: 'raw.events',
      until: at('01:00:00'),
      timeoutMs: 600_000,
      signal: stop.signal,
    });
    stop.abort();
    await expect(waiting).rejects.toThrow(InterruptedError);
  });

  it('refuses a table that nobody makes, and says what was probably meant', async () => {
    const house = await build({ copy: COPY });
    const project = await house.project();
    const asked = (table: string) => wait(project, { table, until: at('01:00:00'), timeoutMs: 1_000 });
    await expect(asked('raw.evens')).rejects.toThrow('did you mean raw.events?');
    await expect(asked('rav.events')).rejects.toThrow('no namespace rav; did you mean raw?');
    await expect(asked('events')).rejects.toThrow(UsageError);
  });
});

describe('signal', () => {
  it('is no more than seen where one of two writers only saw', async () => {
    const second = { ...COPY, sources: [{ table: 'raw.more', time: 'ts', as: 'events' }] };
    const house = await build({ copy: COPY, more: second });
    await house.createEvents('raw.more');
    await house.append(events(9, 1));
    await house.append(events(5, 2), 'raw.more');
    await declare(house, 'raw.more', '04:00:00');
    await house.run();
    const report: SignalReport = await signal(await house.project(), { table: 'dw.copy' });
    expect(report).toMatchObject({ from: 'copy, more', signal: { until: at('04:00:00'), basis: 'seen' } });
  });
});
