/** `pin: true`: at every moment the snapshot up to which the target's record says a source was read carries a tag of ours. */
import { audit, clean, init, loadConfig, NeedsDecisionError, openProject, publish, skip, write } from '@psyberg/core';
import { type Catalog, CatalogError, createTag, removeRef, type SnapshotId, type Table } from '@psyberg/iceberg';
import { expect, test } from 'vitest';
import { COPY, events, type House, type ProcessConfig, TOTALS } from './house.ts';
import { houses } from './houses.ts';

const build = houses();

const pinning = (process: ProcessConfig, pin = true): ProcessConfig => ({
  ...process,
  sources: [{ table: 'raw.events', time: 'ts', pin }],
});

const nameFor = (id: SnapshotId | undefined, process = 'totals'): string =>
  `psyberg:pin:dw.${process}:main:${process}:${id}`;

const tagsOf = ({ metadata }: Table): string[] =>
  Object.entries(metadata.refs)
    .filter(([, ref]) => ref.type === 'tag')
    .map(([name]) => name)
    .sort();
const tags = async (house: House): Promise<string[]> => tagsOf(await house.open('raw.events'));

test('the tag moves with the watermark, is the only one between runs, and never ages', async () => {
  const house = await build({ totals: pinning(TOTALS) });
  for (const hour of [1, 2]) {
    await house.append(events(hour, hour));
    await house.run();
    expect(await tags(house)).toEqual([nameFor(await house.head('raw.events'))]);
  }
  const { metadata } = await house.open('raw.events');
  expect(Object.values(metadata.refs).find((ref) => ref.type === 'tag')?.maxRefAgeMs).toBe(Number.MAX_SAFE_INTEGER);
  expect(await house.run()).toMatchObject([{ status: 'nothing_to_do' }]);
  expect(await tags(house)).toHaveLength(1);
});

test('when the target is swapped, both the snapshot that it vouches for and the one that it will are tagged', async () => {
  const house = await build({ totals: pinning(TOTALS), copy: pinning(COPY) });
  await house.append(events(1, 1));
  await house.run();
  const old = await house.head('raw.events');
  await house.append([...events(1, 10), ...events(2, 2)]);
  const now = await house.head('raw.events');
  const seen: string[][] = [];
  const project = await house.project({
    faults: {
      beforeSwap: async ({ name }) => {
        if (name === 'totals') seen.push((await tags(house)).filter((tag) => tag.includes('totals')));
      },
    },
  });
  await house.run({}, project);
  await project.catalog.close();
  // Staged, then published.
  expect(seen).toEqual([[nameFor(old)], [nameFor(old), nameFor(now)].sort()]);
  expect(await tags(house)).toEqual([nameFor(now, 'copy'), nameFor(now)]);
});

test('with the tag, an expiry that keeps nothing else leaves the process able to tell what changed', async () => {
  for (const pin of [true, false]) {
    const house = await build({ totals: pinning(TOTALS, pin) });
    await house.append([...events(1, 1), ...events(2, 2)]);
    await house.run();
    await house.compact('raw.events');
    await house.append(events(1, 10));
    await house.rewriteMetadata('raw.events', (metadata) => {
      const kept = new Set(Object.values(metadata.refs).map((ref) => ref.snapshotId));
      return {
        ...metadata,
        snapshots: metadata.snapshots
          .filter(({ snapshotId }) => kept.has(snapshotId))
          .map(({ parentSnapshotId: _, ...snapshot }) => snapshot),
      };
    });
    const [report] = await house.run();
    expect(report?.status).toBe(pin ? 'ok' : 'needs_decision');
    if (pin) expect(await house.rows('dw.totals', 'v')).toEqual(['110', '20']);
  }
});

