import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load-config.ts';
import type { Process, ProcessName } from '../../src/process/process.ts';
import { HOUR_US, parseInstant } from '../../src/time/instant.ts';
import { failureOf, loadYaml, project } from './project.ts';

const only = (processes: ReadonlyMap<ProcessName, Process>): Process => [...processes.values()][0]!;

const MEMBERSHIP = `
processes:
  signup_f:
    mode: stateless
    sources: [{ table: raw.signups, time: event_ts }]
    target: { table: dw.signup_f, time: event_ts, partition: ["hour(event_ts)"] }
    transform: { file: sql/signup_f.sql }
    audits: [{ audit: source_target_count }, { audit: unique, columns: [signup_id] }]
  account_state_d:
    mode: sequential
    sources:
      - { table: dw.signup_f, time: event_ts }
      - { table: dw.cancel_f, time: processing_ts, reads: { before: 24h, after: 1h }, as: cancels }
      - { table: ref.plans, role: lookup }
    target: { table: dw.account_state_d, time: state_hour, interval: hour, partition: ["hour(state_hour)", "bucket(16, id)", region] }
    transform: { file: sql/account_state_d.sql }
    catchUp: { threshold: 48h }
`;
const SQL = { 'sql/signup_f.sql': 'select 1', 'sql/account_state_d.sql': 'select 2' };

