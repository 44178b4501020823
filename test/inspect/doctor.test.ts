/** Each risk that the doctor looks for, brought about; and a healthy house, where it finds none. */
import { check, type DoctorFinding, doctor, loadConfig, UsageError } from '@psyberg/core';
import { commitMetadata, fastAppend } from '@psyberg/iceberg';
import { describe, expect, it } from 'vitest';
import { COPY, events, type House, TOTALS, valuesOf } from '../exactly-once/house.ts';
import { houses } from '../exactly-once/houses.ts';

const build = houses();
const DAY_MS = 86_400_000;

/** What it finds some days from now. */
async function found(house: House, days = 0, processes: readonly string[] = []): Promise<readonly DoctorFinding[]> {
  const project = await house.project({ clock: () => Date.now() + days * DAY_MS });
  return (await doctor(project, { processes })).findings;
}

const setProperties = async (house: House, table: string, updates: Readonly<Record<string, string>>) =>
  commitMetadata(await house.open(table), async () => ({ updates: [{ action: 'set-properties', updates }] }));

describe('doctor', () => {
  it('finds nothing in a healthy house, and says how large our own tables are', async () => {
    const house = await build({ copy: COPY, totals: TOTALS });
    await house.append(events(1, 1, 2));
    await house.run();
    const config = await loadConfig({ cwd: house.folder, env: {} });
    const report = await doctor(await house.project(), { config });
    // How much room a machine has is not the house.
    expect(report.findings.filter(({ message }) => !message.startsWith('Only '))).toEqual([]);
    expect(report.processes).toBe(2);
    expect(report.tables).toMatchObject([
      { table: 'psyberg.sessions', rows: expect.any(Number) },
      { table: 'psyberg.watermarks' },
    ]);
  });

  it('warns of a watermark that expiry will reach, or has reached', async () => {
    const house = await build({ copy: COPY });
    await house.append(events(1, 1));
    await house.run();
    await house.append(events(2, 2));
    expect(await found(house)).toEqual([]);
    expect(await found(house, 4.5)).toMatchObject([
      {
        severity: 'warning',
        topic: 'retention',
        where: 'raw.events',
        message: expect.stringMatching(/may take it in \d+ hours/),
        next: ['psyberg run copy'],
      },
    ]);
    expect(await found(house, 6)).toMatchObject([{ message: expect.stringContaining('any expiry may take it now') }]);
    await setProperties(house, 'raw.events', { 'history.expire.min-snapshots-to-keep': '2' });
    expect(await found(house, 6)).toEqual([]);
    await house.expireAllButHead('raw.events');
    expect((await found(house)).filter(({ topic }) => topic === 'retention')).toMatchObject([
      { message: expect.stringContaining('which has expired') },
    ]);
  });

  it('warns of files that do not say when their rows are', async () => {
    const house = await build({ copy: COPY });
    const files = await house.files('raw.events', valuesOf(events(1, 1)));
    const blind = files.map(({ lowerBounds: _, upperBounds: __, ...file }) => file);
    await fastAppend(await house.open('raw.events'), blind);
    expect(await found(house)).toMatchObject([
      { severity: 'warning', topic: 'bounds', message: expect.stringContaining('1 of the 1 files') },
    ]);
  });

  it('tells of held sessions, of when their rows expire, and of what is left over', async () => {
    const strict = { ...COPY, audits: [{ audit: 'accepted_values', column: 'v', values: [10] }] };
    const house = await build({ copy: strict });
    await house.append(events(1, 1, 2));
    const [report] = await house.run();
    expect(report).toMatchObject({ status: 'held' });
    const next = [`psyberg explain copy ${report!.session}`, `psyberg discard copy ${report!.session}`];
    expect(await found(house)).toMatchObject([{ topic: 'staged', severity: 'warning', next }]);
    expect((await found(house, 6))[0]!.message).toContain('Any expiry of the table may take them now');
    await house.configure({ copy: COPY });
    await house.run();
    expect(await found(house)).toMatchObject([{ topic: 'remains', severity: 'info', next: ['psyberg clean'] }]);
  });

  it('tells of leases whose owner is dead', async () => {
    const house = await build({ copy: COPY });
    await house.append(events(1, 1));
    await house.run();
    const lease = {
      host: 'elsewhere',
      boot: 'b',
      pidNamespace: '',
      pid: 7,
      pidStart: '1',
      token: 't',
      takenAtMs: Date.now() - 9 * 3_600_000,
      heartbeatMs: 0,
    };
    const put = (value: object, before?: string) =>
      house.lake.catalog.compareAndSetNamespaceProperty(
        ['psyberg'],
        'psyberg.lease.copy',
        before,
        JSON.stringify(value),
      );
    await put(lease);
    expect(await found(house)).toMatchObject([{ topic: 'lease', severity: 'info', where: 'copy' }]);
    await put({ ...lease, heartbeatMs: Date.now() }, JSON.stringify(lease));
    expect(await found(house)).toMatchObject([
      { topic: 'lease', severity: 'warning', message: expect.stringContaining('since 9 hours') },
    ]);
  });

  it('tells of skipped intervals, of a record far below the head, and of a metadata log that is cut short', async () => {
    const house = await build({ totals: { ...TOTALS, catchUp: { threshold: '2h' } } });
    await house.append(events(9, 1));
    await house.run();
    await house.append(events(3, 2));
    await house.run();
    await setProperties(house, 'dw.totals', {
      'write.metadata.delete-after-commit.enabled': 'true',
      'write.metadata.previous-versions-max': '3',
    });
    await house.foreignAppend(
      'dw.totals',
      "select timestamptz '2023-09-20 00:00:00Z' as ts, 1::bigint as n, 1::bigint as v",
    );
    await house.rewriteMetadata('dw.totals', (metadata) => ({
      ...metadata,
      snapshots: metadata.snapshots.map((snapshot) =>
        snapshot.snapshotId === metadata.refs.main?.snapshotId
          ? { ...snapshot, timestampMs: snapshot.timestampMs + 3 * DAY_MS }
          : snapshot,
      ),
    }));
    expect((await found(house)).map(({ topic, severity }) => `${severity} ${topic}`)).toEqual([
      'warning record',
      'warning intervals',
      'warning metadata-log',
    ]);
  });

  it('calls broken what cannot be planned or written, and goes on with the rest', async () => {
    const house = await build({ copy: COPY, totals: { ...TOTALS, sources: [{ table: 'raw.events', time: 'tss' }] } });
    const findings = await found(house);
    expect(findings).toMatchObject([{ severity: 'error', topic: 'plan', where: 'totals' }]);
    expect(findings[0]!.message).toContain('tss');
    expect(await found(house, 0, ['copy'])).toEqual([]);
    await expect(found(house, 0, ['copie'])).rejects.toThrow(UsageError);
    await house.configure({ totals: { ...TOTALS, limits: { maxIntervals: 1 } } });
    await house.append([...events(1, 1), ...events(5, 2)]);
    expect(await found(house)).toMatchObject([
      {
        severity: 'error',
        topic: 'plan',
        message: expect.stringContaining('limits.maxIntervals is 1'),
        next: [expect.stringContaining('--max-intervals')],
      },
    ]);
    await house.configure({ copy: COPY });
    const config = await loadConfig({ cwd: house.folder, env: {}, flags: { 'catalog.warehouse': 'nowhere' } });
    const report = await doctor(await house.project(), { config });
    expect(report.findings).toContainEqual(
      expect.objectContaining({ severity: 'error', topic: 'rights', where: expect.stringContaining('nowhere') }),
    );
  });
});

describe('check', () => {
  it('plans every process, and asks what is at risk in its sources', async () => {
    const house = await build({
      copy: COPY,
      second: { ...COPY, mode: 'stateful', target: { table: 'dw.other', time: 'ts' } },
    });
    await house.append(events(1, 1));
    await house.run({ processes: ['copy'] });
    const project = await house.project();
    expect(await check(project)).toEqual({ problems: [], checked: 2 });
    await house.append(events(2, 2));
    await house.createEvents('dw.other');
    await house.append(events(1, 3), 'dw.other');
    const later = await house.project({ clock: () => Date.now() + 6 * DAY_MS });
    expect((await check(later)).problems).toMatchObject([
      { severity: 'warning', where: 'raw.events', message: expect.stringContaining('any expiry may take it now') },
      { severity: 'error', where: 'second', message: expect.stringContaining('no state record of second') },
    ]);
  });
});
