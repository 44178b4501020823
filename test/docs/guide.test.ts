/**
 * The guide, from its first block to its last: its tables are made, its rows arrive, its files are written, its commands run, and what
 * they print is what the page shows. `GUIDE_UPDATE=1` writes what they print into the page.
 */
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { main } from 'psyberg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appendRows, createTable, type Lake, makeLake, type RawRow } from '../../examples/lake.mjs';
import { createProgram } from '../../packages/psyberg/src/program.ts';
import { FOLDERS } from '../support/folders.ts';
import { ROOT } from '../support/source-tree.ts';
import { type GuideCall, type GuideStep, guideSteps, normalised, wordsOf } from './guide-page.ts';

const PAGE = path.join(ROOT, 'docs/guide.md');
const TYPES: Readonly<Record<string, string>> = { bigint: 'long', string: 'string', timestamp: 'timestamptz' };
/** Between two commands; each second can have only one session of a process. */
const PAUSE_MS = 60_000;

const page = await readFile(PAGE, 'utf8');
const steps = guideSteps(page);

let folder: string;
let lake: Lake;
beforeAll(async () => {
  folder = await realpath(await mkdtemp(path.join(FOLDERS, 'psyberg-guide-')));
  lake = await makeLake(path.join(folder, 'warehouse'));
});
afterAll(async () => {
  await lake.close();
  await rm(folder, { recursive: true, force: true });
});

let nowMs = 0;
let exitCode = 0;

/** What a command prints: all of it, as a terminal would show it. */
async function output(command: string): Promise<string> {
  if (command === 'echo $?') return String(exitCode);
  const [program, ...words] = wordsOf(command);
  expect(program).toBe('psyberg');
  const printed: string[] = [];
  const write = (text: string) => printed.push(text);
  exitCode = await main(words, {
    stdout: { write },
    stderr: { write, isTTY: false, columns: 140 },
    env: {},
    cwd: folder,
    now: () => nowMs,
    onSignal: () => () => undefined,
  });
  nowMs += PAUSE_MS;
  return printed.join('').trim();
}

function typed(columns: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(columns).map(([name, type]) => [name, TYPES[type]!]));
}

/** Numbers stay texts, which the engine casts; nothing is NULL. */
const cells = (row: Readonly<Record<string, string>>): RawRow =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === '' ? null : value]));

async function write(name: string, text: string): Promise<void> {
  await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
  await writeFile(path.join(folder, name), text);
}

/** Does what a step asks for; for a console, what each of its commands printed. */
async function perform(step: GuideStep): Promise<readonly GuideCall[]> {
  switch (step.kind) {
    case 'tables':
      for (const { name, columns } of step.tables) await createTable(lake, name, typed(columns));
      return [];
    case 'rows':
      await appendRows(lake, step.table, step.rows.map(cells));
      return [];
    case 'file':
      await write(step.name, step.text);
      return [];
    case 'edit': {
      const text = await readFile(path.join(folder, step.name), 'utf8');
      expect(text).toContain(step.from);
      await write(step.name, text.replace(step.from, step.to));
      return [];
    }
    case 'now':
      nowMs = step.ms;
      return [];
    case 'console': {
      const done: GuideCall[] = [];
      for (const { command } of step.calls) done.push({ command, output: await output(command) });
      return done;
    }
    case 'other':
      return [];
  }
}

const shown = (calls: readonly GuideCall[]): string =>
  `${calls.map(({ command, output: text }) => `$ ${command}\n${text.replaceAll(folder, '/srv/sales')}`.trimEnd()).join('\n')}\n`;

const plain = (calls: readonly GuideCall[]): string =>
  calls.map(({ command, output: text }) => `$ ${command}\n${normalised(text, folder)}`).join('\n');

describe('docs/guide.md', () => {
  it('shows what its commands print', async () => {
    let updated = page;
    const differences: { shown: string; printed: string }[] = [];
    for (const step of steps) {
      const calls = await perform(step);
      if (step.kind !== 'console') continue;
      if (plain(calls) !== plain(step.calls)) differences.push({ shown: plain(step.calls), printed: plain(calls) });
      const before = page.slice(step.start, step.end);
      updated = updated.replace(before, () => shown(calls));
    }
    if (process.env.GUIDE_UPDATE === '1') await writeFile(PAGE, updated);
    else expect(differences.map(({ printed }) => printed)).toEqual(differences.map((difference) => difference.shown));
  }, 120_000);

  it('names only commands and flags that there are, in schedules too', async () => {
    const lines = steps
      .flatMap((step) => (step.kind === 'other' ? step.text.split('\n') : []))
      .flatMap((line) => /\bpsyberg (?!\/)[^"]*/.exec(line)?.[0] ?? []);
    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines) {
      let called: string | undefined;
      const program = createProgram('0', async ({ command }) => {
        called = command;
      });
      for (const command of [program, ...program.commands]) command.exitOverride();
      await program.parseAsync(wordsOf(line.replaceAll(/\{+[^}]*\}+/g, 'X')).slice(1), { from: 'user' });
      expect(called, line).toBeDefined();
    }
  });

  it('differs by what is said, not by ids, durations and the widths that hang on them', () => {
    const of = (text: string) => normalised(text, '/tmp/x');
    expect(of('a  3 rows  snapshot 5145742983362485149  12 ms')).toBe(
      of('a   3 rows snapshot 514574298336248514 1.4 s'),
    );
    expect(of('a  3 rows')).not.toBe(of('a  4 rows'));
    expect(of('see /tmp/x/y')).toBe('see /srv/sales/y');
  });

  it('has steps of every kind', () => {
    const kinds: Record<GuideStep['kind'], true> = {
      tables: true,
      rows: true,
      file: true,
      edit: true,
      now: true,
      console: true,
      other: true,
    };
    expect(new Set(steps.map(({ kind }) => kind))).toEqual(new Set(Object.keys(kinds)));
  });
});