describe('loadConfig', () => {
  it('fills in catalog, engine and tables, and makes paths absolute', async () => {
    const cwd = await project({ 'psyberg.yaml': MEMBERSHIP, ...SQL });
    const config = await loadConfig({ cwd: join(cwd, 'sql'), env: {} });
    expect(config.file).toBe(join(cwd, 'psyberg.yaml'));
    expect(config.directory).toBe(cwd);
    expect(config.catalog).toEqual({
      type: 'sql',
      uri: `sqlite:${cwd}/warehouse/catalog.db`,
      warehouse: `${cwd}/warehouse`,
    });
    expect(config.engine).toEqual({ type: 'duckdb' });
    expect(config.tables).toEqual({
      sessions: 'psyberg.sessions',
      watermarks: 'psyberg.watermarks',
      audits: 'psyberg.audits',
    });
    expect([...config.processes.keys()]).toEqual(['signup_f', 'account_state_d']);
  });

  it('reads a process with every default in it', async () => {
    const cwd = await project({ 'psyberg.yaml': MEMBERSHIP, ...SQL });
    const { processes } = await loadConfig({ cwd, env: {} });
    expect(only(processes)).toEqual({
      name: 'signup_f',
      mode: 'stateless',
      sources: [
        {
          table: { namespace: ['raw'], name: 'signups' },
          branch: 'main',
          as: 'signups',
          role: 'changes',
          time: { kind: 'column', column: 'event_ts' },
          reads: { beforeUs: 0n, afterUs: 0n },
          onOverwrite: 'error',
          allowFuture: false,
          pin: false,
        },
      ],
      target: {
        table: { namespace: ['dw'], name: 'signup_f' },
        branch: 'main',
        time: { kind: 'column', column: 'event_ts' },
        grain: 'hour',
        partition: ['hour(event_ts)'],
        sort: [],
        properties: {},
        onSchemaChange: 'error',
      },
      transform: { kind: 'sql', sqlByEngine: { '*': 'select 1' }, file: 'sql/signup_f.sql', rowwise: false },
      load: 'range',
      isolate: false,
      volatile: [],
      limits: { maxIntervals: Number.MAX_SAFE_INTEGER },
      audits: [
        { audit: 'source_target_count', name: 'source_target_count', severity: 'blocking', parameters: {} },
        { audit: 'unique', name: 'unique', severity: 'blocking', parameters: { columns: ['signup_id'] } },
      ],
    });
    const state = processes.get('account_state_d' as ProcessName)!;
    expect(state.catchUpThresholdUs).toBe(48n * HOUR_US);
    expect(state.limits).toEqual({ maxIntervals: 10_000 });
    expect(state.sources[1]).toMatchObject({ as: 'cancels', reads: { beforeUs: 24n * HOUR_US, afterUs: HOUR_US } });
    expect(state.sources[2]).toEqual({
      table: { namespace: ['ref'], name: 'plans' },
      branch: 'main',
      as: 'plans',
      role: 'lookup',
    });
  });

  it('understands every way to name a time, a threshold, a size and an audit', async () => {
    const { processes, engineOf, engines } = await loadYaml(`
engines: { big: { memoryLimit: 8GB } }
processes:
  p:
    mode: stateful
    engine: big
    load: changed
    isolate: true
    volatile: [loaded_by]
    sources:
      - "a.plain|event_ts"
      - { table: a.millis, time: { column: at, unit: ms }, complete: { delay: 2h }, retention: 30d, future: allow, pin: true }
      - { table: a.b.landed, time: { date: landing_date, hour: landing_hour }, from: 2023-09-14 }
    target: { table: t.t, time: { column: day }, interval: 15m, openInterval: wait, onSchemaChange: add, sort: [day], properties: { a.b: c } }
    transform: { sql: { duckdb: select 1, spark: select 2 } }
    catchUp: { threshold: 4 }
    limits: { maxIntervals: 5, maxBytes: 10GB }
    audits:
      - { audit: unique, columns: [a] }
      - { audit: unique, columns: [b], severity: warning }
      - { audit: sql, name: unique_2, sql: select 1 }
`);
    const process = only(processes);
    expect(process.sources.map((source) => (source.role === 'changes' ? source.time : undefined))).toEqual([
      { kind: 'column', column: 'event_ts' },
      { kind: 'epoch', column: 'at', unit: 'ms' },
      { kind: 'date-hour', dateColumn: 'landing_date', hourColumn: 'landing_hour' },
    ]);
    expect(process.sources[1]).toMatchObject({
      complete: { kind: 'delay', delayUs: 2n * HOUR_US },
      retentionUs: 720n * HOUR_US,
      allowFuture: true,
      pin: true,
    });
    expect(process.sources[2]).toMatchObject({
      table: { namespace: ['a', 'b'], name: 'landed' },
      from: parseInstant('2023-09-14T00:00Z'),
    });
    expect(process.catchUpThresholdUs).toBe(HOUR_US);
    expect(process.limits).toEqual({ maxIntervals: 5, maxBytes: 10_000_000_000 });
    expect(process.audits.map(({ name, severity }) => [name, severity])).toEqual([
      ['unique', 'blocking'],
      ['unique_3', 'warning'],
      ['unique_2', 'blocking'],
    ]);
    expect(process.transform).toEqual({
      kind: 'sql',
      sqlByEngine: { duckdb: 'select 1', spark: 'select 2' },
      rowwise: false,
    });
    expect(engines.get('big')).toEqual({ type: 'duckdb', memoryLimit: '8GB' });
    expect(engineOf.get(process.name)).toBe('big');
  });

  it('accepts commands and external jobs, a memory catalog, stateless processes that share a target, and no processes at all', async () => {
    const target = '{ table: t.shared }';
    const { processes, catalog } = await loadYaml(`
catalog: { type: memory }
processes:
  a: { mode: stateless, sources: [s.a], target: ${target}, transform: { command: [spark-submit, job.py] } }
  b: { mode: stateless, sources: [s.b], target: ${target}, transform: { external: true } }
`);
    expect(catalog).toEqual({ type: 'memory' });
    expect([...processes.values()].map((process) => process.transform)).toEqual([
      { kind: 'command', command: ['spark-submit', 'job.py'] },
      { kind: 'external' },
    ]);
    expect((await loadYaml('')).processes.size).toBe(0);
  });

  it('reads JSON, tabs and all, and finds it upwards', async () => {
    const json =
      '{\n\t"$schema": "x",\n\t"catalog": { "type": "sql", "uri": "sqlite:////var/c.db", "name": "prod" }\n}\n';
    const cwd = await project({ 'psyberg.json': json, 'a/b/c.txt': '' });
    const config = await loadConfig({ cwd: join(cwd, 'a/b'), env: {} });
    expect(config.catalog).toEqual({
      type: 'sql',
      uri: 'sqlite:/var/c.db',
      warehouse: `${cwd}/warehouse`,
      name: 'prod',
    });
  });

  it('follows aliases of YAML', async () => {
    const { processes } = await loadYaml(`
processes:
  a: &a { mode: stateless, sources: [s.a], target: { table: t.t }, transform: { sql: select 1 } }
  b: *a
`);
    expect([...processes.keys()]).toEqual(['a', 'b']);
  });

  it('says where it looked when there is no file, and which files fight', async () => {
    const empty = await project({});
    expect(await failureOf(loadConfig({ cwd: empty, env: {} }))).toEqual([expect.stringContaining('psyberg new')]);
    expect(await failureOf(loadConfig({ cwd: empty, file: 'x.yaml', env: {} }))).toEqual([
      'x.yaml does not exist; correct the path given with --config.',
    ]);
    const two = await project({ 'psyberg.yaml': '', 'psyberg.json': '{}' });
    expect(await failureOf(loadConfig({ cwd: two, env: {} }))).toEqual([
      expect.stringContaining('psyberg.yaml and psyberg.json stand side by side'),
    ]);
  });
});
