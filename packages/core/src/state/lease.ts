/**
 * The lease is a courtesy: it lets a second run of a process stop before it writes. Correctness never depends on it (the fence does
 * that). It is a property of our namespace, taken and given back by compare-and-set; held only while a step is alive, renewed by it,
 * and free at once when its owner is provably dead (same host, same boot, same process namespace) or has missed its heartbeats.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { AlreadyExistsError, type Catalog } from '@psyberg/iceberg';
import { LeaseHeldError } from '../errors.ts';
import type { ProcessName } from '../process/process.ts';
import { formatDurationLong } from '../time/duration.ts';

const HEARTBEAT_MS = 5_000;
const MISSED_HEARTBEATS_MS = 60_000;

interface LeaseValue {
  readonly host: string;
  readonly boot: string;
  readonly pidNamespace: string;
  readonly pid: number;
  /** Tells a process from a later one with the same pid. */
  readonly pidStart: string;
  readonly token: string;
  readonly takenAtMs: number;
  readonly heartbeatMs: number;
}

export interface Lease {
  release(): Promise<void>;
}

export interface LeaseHolder {
  readonly owner: string;
  readonly ageMs: number;
}

/** Tokens of the leases that this process holds. */
const taken = new Set<string>();

const keyOf = (process: ProcessName): string => `psyberg.lease.${process}`;

/** @throws {LeaseHeldError} somebody alive holds it; nothing was written */
export async function takeLease(
  catalog: Catalog,
  namespace: readonly string[],
  process: ProcessName,
  clock: () => number,
): Promise<Lease> {
  await ensureNamespace(catalog, namespace);
  const key = keyOf(process);
  const mine: LeaseValue = { ...self(), token: crypto.randomUUID(), takenAtMs: clock(), heartbeatMs: clock() };
  let current = JSON.stringify(mine);
  // Before it can be seen, so that nobody in this process takes it for one that was not given back.
  taken.add(mine.token);
  try {
    for (;;) {
      const found = (await catalog.namespaceProperties(namespace))[key];
      const held = found === undefined ? undefined : parse(found);
      if (held !== undefined && isAlive(held, clock())) throw heldError(process, held, clock());
      if (await catalog.compareAndSetNamespaceProperty(namespace, key, found, current)) break;
    }
  } catch (error) {
    taken.delete(mine.token);
    throw error;
  }
  let renewing: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    renewing = renewing.then(async () => {
      const next = JSON.stringify({ ...mine, heartbeatMs: clock() });
      if (await catalog.compareAndSetNamespaceProperty(namespace, key, current, next)) current = next;
    });
    // A renewal that fails costs only the courtesy; the fence still stands.
    renewing = renewing.catch(() => undefined);
  }, HEARTBEAT_MS);
  timer.unref();
  return {
    async release() {
      clearInterval(timer);
      await renewing;
      taken.delete(mine.token);
      // A lease that cannot be given back (the disk is full) is known to be nobody's, here by its token, elsewhere by our death or
      // silence; what the step came to must be heard, and not this.
      await catalog.compareAndSetNamespaceProperty(namespace, key, current, undefined).catch(() => undefined);
    },
  };
}

/** Who holds the lease of a process now, if anyone alive does. */
export async function leaseHolder(
  catalog: Catalog,
  namespace: readonly string[],
  process: ProcessName,
  nowMs: number,
): Promise<LeaseHolder | undefined> {
  if (!(await catalog.namespaceExists(namespace))) return undefined;
  const found = (await catalog.namespaceProperties(namespace))[keyOf(process)];
  const held = found === undefined ? undefined : parse(found);
  return held !== undefined && isAlive(held, nowMs)
    ? { owner: ownerOf(held), ageMs: nowMs - held.takenAtMs }
    : undefined;
}

/** Every lease that is written down, also those whose owner is dead. */
export async function leases(
  catalog: Catalog,
  namespace: readonly string[],
  nowMs: number,
): Promise<readonly (LeaseHolder & { readonly process: ProcessName; readonly alive: boolean })[]> {
  if (!(await catalog.namespaceExists(namespace))) return [];
  const prefix = keyOf('' as ProcessName);
  return Object.entries(await catalog.namespaceProperties(namespace)).flatMap(([key, text]) => {
    const held = key.startsWith(prefix) ? parse(text) : undefined;
    if (held === undefined) return [];
    const process = key.slice(prefix.length) as ProcessName;
    return [{ process, owner: ownerOf(held), ageMs: nowMs - held.takenAtMs, alive: isAlive(held, nowMs) }];
  });
}

async function ensureNamespace(catalog: Catalog, namespace: readonly string[]): Promise<void> {
  if (await catalog.namespaceExists(namespace)) return;
  try {
    await catalog.createNamespace(namespace);
  } catch (error) {
    if (!(error instanceof AlreadyExistsError)) throw error;
  }
}

function heldError(process: ProcessName, held: LeaseValue, nowMs: number): LeaseHeldError {
  return new LeaseHeldError(
    `${process} is being run by ${ownerOf(held)}, since ${formatDurationLong(BigInt(Math.max(0, nowMs - held.takenAtMs)) * 1000n)}. ` +
      'This run has written nothing. Wait for the other one, then run again; if it is not alive, its lease ends by itself within a minute.',
    { next: ['psyberg status', `psyberg run ${process}`] },
  );
}

const ownerOf = (held: LeaseValue): string => `process ${held.pid} on ${held.host}`;

function isAlive(held: LeaseValue, nowMs: number): boolean {
  const here = self();
  if (
    held.host === here.host &&
    held.boot === here.boot &&
    held.pidNamespace === here.pidNamespace &&
    held.boot !== ''
  ) {
    const isOurs = held.pid === here.pid && held.pidStart === here.pidStart;
    return isOurs ? taken.has(held.token) : startOf(held.pid) === held.pidStart;
  }
  // A heartbeat from far ahead is of a clock that was set back since; one of the two is wrong, and the fence does not care which.
  return Math.abs(nowMs - held.heartbeatMs) < MISSED_HEARTBEATS_MS;
}

function self(): Omit<LeaseValue, 'token' | 'takenAtMs' | 'heartbeatMs'> {
  return {
    host: hostname(),
    boot: readOr('/proc/sys/kernel/random/boot_id'),
    pidNamespace: linkOr('/proc/self/ns/pid'),
    pid: process.pid,
    pidStart: startOf(process.pid),
  };
}

/** Start time of a process in clock ticks since boot, from /proc; empty when it does not exist, or where there is no /proc. */
function startOf(pid: number): string {
  const stat = readOr(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie is dead: it only waits to be reaped.
  return fields[0] === 'Z' || fields[0] === 'X' ? '' : (fields[19] ?? '');
}

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

function linkOr(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function parse(text: string): LeaseValue | undefined {
  try {
    return JSON.parse(text) as LeaseValue;
  } catch {
    return undefined;
  }
}
