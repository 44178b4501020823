/**
 * The document of every command in every way that it can end, and each line of its `--output-file`, from a real project, against the
 * published schemas; twice, by our own reading of a schema and by zod's. Every key that is printed must be described.
 */
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fastAppend, openTable, parseIdentifier, planFiles, SqlCatalog } from '@psyberg/iceberg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { FOLDERS } from '../../../test/support/folders.ts';
import { EXIT } from '../src/exit-codes.ts';
import { main } from '../src/main.ts';
import { createProgram } from '../src/program.ts';
import { EVENTS_SCHEMA, misfits, OUTPUT_SCHEMA, undescribed } from './support/json-schema.ts';
import { testIo } from './support/test-io.ts';

type Document = Record<string, never> & { command: string | null; status: string; exitCode: number; next: string[] };

const zod = z.fromJSONSchema(OUTPUT_SCHEMA as Parameters<typeof z.fromJSONSchema>[0]);
const zodEvents = z.fromJSONSchema(EVENTS_SCHEMA as Parameters<typeof z.fromJSONSchema>[0]);
/** `run held 3`: which endings of which commands were seen. */
const seen = new Set<string>();
/** Kinds of lines, with the status of the command that they were met in. */
const seenEvents = new Set<string>();

let root: string;
let demo: string;
let counter = 0;

beforeAll(async () => {
  root = await mkdtemp(join(FOLDERS, 'psyberg-contract-'));
  demo = join(root, 'demo');
  await json(root, 'new', 'demo');
}, 60_000);
afterAll(() => rm(root, { recursive: true, force: true }));

/** Runs a command and holds its document against the contract. */
async function json(cwd: string, ...argv: string[]): Promise<Document> {
  return documentOf(testIo({ cwd }), ...argv);
}

async function documentOf(io: ReturnType<typeof testIo>, ...argv: string[]): Promise<Document> {
  counter += 1;
  const lines = join(root, `events-${counter}.jsonl`);
  const output = argv.includes('--output-file') ? [] : ['--output-file', lines];
  const exitCode = await main([...argv, ...output, '--json'], io.io);
  const document = JSON.parse(io.stdout()) as Document;
  if (existsSync(lines)) holdEvents(readFileSync(lines, 'utf8'), document);
  expect(document).toMatchObject({ schemaVersion: 1, exitCode });
  expect(misfits(document)).toEqual([]);
  expect(zod.safeParse(document).error?.issues ?? []).toEqual([]);
  expect(undescribed(document)).toEqual([]);
  expect(document.next.filter((line) => !/^(psyberg|cd) /.test(line))).toEqual([]);
  if (exitCode !== EXIT.ok && exitCode !== EXIT.work && exitCode !== 9) expect(io.stderr()).not.toBe('');
  seen.add(`${document.command} ${document.status} ${exitCode}`);
  return document;
}

/** Every line is described, and the last one is the document. */
function holdEvents(text: string, document: Document): void {
  const events = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { readonly event: string });
  for (const event of events.slice(0, -1)) {
    expect(misfits(event, EVENTS_SCHEMA)).toEqual([]);
    expect(undescribed(event, EVENTS_SCHEMA)).toEqual([]);
  }
  for (const event of events) {
    expect(zodEvents.safeParse(event).error?.issues ?? []).toEqual([]);
    seenEvents.add(`${event.event} ${document.status}`);
  }
  expect(events.at(-1)).toEqual({ event: 'result', ...document });
}

/** A copy of a project as it is now, its configuration changed. */
async function variant(change: (yaml: string) => string): Promise<string> {
  counter += 1;
  const cwd = join(root, `variant-${counter}`);
  await cp(demo, cwd, { recursive: true });
  await configure(cwd, change);
  return cwd;
}

async function configure(cwd: string, change: (yaml: string) => string): Promise<void> {
  const file = join(cwd, 'psyberg.yaml');
  await writeFile(file, change(await readFile(join(demo, 'psyberg.yaml'), 'utf8')));
}

const openCatalog = (cwd: string) =>
  SqlCatalog.open({ uri: `sqlite:${cwd}/warehouse/catalog.db`, warehouse: join(cwd, 'warehouse') });

const STRICT = (yaml: string) =>
  yaml.replace(
    '{ audit: unique, columns: [order_id] }',
    '{ audit: accepted_values, column: category, values: [drinks] }',
  );

it('before anything is loaded', async () => {
  await json(demo, 'check');
  await json(demo, 'check', '--show-config');
  await json(demo, 'plan');
  await json(demo, 'plan', '--detailed-exitcode');
  await json(demo, 'status');
  await json(demo, 'sessions');
  await json(demo, 'doctor');
  await json(demo, 'verify');
  await json(demo, 'signal', 'raw.orders');
  await json(demo, 'changes', 'raw.orders');
  await json(demo, 'wait', 'dw.order_f', '--until', '2025-06-02T10:00Z', '--timeout', '0');
});

