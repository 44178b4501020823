/** The demo project, from `new` to `clean`, through the command line alone. */
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fastAppend, openTable, parseIdentifier, planFiles, SqlCatalog } from '@psyberg/iceberg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from '../../src/main.ts';
import { misfits } from '../support/json-schema.ts';
import { testIo } from '../support/test-io.ts';

let root: string;
let fresh: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'psyberg-project-'));
  fresh = join(root, 'fresh');
  expect(await main(['new', 'fresh', '--quiet'], testIo({ cwd: root }).io)).toBe(0);
});
afterAll(() => rm(root, { recursive: true, force: true }));

type Document = Record<string, unknown> & { exitCode: number; status: string; next: string[] };

/** One command in a folder: exit code, document and human text. */
async function psyberg(cwd: string, ...argv: string[]) {
  const io = testIo({ cwd });
  const exitCode = await main([...argv, '--json'], io.io);
  const document = JSON.parse(io.stdout()) as Document;
  expect(document).toMatchObject({ schemaVersion: 1, command: argv[0], exitCode });
  expect(misfits(document)).toEqual([]);
  return { exitCode, document, stderr: io.stderr() };
}

async function say(cwd: string, ...argv: string[]) {
  const io = testIo({ cwd });
  const exitCode = await main(argv, io.io);
  expect(io.stdout()).toBe('');
  return { exitCode, stderr: io.stderr() };
}

/** Every file below a folder with size and time of change. */
async function inventory(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true });
  return Promise.all(
    entries.sort().map(async (entry) => {
      const { size, mtimeMs } = await stat(join(folder, entry));
      return `${entry} ${size} ${mtimeMs}`;
    }),
  );
}

describe('the demo project', () => {
  it('plans the whole chain, predicted downstream, and writes nothing', async () => {
    const before = await inventory(fresh);
    const { document } = await psyberg(fresh, 'plan');
    expect(await inventory(fresh)).toEqual(before);
    expect(document).toMatchObject({ status: 'ok', exitCode: 0, next: ['psyberg run'] });
    expect(document.processes).toMatchObject([
      { process: 'order_f', mode: 'stateless', range: { start: '2025-06-02T06:00:00Z', end: '2025-06-02T18:00:00Z' } },
      {
        process: 'revenue_h',
        intervals: expect.arrayContaining([expect.objectContaining({ state: 'new', action: 'overwrite' })]),
      },
      { process: 'revenue_total_h', sources: [{ table: 'dw.revenue_h', predicted: true }] },
    ]);
    expect((await psyberg(fresh, 'plan', '--detailed-exitcode')).exitCode).toBe(10);
  });

  it('runs, has nothing more to do, and equals a full recompute', async () => {
    const { document } = await psyberg(fresh, 'run', '--output-file', 'events.jsonl');
    expect(document).toMatchObject({
      status: 'ok',
      processes: [
        { status: 'ok', rowsWritten: 400, audits: [{ status: 'passed' }, { status: 'passed' }] },
        { status: 'ok', rowsWritten: 36 },
        { status: 'ok', rowsWritten: 36 },
      ],
    });
    const events = (await readFile(join(fresh, 'events.jsonl'), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.at(0)).toMatchObject({ event: 'chain-started' });
    expect(events.at(-1)).toMatchObject({ event: 'result', command: 'run', exitCode: 0 });
    expect((await psyberg(fresh, 'run')).document).toMatchObject({ status: 'nothing_to_do', exitCode: 0 });
    expect((await psyberg(fresh, 'verify')).document).toMatchObject({
      status: 'ok',
      processes: [{ equal: true }, { equal: true }, { equal: true }],
    });
  });

  it('answers what was loaded and why', async () => {
    const { document } = await psyberg(fresh, 'sessions', 'order_f');
    const [first] = document.sessions as { session: string }[];
    expect(document.sessions).toMatchObject([{ state: 'committed', rowsWritten: 400 }, { state: 'empty' }]);
    expect((await psyberg(fresh, 'explain', 'order_f', first!.session)).document).toMatchObject({ state: 'committed' });
    const writers = await psyberg(fresh, 'explain', 'order_f', '--interval', '2025-06-02T07:00Z');
    expect(writers.document).toMatchObject({ writers: [{ session: first!.session }] });
    expect((await psyberg(fresh, 'status')).document).toMatchObject({
      processes: [{ process: 'order_f', loadedUntil: '2025-06-02T18:00:00Z' }, {}, {}],
    });
    expect((await psyberg(fresh, 'signal', 'dw.order_f')).document).toMatchObject({ signal: { basis: 'seen' } });
    expect((await psyberg(fresh, 'changes', 'raw.orders')).document).toMatchObject({ snapshots: [{ addedRows: 400 }] });
    expect((await psyberg(fresh, 'check')).document).toMatchObject({ status: 'ok', problems: [] });
    expect((await psyberg(fresh, 'clean', '--dry-run')).document).toMatchObject({ status: 'nothing_to_do' });
  });

  it('shows configuration with origins, the environment over the file', async () => {
    const io = testIo({ cwd: fresh, env: { PSYBERG__ENGINE__MEMORY_LIMIT: '1GB' } });
    expect(await main(['check', '--show-config'], io.io)).toBe(0);
    expect(io.stderr()).toMatch(/engine\.memoryLimit +1GB +PSYBERG__ENGINE__MEMORY_LIMIT/);
    expect(io.stderr()).toMatch(/engine\.type +duckdb +psyberg\.yaml:\d+:\d+/);
  });

  it('names the process that was probably meant, and asks before it replaces rows', async () => {
    expect(await say(fresh, 'run', 'order_ff')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('did you mean "order_f"?'),
    });
    expect(await say(fresh, 'run', 'order_f', '--recompute')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--yes'),
    });
    const refusing = testIo({ cwd: fresh, ask: async () => false });
    expect(await main(['run', 'order_f', '--recompute'], refusing.io)).toBe(2);
    expect(await say(fresh, 'explain')).toMatchObject({ exitCode: 2 });
    expect(await say(fresh, 'explain', 'order_f', '--interval', 'noon')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('36h ago'),
    });
  });
});

