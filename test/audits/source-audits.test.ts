/** Audits of sources: before anything is written, from metadata alone. */
import path from 'node:path';
import { audit, commit, init, loadConfig, openProject, publish, run, write } from '@psyberg/core';
import { fastAppend, headOf, LocalFileIO, observeFileIO, SqlCatalog, snapshotById } from '@psyberg/iceberg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { COPY, events, House, type ProcessConfig, TOTALS, valuesOf } from '../exactly-once/house.ts';
import { runCommand } from '../support/run-command.ts';

const OF_SOURCES = [
  { audit: 'duplicate_files', of: 'sources' },
  { audit: 'count_balance', of: 'events' },
  { audit: 'null_counts', of: 'raw.events', columns: ['id'] },
  { audit: 'vtts_backwards' },
  { audit: 'source_freshness', maxAge: '1d' },
  { audit: 'schema', of: 'sources', columns: { id: 'long' } },
  { audit: 'volume_band', of: 'sources', maxRatio: 10 },
];
const withAudits = (process: ProcessConfig, ...audits: readonly object[]): ProcessConfig => ({ ...process, audits });

let house: House;

beforeEach(async () => {
  house = await House.build({
    copy: withAudits(COPY, ...OF_SOURCES, { audit: 'row_count', min: 1 }),
    totals: withAudits(TOTALS, { audit: 'duplicate_files', of: 'sources', severity: 'warning' }),
  });
});

afterEach(() => house.close());

/** One file with the rows, added twice. */
async function appendTwice(...ids: readonly number[]): Promise<void> {
  const table = await house.open('raw.events');
  const files = await house.files('raw.events', valuesOf(events(3, ...ids)));
  await fastAppend((await fastAppend(table, files)).table, files);
}

describe('a blocking audit of a source that fails', () => {
  beforeEach(async () => {
    await house.append(events(2, 1));
    await house.run({ processes: ['copy'] });
    await appendTwice(2, 3);
  });

  it('holds the session before anything is written, again and again until it is mended', async () => {
    const { metadata } = await house.open('dw.copy');
    const [report] = await house.run({ processes: ['copy'] });
    expect(report).toMatchObject({ status: 'held', error: { code: 'PSY_HELD' } });
    expect(report!.stagedSnapshot).toBeUndefined();
    expect(report!.message).toMatch(
      /1 data file of raw\.events was added twice\. Nothing was written; readers still see/,
    );
    expect(report!.audits.map(({ status }) => status)).toEqual(['failed', ...OF_SOURCES.slice(1).map(() => 'passed')]);
    expect((await house.open('dw.copy')).metadata.snapshots).toEqual(metadata.snapshots);
    expect(await (await house.project()).tables.audits({ session: report!.session! })).toHaveLength(OF_SOURCES.length);

    const { exitCode, document } = await runCommand(house.folder, 'run', 'copy', '--json');
    expect(exitCode).toBe(3);
    expect(document).toMatchObject({ status: 'held', exitCode: 3, processes: [{ status: 'held' }] });

    await house.rollback('raw.events');
    expect((await house.run({ processes: ['copy'] }))[0]!.status).toBe('ok');
    expect(await house.rows('dw.copy', 'id')).toEqual(['1', '2', '3']);
  });

  it('loads it all the same once it is accepted, and says so in the summary', async () => {
    const [{ session } = {}] = await house.run({ processes: ['copy'] });
    const step = { process: 'copy', session: session! };
    const accept = { audits: ['duplicate_files'], reason: 'they are meant', by: 'me' };
    await expect(publish(await house.project(), step)).rejects.toThrow(/duplicate_files failed/);
    const accepted = await publish(await house.project(), { ...step, accept });
    expect(accepted).toMatchObject({ state: 'planned', process: { next: [expect.stringMatching(/^psyberg write/)] } });
    expect(await house.rows('dw.copy', 'id')).toEqual(['1']);
    const [report] = (await run(await house.project(), { processes: ['copy'], session: session! })).processes;
    expect(report!.status, report!.message).toBe('ok');
    expect(await house.rows('dw.copy', 'id')).toContain('3');
    const head = headOf((await house.open('dw.copy')).metadata)!;
    expect(JSON.parse(head.summary['psyberg.accepted']!)).toEqual(accept);
  });

  it('holds it by steps in the same way, and where it only warns not at all', async () => {
    const project = () => house.project();
    const session = (await init(await project(), { process: 'copy' })).process.session!;
    const step = { process: 'copy', session };
    await expect(write(await project(), step)).rejects.toThrow(/Nothing was written; readers still see/);
    await publish(await project(), { ...step, accept: { audits: ['duplicate_files'], reason: 'x', by: 'y' } });
    await write(await project(), step);
    expect((await audit(await project(), step)).state).toBe('audited');
    await publish(await project(), step);
    await commit(await project(), step);
    const { metadata } = await house.open('dw.copy');
    expect(headOf(metadata)!.summary['psyberg.accepted']).toContain('"by":"y"');

    const [report] = await house.run({ processes: ['totals'] });
    expect(report).toMatchObject({ status: 'ok', audits: [{ status: 'warned', failingRows: 2 }] });
  });
});