it('a held session, step by step and given up', async () => {
  const cwd = await variant(STRICT);
  expect(await json(cwd, 'run', 'order_f')).toMatchObject({ status: 'held' });
  const { processes } = (await json(cwd, 'status')) as unknown as { processes: [{ held: [{ session: string }] }] };
  const { session } = processes[0].held[0];
  await json(cwd, 'explain', session, '--audit', 'accepted_values');
  await json(cwd, 'doctor');
  const step = ['--process', 'order_f', '--session', session];
  await json(cwd, 'audit', ...step);
  await json(cwd, 'publish', ...step);
  await json(cwd, 'commit', ...step);
  await json(cwd, 'discard', session);
  await json(cwd, 'discard', session, '--yes');
  await json(cwd, 'clean', '--dry-run');
  await json(cwd, 'clean');
  await json(cwd, 'clean', '--yes');
});

it('the steps of a session that goes well', async () => {
  const step = ['--process', 'order_f', '--session', '20250603000000'];
  for (const name of ['init', 'write', 'audit', 'publish', 'commit']) await json(demo, name, ...step);
  const again = await json(demo, 'init', ...step, '--predicates', 'spark');
  expect(again).toMatchObject({
    predicates: { dialect: 'spark', sources: [{ table: 'raw.orders' }, { where: 'TRUE' }] },
  });
  expect(await json(demo, 'init', '--process', 'order_f', '--empty-exit-code', '9')).toMatchObject({
    status: 'nothing_to_do',
    exitCode: 9,
  });
  await json(demo, 'write', '--process', 'order_f', '--session', 'nowhere');
  await json(demo, 'init');
});

it('the chain, what was loaded, and what is put right', async () => {
  await json(demo, 'run');
  await json(demo, 'run');
  await json(demo, 'status');
  await json(demo, 'sessions', 'order_f');
  await json(demo, 'explain', 'order_f', '20250603000000');
  await json(demo, 'explain', 'revenue_h', '--interval', '2025-06-02T07:00Z');
  await json(demo, 'verify');
  await json(demo, 'changes', 'dw.revenue_h');
  await json(demo, 'signal', 'dw.order_f');
  await json(demo, 'wait', 'dw.order_f', '--until', '2025-06-02T10:00Z', '--seen');
  await json(demo, 'doctor');
  await json(demo, 'clean');
  await json(demo, 'backfill', 'revenue_h', '--from', '2025-06-02T07:00Z', '--to', '2025-06-02T09:00Z', '--yes');
});

it('a person must decide, then says so', async () => {
  const other = (yaml: string) =>
    yaml.replace('  order_f:\n', '  order_g:\n').replaceAll('order_f, time', 'order_f, time');
  const cwd = await variant(other);
  expect(await json(cwd, 'run', 'order_g')).toMatchObject({ status: 'needs_decision', exitCode: EXIT.decision });
  await json(cwd, 'plan', 'order_g');
  await json(cwd, 'doctor', 'order_g');
  await json(cwd, 'adopt', 'order_g', '--at', 'current', '--loaded-until', '2025-06-02T18:00Z');
  await json(cwd, 'adopt', 'order_h', '--at', 'current');
});

it('tables that do not follow from their sources', async () => {
  const catalog = await openCatalog(demo);
  const table = await openTable(catalog, parseIdentifier('dw.order_f'));
  await fastAppend(
    table,
    (await planFiles(table)).slice(0, 1).map(({ file }) => file),
  );
  await catalog.close();
  expect(await json(demo, 'verify', 'order_f')).toMatchObject({ exitCode: EXIT.different });
});

it('changes that are passed over, and tables of ours that are lost', async () => {
  const catalog = await openCatalog(demo);
  const table = await openTable(catalog, parseIdentifier('raw.orders'));
  await fastAppend(
    table,
    (await planFiles(table)).slice(0, 1).map(({ file }) => file),
  );
  const skip = ['skip', 'order_f', '--to', 'current', '--reason', 'loaded twice'];
  expect(await json(demo, ...skip)).toMatchObject({ exitCode: EXIT.usage });
  expect(await json(demo, ...skip, '--yes')).toMatchObject({ status: 'ok' });
  expect(await json(demo, ...skip, '--yes')).toMatchObject({ status: 'nothing_to_do' });
  await json(demo, 'recover');
  await catalog.dropTable(parseIdentifier('psyberg.sessions'));
  await catalog.close();
  await json(demo, 'recover', '--dry-run');
  expect(await json(demo, 'recover')).toMatchObject({ status: 'ok' });
  await json(root, 'recover');
});

