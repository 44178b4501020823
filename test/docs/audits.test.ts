/** `docs/audits/` and the registry of audits say the same, in both directions. */
import { AUDIT_KINDS, validateAudits } from '@psyberg/core';
import { describe, expect, it } from 'vitest';
import { auditPages, indexPage, parametersOf, SECTIONS, sectionsOf } from './audit-pages.ts';

const pages = auditPages();

describe('docs/audits', () => {
  it('has a page for every kind and no others, and more than 25', () => {
    expect(pages.map(({ kind }) => kind)).toEqual([...AUDIT_KINDS.keys()].sort());
    expect(pages.length).toBeGreaterThanOrEqual(25);
  });

  it('lists every page once in its index', () => {
    const linked = [...indexPage().matchAll(/^\| \[`(\w+)`\]\((\w+)\.md\) \|/gm)];
    expect(linked.filter(([, name, page]) => name !== page)).toEqual([]);
    expect(linked.map((match) => match[1]!).sort()).toEqual(pages.map(({ kind }) => kind));
  });
});

describe.each(pages.map((page) => [page.kind, page] as const))('the page of %s', (kind, page) => {
  it('describes all parameters of the kind and no others', () => {
    expect([...page.parameters].sort()).toEqual([...AUDIT_KINDS.get(kind)!.parameters].sort());
  });

  it('tells what is checked, an example, a violation, the cost and the limits', () => {
    expect(page.text.startsWith(`# ${kind}\n`)).toBe(true);
    expect(sectionsOf(page.text)).toEqual(SECTIONS);
  });

  it('has an example that a configuration takes', () => {
    expect(page.example.audit).toBe(kind);
    const parameters = parametersOf(page);
    expect(validateAudits([{ audit: kind, name: kind, severity: 'blocking', parameters }])).toEqual([]);
  });
});

describe('the declared parameters', () => {
  it.each([...AUDIT_KINDS.keys()])('of %s are just those that are read', (kind) => {
    const read = new Set<string>();
    const parameters = new Proxy<Record<string, unknown>>(
      {},
      {
        get: (_, name) => {
          read.add(String(name));
          return undefined;
        },
      },
    );
    AUDIT_KINDS.get(kind)!.check(parameters);
    expect([...read].sort()).toEqual([...AUDIT_KINDS.get(kind)!.parameters].sort());
  });
});
