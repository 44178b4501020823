/**
 * A run stops for good before, inside and after each of its steps, as told by its events: from then on nothing that it asks of
 * storage or engine is done or answered. Then another run goes on. (Real deaths, at every write: `crash-points.test.ts`.)
 */
import { loadConfig, openProject, run, type StepName, sessions } from '@psyberg/core';
import type { Catalog } from '@psyberg/iceberg';
import { expect, test } from 'vitest';
import { COPY, events, type House, type ProcessConfig, RUNNING, TOTALS } from '../exactly-once/house.ts';
import { houses } from '../exactly-once/houses.ts';

const build = houses();

type Moment =
  | { readonly at: 'before' | 'after'; readonly step: StepName }
  /** At a call, or after it was done and before it was answered. */
  | { readonly at: 'call' | 'answer'; readonly step: StepName; readonly of: string };

const MOMENTS: readonly Moment[] = [
  { at: 'before', step: 'init' },
  { at: 'call', step: 'init', of: 'loadTable' },
  { at: 'after', step: 'init' },
  { at: 'before', step: 'write' },
  { at: 'call', step: 'write', of: 'transform' },
  { at: 'answer', step: 'write', of: 'transform' },
  { at: 'call', step: 'write', of: 'commitTable' },
  { at: 'answer', step: 'write', of: 'commitTable' },
  { at: 'after', step: 'write' },
  { at: 'before', step: 'audit' },
  { at: 'call', step: 'audit', of: 'query' },
  { at: 'after', step: 'audit' },
  { at: 'before', step: 'publish' },
  { at: 'call', step: 'publish', of: 'commitTable' },
  { at: 'answer', step: 'publish', of: 'commitTable' },
  { at: 'after', step: 'publish' },
  { at: 'before', step: 'commit' },
  // What commit has to store is stored when the chain is through.
  { at: 'call', step: 'commit', of: 'create' },
  { at: 'call', step: 'commit', of: 'commitTable' },
  { at: 'answer', step: 'commit', of: 'commitTable' },
  { at: 'after', step: 'commit' },
];

const textOf = (moment: Moment): string =>
  'of' in moment ? `inside ${moment.step}, at ${moment.at} of ${moment.of}` : `${moment.at} ${moment.step}`;

const AUDITED = (process: ProcessConfig): ProcessConfig => ({
  ...process,
  audits: [{ audit: 'sql', sql: 'select * from target where v < 0' }],
});
const PROCESSES: Readonly<Record<string, ProcessConfig>> = { copy: COPY, totals: TOTALS, running: RUNNING };

/** Runs until the moment, and stays there for ever. */
async function runThatStops(house: House, moment: Moment): Promise<void> {
  let step: StepName | undefined;
  let stopped = false;
  const silence = new Promise<never>(() => undefined);
  let tell: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const stop = (): Promise<never> => {
    stopped = true;
    tell();
    return silence;
  };
  const isAt = (at: 'call' | 'answer', name: string): boolean =>
    moment.at === at && moment.step === step && moment.of === name;
  const mortal = <T extends object>(object: T): T =>
    new Proxy(object, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (name === 'io') return mortal(value as object);
        if (typeof value !== 'function') return value;
        return (...args: readonly unknown[]): unknown => {
          if (stopped) return silence;
          if (isAt('call', String(name))) return stop();
          const result: unknown = value.apply(target, args);
          if (!isAt('answer', String(name))) return result;
          return (result as Promise<unknown>).then(stop);
        };
      },
    });

  const project = await openProject(await loadConfig({ cwd: house.folder, env: {} }), {
    catalog: mortal<Catalog>(house.lake.catalog),
    createEngine: async () => mortal(house.lake.engine),
    onEvent: (event) => {
      if (event.kind === 'step-started') {
        if (moment.at === 'before' && moment.step === event.step) void stop();
        step = event.step;
      }
      if (event.kind === 'step-finished' && moment.at === 'after' && moment.step === event.step) void stop();
    },
  });
  const ended = run(project).then(() => 'ended');
  expect(await Promise.race([reached.then(() => 'stopped'), ended]), textOf(moment)).toBe('stopped');
  await makeOwnerDead(house);
}

/** The lease names this very process, which lives on; a process that started at another time is another one. */
async function makeOwnerDead(house: House): Promise<void> {
  const properties = await house.lake.catalog.namespaceProperties(['psyberg']);
  for (const [key, value] of Object.entries(properties)) {
    const dead = JSON.stringify({ ...JSON.parse(value), pidStart: '1' });
    await house.lake.catalog.compareAndSetNamespaceProperty(['psyberg'], key, value, dead);
  }
}

const EXPECTED: Readonly<Record<string, { columns: string; before: readonly string[]; after: readonly string[] }>> = {
  copy: { columns: 'id', before: ['1', '2'], after: ['1', '2', '20', '3'] },
  totals: { columns: 'n, v', before: ['1 10', '1 20'], after: ['1 10', '1 30', '2 220'] },
  running: { columns: 'v', before: ['10', '30'], after: ['10', '230', '260'] },
};

const cases = Object.keys(PROCESSES).flatMap((name) =>
  MOMENTS.filter((moment) => name === 'totals' || moment.step === 'publish').map(
    (moment) => [name, textOf(moment), moment] as const,
  ),
);

test.each(cases)('%s stops %s', async (name, _text, moment) => {
  const house = await build({ [name]: AUDITED(PROCESSES[name]!) });
  const { columns, before, after } = EXPECTED[name]!;
  await house.append([...events(1, 1), ...events(2, 2)]);
  await house.run();
  await house.append([...events(2, 20), ...events(3, 3)]);
  await runThatStops(house, moment);
  expect([before, after]).toContainEqual(await house.rows(`dw.${name}`, columns));
  for (const { status, message } of await house.run()) expect(['ok', 'nothing_to_do'], message).toContain(status);
  expect(await house.rows(`dw.${name}`, columns)).toEqual(after);
  expect(await house.verify(name)).toMatchObject([{ verdict: 'equal' }]);
  const open = (await sessions(await house.project())).filter(({ state }) => !['committed', 'empty'].includes(state));
  expect(open).toEqual([]);
});
