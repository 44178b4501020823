import { createHash } from 'node:crypto';
import type { Process } from '../process/process.ts';
import type { Fingerprints } from '../state/state-record.ts';

/** Short hashes of what decides a process's rows, its checks, and the rest of its configuration. */
export function fingerprintsOf(process: Process): Fingerprints {
  const { transform, audits, ...config } = process;
  return {
    transform: hash(transform.kind === 'sql' ? transform.sqlByEngine : transform),
    audits: hash(audits),
    config: hash(config),
  };
}

/** First 16 hex digits of the SHA-256 of a value's JSON with sorted keys. */
export function hash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value, sorted)).digest('hex').slice(0, 16);
}

function sorted(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