describe('a failing audit', () => {
  it('holds the rows, shows them, and lets a person publish them with a reason', async () => {
    const cwd = join(root, 'held');
    await main(['new', 'held', '--quiet'], testIo({ cwd: root }).io);
    const file = join(cwd, 'psyberg.yaml');
    const strict = '{ audit: accepted_values, column: category, values: [drinks, pastry] }';
    await writeFile(file, (await readFile(file, 'utf8')).replace('{ audit: unique, columns: [order_id] }', strict));
    const held = await say(cwd, 'run', 'order_f');
    expect(held.exitCode).toBe(3);
    expect(held.stderr).toContain('meals');
    expect(held.stderr).toContain('Nothing was published');
    const { document } = await psyberg(cwd, 'status', 'order_f');
    const [{ held: sessions }] = document.processes as [{ held: { session: string }[] }];
    const step = ['--process', 'order_f', '--session', sessions[0]!.session];
    expect((await psyberg(cwd, 'publish', ...step)).exitCode).toBe(3);
    expect(await say(cwd, 'publish', ...step, '--accept', 'accepted_values')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--reason'),
    });
    const accepted = await psyberg(cwd, 'publish', ...step, '--accept', 'accepted_values', '--reason', 'meals are new');
    expect(accepted.document).toMatchObject({ exitCode: 0, state: 'published' });
    expect((await psyberg(cwd, 'commit', ...step)).document).toMatchObject({
      exitCode: 0,
      state: 'committed',
      changed: true,
    });
    expect((await psyberg(cwd, 'commit', ...step)).document).toMatchObject({ exitCode: 0, changed: false });
    const explained = await psyberg(cwd, 'explain', sessions[0]!.session, '--audit', 'accepted_values');
    expect(explained.document.audits).toContainEqual(
      expect.objectContaining({ status: 'accepted', reason: 'meals are new' }),
    );
  });
});