it('another run, processes that end differently, and an interruption', async () => {
  const cwd = await variant(STRICT);
  const lease = { host: 'elsewhere', boot: 'b', pidNamespace: '', pid: 7, pidStart: '1', token: 't' };
  const catalog = await openCatalog(cwd);
  const put = (process: string) =>
    catalog.compareAndSetNamespaceProperty(
      ['psyberg'],
      `psyberg.lease.${process}`,
      undefined,
      JSON.stringify({ ...lease, takenAtMs: Date.now(), heartbeatMs: Date.now() }),
    );
  await put('revenue_h');
  await catalog.close();
  expect(await json(cwd, 'run', 'revenue_h', '--recompute', '--yes')).toMatchObject({
    status: 'conflict',
    exitCode: 4,
  });
  await json(cwd, 'run', 'revenue_h', '--recompute');
  await json(cwd, 'init', '--process', 'revenue_h');
  const mixed = await json(cwd, 'run', 'order_f', 'revenue_h', '--recompute', '--yes');
  expect(mixed).toMatchObject({ status: 'partial', exitCode: EXIT.mixed });
  const io = testIo({ cwd });
  const running = documentOf(io, 'wait', 'raw.orders', '--until', '2025-06-02T10:00Z');
  setTimeout(io.interrupt, 200);
  expect(await running).toMatchObject({ status: 'failed', exitCode: EXIT.interrupted });
});

it('what was typed or configured wrongly', async () => {
  const cwd = await variant((yaml) => yaml.replace('raw.orders, time: ordered_at', 'raw.oders, time: ordered_at'));
  for (const argv of [['check'], ['plan'], ['run'], ['doctor'], ['status']]) await json(cwd, ...argv);
  await configure(cwd, (yaml) => yaml.replace('mode: stateless', 'mode: stateles'));
  await json(cwd, 'run');
  await json(root, 'run');
  for (const argv of [
    ['nope'],
    ['run', '--nope'],
    ['run', 'order'],
    ['status', 'order'],
    ['verify', 'order'],
    ['sessions', 'order'],
    ['explain'],
    ['signal', 'raw.nope'],
    ['changes', 'raw.orders', '--from', 'x'],
    ['wait', 'raw.orders'],
    ['wait', 'raw.orders', '--until', 'noon'],
    ['backfill', 'order', '--from', '2025-06-02', '--to', '2025-06-03', '--yes'],
    ['new', '.'],
    ['run', '--output-file', '/nowhere/at/all'],
  ]) {
    expect((await json(demo, ...argv)).exitCode).toBe(EXIT.usage);
  }
});

it('saw every command end well and badly, and every status', () => {
  const endings = [...seen].map((ending) => ending.split(' '));
  const commands = createProgram('0', async () => undefined).commands.map((command) => command.name());
  for (const command of commands) {
    const statuses = endings.filter(([name]) => name === command).map(([, status]) => status);
    expect(
      statuses.some((status) => status === 'ok' || status === 'nothing_to_do'),
      `${command} ends well`,
    ).toBe(true);
    expect(
      statuses.some((status) => status !== 'ok' && status !== 'nothing_to_do'),
      `${command} ends badly`,
    ).toBe(true);
  }
  const { status } = OUTPUT_SCHEMA.properties as unknown as { status: { enum: string[] } };
  expect([...new Set(endings.map(([, word]) => word))].sort()).toEqual([...status.enum].sort());
  const codes = new Set(endings.map(([, , code]) => Number(code)));
  expect(Object.values(EXIT).filter((code) => !codes.has(code))).toEqual([EXIT.failure]);
});

it('saw every kind of line, of runs that went well, failed and had nothing to do', () => {
  const kinds = (EVENTS_SCHEMA.properties as { event: { enum: string[] } }).event.enum;
  expect(new Set([...seenEvents].map((line) => line.split(' ')[0]))).toEqual(new Set(kinds));
  for (const status of ['ok', 'held', 'failed', 'nothing_to_do']) {
    for (const kind of ['process-started', 'process-finished', 'result', ...(status === 'failed' ? [] : ['planned'])])
      expect(seenEvents, `${kind} in a run that is ${status}`).toContain(`${kind} ${status}`);
  }
});

it('refuses lines that no command writes', () => {
  const at = '2025-06-02T10:00:00Z';
  for (const line of [
    {},
    { event: 'process-started', process: 'p', session: 's' },
    { event: 'process-finished', at, process: 'p', status: 'fine', elapsed: 'PT1S' },
    { event: 'nothing-of-ours', at },
  ]) {
    expect(misfits(line, EVENTS_SCHEMA)).not.toEqual([]);
    expect(zodEvents.safeParse(line).success).toBe(false);
  }
});

it('defines what both schemas speak of as one', () => {
  const [output, events] = [OUTPUT_SCHEMA, EVENTS_SCHEMA].map(({ $defs }) => $defs as Record<string, unknown>);
  const { plan, ...shared } = events!;
  expect(plan).toBeDefined();
  expect(output).toMatchObject(shared);
});