test('a tag too many, left by a run that died before or after publication, is gone after the next', async () => {
  const house = await build({ totals: pinning(TOTALS) });
  await house.append(events(1, 1));
  await house.run();
  const first = await house.head('raw.events');
  await house.append(events(2, 2));
  for (const step of [init, write, audit]) await step(await house.project(), { process: 'totals', session: 's2' });
  const dies = await house.project({
    faults: {
      beforeSwap: async ({ name }) => {
        if (name === 'totals') throw new CatalogError('The machine died.');
      },
    },
  });
  await expect(publish(dies, { process: 'totals', session: 's2' })).rejects.toThrow('may or may not have happened');
  await dies.catalog.close();
  const second = await house.head('raw.events');
  expect(await tags(house)).toEqual([nameFor(first), nameFor(second)].sort());

  await house.append(events(3, 3));
  const third = await house.head('raw.events');
  let tagged = false;
  const warnings: string[] = [];
  const diesLater = await house.project({
    onEvent: (event) => {
      if (event.kind === 'warning') warnings.push(event.message);
    },
    faults: {
      beforeSwap: async ({ name }) => {
        if (name === 'events' && tagged) throw new CatalogError('The machine died.');
        tagged ||= (await tags(house)).includes(nameFor(third));
      },
    },
  });
  expect(await house.run({}, diesLater)).toMatchObject([{ status: 'ok' }]);
  await diesLater.catalog.close();
  expect(warnings.join(' ')).toMatch(/broke while raw.events was being committed/);
  // What the run before left was taken away when this one began.
  expect(await tags(house)).toEqual([nameFor(first), nameFor(third)].sort());
  expect(await house.run()).toMatchObject([{ status: 'nothing_to_do' }]);
  expect(await tags(house)).toEqual([nameFor(third)]);
});

test('what is skipped of one source needs no tag on another whose watermark has expired, as nothing more is read of that', async () => {
  const sources = ['raw.events', 'raw.more'].map((table) => ({ table, time: 'ts', pin: true }));
  const sql = 'select ts, v from events union all select ts, v from more';
  const house = await build({ totals: { ...TOTALS, sources, transform: { sql } } });
  await house.createEvents('raw.more');
  await house.append(events(1, 1));
  await house.append(events(1, 2), 'raw.more');
  await house.run();
  await house.append(events(1, 3), 'raw.more');
  for (const tag of tagsOf(await house.open('raw.more'))) await removeRef(await house.open('raw.more'), tag);
  await house.expireAllButHead('raw.more');
  await house.append(events(1, 100));
  await skip(await house.project(), { process: 'totals', source: 'raw.events', to: 'current', reason: 'wrong' });
  expect(await house.run()).toMatchObject([{ status: 'ok' }]);
  expect(await tags(house)).toEqual([nameFor(await house.head('raw.events'))]);
  expect(await house.rows('dw.totals', 'v')).toEqual(['1', '100', '2', '3'].map((v) => `${v}0`));
});

test('who may not tag is told so before anything is published', async () => {
  const house = await build({ totals: pinning(TOTALS) });
  await house.append(events(1, 1));
  const { catalog } = house.lake;
  const commitTable: Catalog['commitTable'] = async (table, ...change) => {
    if (table.identifier.name === 'events') throw new CatalogError('The principal may not change raw.events.');
    return catalog.commitTable(table, ...change);
  };
  const forbidding = new Proxy(catalog, {
    get(target, key) {
      if (key === 'commitTable') return commitTable;
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  const project = await openProject(await loadConfig({ cwd: house.folder, env: {} }), {
    catalog: forbidding,
    createEngine: async () => house.lake.engine,
  });
  const [report] = await house.run({}, project);
  expect(report).toMatchObject({ status: 'needs_decision', error: expect.any(NeedsDecisionError) });
  expect(report?.message).toMatch(/raw.events could not be tagged for totals.*may not change.*Nothing was published/s);
  expect(await house.rows('dw.totals')).toEqual([]);
});

test('pinning from now on tags the watermark though nothing is new, and clean takes the tags of who does not pin any more', async () => {
  const house = await build({ totals: TOTALS });
  await house.append(events(1, 1));
  await house.run();
  expect(await tags(house)).toEqual([]);
  await house.configure({ totals: pinning(TOTALS) });
  await house.run();
  const own = nameFor(await house.head('raw.events'));
  expect(await tags(house)).toEqual([own]);
  const table = await house.open('raw.events');
  const head = await house.head('raw.events');
  const foreign = ['release-1', 'psyberg:pin:x', nameFor(head, 'nobody')];
  for (const name of foreign) await createTag(table, name);
  expect((await clean(await house.project(), { dryRun: true })).tags).toEqual([
    { table: 'raw.events', tag: nameFor(head, 'nobody'), process: 'nobody' },
  ]);
  await house.configure({ totals: TOTALS });
  await clean(await house.project(), { dryRun: false });
  expect(await tags(house)).toEqual(['psyberg:pin:x', 'release-1']);
});

test("a tag of a process that another project runs stays: its target's record still needs it", async () => {
  const house = await build({ totals: pinning(TOTALS) });
  await house.append(events(1, 1));
  await house.run();
  await house.configure({ copy: COPY });
  expect((await clean(await house.project(), { dryRun: false })).tags).toEqual([]);
  expect(await tags(house)).toHaveLength(1);
});
