/** What a person puts right by hand, through the command line: what it asks, what it says, and documents as the schema has them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openTable, parseIdentifier, SqlCatalog } from '@psyberg/iceberg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FOLDERS } from '../../../../test/support/folders.ts';
import { main } from '../../src/main.ts';
import { misfits } from '../support/json-schema.ts';
import { testIo } from '../support/test-io.ts';

let root: string;
let cwd: string;
beforeAll(async () => {
  root = await mkdtemp(join(FOLDERS, 'psyberg-repair-'));
  cwd = join(root, 'demo');
  expect(await main(['new', 'demo', '--quiet'], testIo({ cwd: root }).io)).toBe(0);
  expect(await main(['run', '--quiet'], testIo({ cwd }).io)).toBe(0);
}, 60_000);
afterAll(() => rm(root, { recursive: true, force: true }));

type Document = Record<string, unknown> & { exitCode: number; status: string; next: string[] };

async function psyberg(...argv: string[]) {
  const io = testIo({ cwd });
  const exitCode = await main([...argv, '--json'], io.io);
  const document = JSON.parse(io.stdout()) as Document;
  expect(document).toMatchObject({ schemaVersion: 1, command: argv[0], exitCode });
  expect(misfits(document)).toEqual([]);
  return document;
}

/** As at a terminal where every question is answered with `answer`. */
async function asked(answer: boolean, ...argv: string[]) {
  const questions: string[] = [];
  const ask = async (question: string): Promise<boolean> => {
    questions.push(question);
    return answer;
  };
  const io = testIo({ cwd, isTTY: true, ask });
  return { exitCode: await main(argv, io.io), questions, stderr: io.stderr() };
}

async function catalog<T>(work: (catalog: SqlCatalog) => Promise<T>): Promise<T> {
  const opened = await SqlCatalog.open({
    uri: `sqlite:${cwd}/warehouse/catalog.db`,
    warehouse: join(cwd, 'warehouse'),
  });
  try {
    return await work(opened);
  } finally {
    await opened.close();
  }
}

const SPAN = ['--from', '2025-06-02T07:00Z', '--to', '2025-06-02T09:00Z'];

it('backfills after it has asked with the span, and tells what follows', async () => {
  const no = await asked(false, 'backfill', 'revenue_h', ...SPAN);
  expect(no).toMatchObject({ exitCode: 2, questions: [expect.stringContaining('2 intervals of dw.revenue_h')] });
  expect(await psyberg('backfill', 'revenue_h', ...SPAN)).toMatchObject({ exitCode: 2, status: 'failed' });
  const done = await psyberg('backfill', 'revenue_h', ...SPAN, '--yes');
  expect(done).toMatchObject({
    status: 'ok',
    next: ['psyberg run'],
    processes: [
      { status: 'nothing_to_do' },
      { kind: 'backfill', write: [{ start: '2025-06-02T07:00:00Z', end: '2025-06-02T09:00:00Z' }] },
    ],
  });
  expect(await psyberg('run')).toMatchObject({ processes: [{}, {}, { process: 'revenue_total_h', status: 'ok' }] });
  const writers = await psyberg('explain', 'revenue_h', '--interval', '2025-06-02T08:30Z');
  expect(writers).toMatchObject({ writers: [{ kind: 'normal' }, { kind: 'backfill', interval: { state: 'redone' } }] });
  expect(await psyberg('verify')).toMatchObject({ status: 'ok' });
  expect(await psyberg('backfill', 'revenue_h', '--from', '2030-01-01', '--to', '2030-01-02', '--yes')).toMatchObject({
    status: 'nothing_to_do',
    next: [],
  });
  expect((await asked(true, 'backfill', 'revenue_h', '--from', 'soon', '--to', 'now')).exitCode).toBe(2);
});

it('skips what nobody has asked it to load, and says that there is nothing where there is nothing', async () => {
  const named = await psyberg('skip', 'revenue_h', '--to', 'current', '--reason', 'a test', '--yes');
  expect(named).toMatchObject({
    exitCode: 2,
    next: [expect.stringContaining('--source dw.order_f'), expect.anything()],
  });
  const flags = ['skip', 'revenue_h', '--source', 'refunds', '--to', 'current', '--reason', 'a test'];
  expect(await psyberg(...flags)).toMatchObject({ status: 'nothing_to_do', session: null, skipped: [] });
});

it('tells again from the targets what our own tables have lost', async () => {
  await catalog(async (c) => {
    for (const name of ['psyberg.sessions', 'psyberg.audits']) await c.dropTable(parseIdentifier(name));
    const watermarks = await openTable(c, parseIdentifier('psyberg.watermarks'));
    await watermarks.io.delete(watermarks.metadataLocation);
  });
  const preview = await psyberg('recover', '--dry-run');
  expect(preview).toMatchObject({ tables: [{ state: 'missing' }, { state: 'damaged' }, { state: 'missing' }] });
  const no = await asked(false, 'recover');
  expect(no).toMatchObject({ exitCode: 2, questions: [expect.stringContaining('psyberg.watermarks')] });
  const done = await psyberg('recover', '--yes');
  expect(done).toMatchObject({
    status: 'ok',
    notRecovered: expect.arrayContaining([expect.stringContaining('audits')]),
  });
  expect(done.processes).toMatchObject([{ lost: [] }, { lost: [] }, { lost: [] }]);
  expect((await psyberg('sessions')).sessions).toHaveLength(5);
  expect(await psyberg('recover')).toMatchObject({ status: 'nothing_to_do' });
  expect((await asked(true, 'recover')).stderr).toContain('lacks nothing');
});
