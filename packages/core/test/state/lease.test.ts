import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { MemoryCatalog } from '@psyberg/iceberg';
import { describe, expect, it } from 'vitest';
import { LeaseHeldError } from '../../src/errors.ts';
import type { ProcessName } from '../../src/process/process.ts';
import { leaseHolder, takeLease } from '../../src/state/lease.ts';

const NAMESPACE = ['psyberg'];
const KEY = 'psyberg.lease.p';
const p = 'p' as ProcessName;
const clock = (): number => Date.now();

const take = (catalog: MemoryCatalog, process = p, now = clock) => takeLease(catalog, NAMESPACE, process, now);

async function valueIn(catalog: MemoryCatalog): Promise<Record<string, unknown> | undefined> {
  const text = (await catalog.namespaceProperties(NAMESPACE))[KEY];
  return text === undefined ? undefined : JSON.parse(text);
}

/** As if somebody else had taken it. */
async function heldBy(changes: Readonly<Record<string, unknown>>): Promise<MemoryCatalog> {
  const catalog = new MemoryCatalog();
  await take(catalog);
  const { [KEY]: mine } = await catalog.namespaceProperties(NAMESPACE);
  const other = JSON.stringify({ ...JSON.parse(mine!), ...changes });
  await catalog.compareAndSetNamespaceProperty(NAMESPACE, KEY, mine, other);
  return catalog;
}

describe('a lease', () => {
  it('makes the namespace it is kept in, and leaves nothing behind when given back', async () => {
    const catalog = new MemoryCatalog();
    const lease = await take(catalog);
    expect(await valueIn(catalog)).toMatchObject({ host: hostname(), pid: process.pid });
    await lease.release();
    expect(await valueIn(catalog)).toBeUndefined();
    await (await take(catalog)).release();
  });

  it('is refused while its owner lives, who is named; the second one writes nothing', async () => {
    const catalog = new MemoryCatalog();
    const lease = await take(catalog);
    const before = await valueIn(catalog);
    const refused = take(catalog.anotherHandle());
    await expect(refused).rejects.toThrow(LeaseHeldError);
    await expect(refused).rejects.toThrow(`process ${process.pid} on ${hostname()}`);
    expect(await valueIn(catalog)).toEqual(before);
    await lease.release();
  });

  it("that could not be given back fails nothing, and is nobody's, also while its process lives on", async () => {
    const catalog = new MemoryCatalog();
    const lease = await take(catalog);
    const full = catalog.compareAndSetNamespaceProperty.bind(catalog);
    catalog.compareAndSetNamespaceProperty = () => Promise.reject(new Error('database or disk is full'));
    await lease.release();
    catalog.compareAndSetNamespaceProperty = full;
    expect(await valueIn(catalog)).toBeDefined();
    await (await take(catalog)).release();
  });

  it('whose heartbeat lies far ahead is free: a clock was set back', async () => {
    const catalog = await heldBy({ host: 'elsewhere', heartbeatMs: Date.now() + 3_600_000 });
    await (await take(catalog)).release();
  });

  it('is by process', async () => {
    const catalog = new MemoryCatalog();
    const leases = [await take(catalog), await take(catalog, 'q' as ProcessName)];
    for (const lease of leases) await lease.release();
  });

  it('goes to one of many who want it at once', async () => {
    const catalog = new MemoryCatalog();
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => take(catalog.anotherHandle())));
    const won = results.filter((r) => r.status === 'fulfilled');
    expect(won).toHaveLength(1);
    for (const { value } of won) await value.release();
  });

  it('given back late does not take away what somebody else holds by then', async () => {
    const catalog = new MemoryCatalog();
    const slow = await take(catalog);
    const { [KEY]: mine } = await catalog.namespaceProperties(NAMESPACE);
    await catalog.compareAndSetNamespaceProperty(NAMESPACE, KEY, mine, '{"host":"elsewhere"}');
    await slow.release();
    expect(await valueIn(catalog)).toEqual({ host: 'elsewhere' });
  });
});

describe('an owner', () => {
  it.runIf(process.platform === 'linux')('that has ended on this machine is dead at once', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    const { pid } = child;
    await once(child, 'exit');
    const catalog = await heldBy({ pid });
    await (await take(catalog)).release();
  });

  it.runIf(process.platform === 'linux')('whose pid is another process by now is dead', async () => {
    const catalog = await heldBy({ pidStart: '1' });
    await (await take(catalog)).release();
  });

  it.each([
    ['elsewhere, heard of lately', { host: 'elsewhere' }, 30_000, true],
    ['elsewhere, not heard of for a minute', { host: 'elsewhere' }, 61_000, false],
    ['of this machine before it was started again', { boot: 'older' }, 30_000, true],
    ['of another container', { pidNamespace: 'pid:[1]' }, 61_000, false],
  ])('%s', async (_title, changes, silentMs, alive) => {
    const now = clock();
    const catalog = await heldBy({ ...changes, heartbeatMs: now - silentMs });
    const taken = take(catalog, p, () => now);
    if (alive) await expect(taken).rejects.toThrow(LeaseHeldError);
    else await (await taken).release();
  });

  it('is shown with how long it has held', async () => {
    const now = clock();
    const catalog = await heldBy({ host: 'elsewhere', pid: 42, takenAtMs: now - 90_000, heartbeatMs: now });
    expect(await leaseHolder(catalog, NAMESPACE, p, now)).toEqual({ owner: 'process 42 on elsewhere', ageMs: 90_000 });
    expect(await leaseHolder(catalog, NAMESPACE, 'q' as ProcessName, now)).toBeUndefined();
    expect(await leaseHolder(new MemoryCatalog(), NAMESPACE, p, now)).toBeUndefined();
  });

  it('that wrote nonsense is none', async () => {
    const catalog = new MemoryCatalog();
    await catalog.createNamespace(NAMESPACE);
    await catalog.compareAndSetNamespaceProperty(NAMESPACE, KEY, undefined, 'nonsense');
    await (await take(catalog)).release();
  });
});
