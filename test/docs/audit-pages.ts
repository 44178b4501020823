/** The pages of `docs/audits/`, one for each kind, as tests read them. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { ROOT } from '../support/source-tree.ts';

export interface AuditPage {
  readonly kind: string;
  readonly text: string;
  /** Names in the first column of the table of parameters. */
  readonly parameters: readonly string[];
  /** The entry of `audits` that the page shows. */
  readonly example: Readonly<Record<string, unknown>> & { readonly audit: string };
  /** What the page shows of a violation. */
  readonly violation: string;
}

/** In this order, each of them once. */
export const SECTIONS = ['What it checks', 'Parameters', 'Example', 'A violation', 'What it costs', 'Limits'] as const;

const FOLDER = path.join(ROOT, 'docs', 'audits');

export const indexPage = (): string => readFileSync(path.join(FOLDER, 'README.md'), 'utf8');

/** All but the index, by name. */
export function auditPages(): readonly AuditPage[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.md') && name !== 'README.md')
    .sort()
    .map((name) => readPage(name.slice(0, -'.md'.length), readFileSync(path.join(FOLDER, name), 'utf8')));
}

function readPage(kind: string, text: string): AuditPage {
  const parameters = [...section(text, 'Parameters').matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1]!);
  const [example] = parse(fenced(section(text, 'Example'))).audits;
  return { kind, text, parameters, example, violation: fenced(section(text, 'A violation')) };
}

/** Without the entry's own keys. */
export function parametersOf({ example }: AuditPage): Readonly<Record<string, unknown>> {
  const { audit: _, name: _name, severity: _severity, ...parameters } = example;
  return parameters;
}

export const sectionsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^## (.+)$/gm)].map((match) => match[1]!);

function section(text: string, heading: string): string {
  const start = text.indexOf(`\n## ${heading}\n`);
  const end = text.indexOf('\n## ', start + 1);
  return start < 0 ? '' : text.slice(start, end < 0 ? undefined : end);
}

const fenced = (text: string): string => /```\w+\n([\s\S]*?)\n```/.exec(text)?.[1] ?? '';