describe('audits of metadata', () => {
  it('open no data file and no engine, and of manifests only those of the new snapshots', async () => {
    for (const id of [1, 2, 3, 4]) await house.append(events(2, id));
    await house.run({ processes: ['copy'] });
    const known = (await house.open('raw.events')).metadata.snapshots.map(({ manifestList }) => manifestList!);
    await appendTwice(5, 6);
    const news = (await house.open('raw.events')).metadata.snapshots.slice(-2);

    const read: string[] = [];
    const warehouse = path.join(house.folder, 'warehouse');
    const io = observeFileIO(new LocalFileIO(), ({ kind, location }) => {
      if (kind === 'read' || kind === 'read-range') read.push(location);
    });
    const catalog = await SqlCatalog.open({ uri: `sqlite:${warehouse}/catalog.db`, warehouse, io });
    const config = await loadConfig({ cwd: house.folder, env: {} });
    const project = await openProject(config, {
      catalog,
      createEngine: () => Promise.reject(new Error('the engine was opened')),
    });
    const [report] = (await run(project, { processes: ['copy'] })).processes;
    await project.close();

    expect(report).toMatchObject({ status: 'held' });
    const ofTables = read.filter((location) => /\/(raw|dw)\//.test(location));
    expect(ofTables.filter((location) => location.includes('/data/'))).toEqual([]);
    const lists = ofTables.filter((location) => path.basename(location).startsWith('snap-'));
    expect(lists.filter((location) => known.includes(location))).toEqual([]);
    expect([...new Set(lists)].sort()).toEqual(news.map(({ manifestList }) => manifestList).sort());
    const manifests = ofTables.filter((location) => location.includes('/raw/') && /-m\d+\.avro$/.test(location));
    expect(new Set(manifests).size).toBe(2);
    expect(manifests).toHaveLength(2);
  });

  it('judge what is staged without a query, and open no data file', async () => {
    const audits = [
      { audit: 'duplicate_files', scope: 'table' },
      { audit: 'count_balance' },
      { audit: 'null_counts', columns: ['id', 'v'] },
      { audit: 'schema', columns: { id: 'long', ts: 'timestamptz', v: 'long' }, exact: true },
      { audit: 'bounds_outside_interval' },
      { audit: 'empty_interval' },
      { audit: 'volume_band', maxRatio: 10 },
    ];
    await house.configure({ copy: withAudits(COPY, ...audits) });
    await house.append(events(2, 1, 2));
    const read: string[] = [];
    const warehouse = path.join(house.folder, 'warehouse');
    const io = observeFileIO(new LocalFileIO(), ({ kind, location }) => {
      if (kind === 'read' || kind === 'read-range') read.push(location);
    });
    const queries: unknown[] = [];
    const { engine } = house.lake;
    const watched = new Proxy(engine, {
      get: (target, name) => {
        if (name === 'query') queries.push(name);
        const member = Reflect.get(target, name);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
    const catalog = await SqlCatalog.open({ uri: `sqlite:${warehouse}/catalog.db`, warehouse, io });
    const config = await loadConfig({ cwd: house.folder, env: {} });
    const project = await openProject(config, { catalog, createEngine: async () => watched });
    const [report] = (await run(project, { processes: ['copy'] })).processes;
    await catalog.close();
    expect(report!.audits.map(({ name, status }) => `${name} ${status}`)).toEqual(
      audits.map(({ audit: kind }) => `${kind} passed`),
    );
    expect(queries).toEqual([]);
    expect(read.filter((location) => /\/(raw|dw)\/.*\/data\//.test(location))).toEqual([]);
  });

  it('judge compactions too: a replace that loses rows', async () => {
    await house.append(events(2, 1, 2));
    await house.run({ processes: ['copy'] });
    await house.append(events(3, 3, 4));
    await house.compact('raw.events');
    await house.rewriteMetadata('raw.events', (metadata) => {
      const head = snapshotById(metadata, metadata.currentSnapshotId!)!;
      const fewer = { ...head, summary: { ...head.summary, 'total-records': '3' } };
      return { ...metadata, snapshots: metadata.snapshots.map((one) => (one === head ? fewer : one)) };
    });
    const [report] = await house.run({ processes: ['copy'] });
    const balance = report!.audits.find(({ name }) => name === 'count_balance')!;
    expect(balance).toMatchObject({ status: 'failed', failingRows: 1 });
    expect(balance.sample).toMatchObject([{ count: 'total-records', expected: '4', found: '3' }]);
  });

  it('name a source that there is none of', async () => {
    await house.configure({ copy: withAudits(COPY, { audit: 'null_counts', of: 'event', columns: ['id'] }) });
    await house.append(events(2, 1));
    const [report] = await house.run({ processes: ['copy'] });
    expect(report!.audits[0]).toMatchObject({ status: 'error' });
    expect(report!.message).toMatch(/copy has no changes source "event"\. Did you mean "events"\?/);
  });
});