describe('the published flags, without a configuration file', () => {
  it('carry a job of the user through init, its own append, audit, publish and commit, each repeatable', async () => {
    const cwd = await mkdtemp(join(root, 'bare-'));
    const warehouse = join(root, 'flags', 'warehouse');
    await main(['new', 'flags', '--quiet'], testIo({ cwd: root }).io);
    const uri = `sqlite:${warehouse}/catalog.db`;
    const catalog = await SqlCatalog.open({ uri, warehouse });
    const orders = await openTable(catalog, parseIdentifier('raw.orders'));
    await catalog.createNamespace(['dw']);
    const { metadata } = orders;
    await catalog.createTable(parseIdentifier('dw.orders'), {
      schema: metadata.schemas[0]!,
      partitionSpec: metadata.partitionSpecs[0]!,
    });
    const flags = [
      '--process_name',
      'order_copy',
      '--psyberg_session_id',
      '20250602061001',
      '--src_tables',
      'raw.orders|ordered_at',
      '--psyberg_hwm_table',
      'ops.watermarks',
      '--psyberg_session_table',
      'ops.sessions',
      '--etl_pattern_id',
      '1',
      '--target_table',
      'dw.orders',
      '--catalog',
      uri,
      '--warehouse',
      warehouse,
    ];
    const planned = await psyberg(cwd, 'init', ...flags);
    expect(planned.document).toMatchObject({ exitCode: 0, state: 'planned', changed: true });
    expect(planned.document.next[0]).toContain(
      'psyberg audit --process order_copy --session 20250602061001 --src-tables',
    );
    expect((await psyberg(cwd, 'init', ...flags)).document).toMatchObject({
      wapId: planned.document.wapId,
      changed: false,
    });

    const target = await openTable(catalog, parseIdentifier('dw.orders'));
    const files = (await planFiles(orders)).map(({ file }) => file);
    await fastAppend(target, files, { stageOnly: true, summary: { 'wap.id': planned.document.wapId as string } });
    for (const [step, state] of [
      ['audit', 'audited'],
      ['publish', 'published'],
      ['commit', 'committed'],
    ] as const) {
      expect((await psyberg(cwd, step, ...flags)).document).toMatchObject({ exitCode: 0, state, changed: true });
      expect((await psyberg(cwd, step, ...flags)).document).toMatchObject({ exitCode: 0, changed: false });
    }
    const loaded = await planFiles(await openTable(catalog, parseIdentifier('dw.orders')));
    await catalog.close();
    expect(loaded.reduce((rows, { file }) => rows + file.recordCount, 0)).toBe(400);
  });

  it('move a watermark once, where no target is named', async () => {
    const cwd = join(root, 'no-target');
    await cp(fresh, cwd, { recursive: true });
    const flags = ['--process_name', 'own_job', '--src_tables', 'raw.orders|ordered_at', '--etl_pattern_id', '2'];
    const step = async (name: string, session: string) =>
      (await psyberg(cwd, name, ...flags, '--psyberg_session_id', session)).document;
    expect(await step('init', '1')).toMatchObject({ exitCode: 0, state: 'planned' });
    expect(await step('init', '2')).toMatchObject({ exitCode: 0, state: 'planned' });
    expect(await step('audit', '1')).toMatchObject({ exitCode: 2 });
    expect(await step('commit', '1')).toMatchObject({ exitCode: 0, state: 'committed', changed: true });
    expect(await step('commit', '1')).toMatchObject({ exitCode: 0, changed: false });
    expect(await step('commit', '2')).toMatchObject({ exitCode: 4 });
    expect(await step('init', '3')).toMatchObject({ exitCode: 0, state: 'empty' });
  });

  it.each([
    [['--src_tables', 'orders', '--target_table', 'dw.x'], 'expected namespace.table'],
    [['--src_tables', 'raw.orders', '--etl_pattern_id', '2', '--target_table', 'dw.x'], 'raw.orders|COLUMN'],
    [['--etl_pattern_id', '3', '--target_table', 'dw.x'], '1 is stateless, 2 is stateful'],
  ])('refuse %j with a hint', async (flags, hint) => {
    const answer = await say(root, 'init', '--process_name', 'x_f', '--psyberg_session_id', '1', ...flags);
    expect(answer).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(hint) });
  });
});

describe('a warehouse that is missing', () => {
  it('is named, with what to do, and nothing is made', async () => {
    const cwd = join(root, 'moved');
    await cp(fresh, cwd, { recursive: true, filter: (source) => !source.startsWith(join(fresh, 'warehouse')) });
    const answer = await say(cwd, 'run');
    expect(answer.exitCode).toBe(2);
    expect(answer.stderr).toContain(`There is no catalog at ${join(cwd, 'warehouse', 'catalog.db')}`);
    expect(await readdir(cwd)).not.toContain('warehouse');
  });
});
