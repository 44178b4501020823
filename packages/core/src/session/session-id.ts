import type { TableMetadata } from '@psyberg/iceberg';
import type { ProcessName, SessionId } from '../process/process.ts';
import { PUBLISHED_WAP_ID_KEY, WAP_ID_KEY } from '../state/keys.ts';
import { parseWapId } from './wap-id.ts';

/** `20230914061001`: the second at which a run began, in UTC. */
export function sessionIdAt(nowMs: number): SessionId {
  return new Date(nowMs).toISOString().replace(/[-:T]/g, '').slice(0, 14) as SessionId;
}

/** `wanted`, or with a number behind it where the target already knows a session of that name. */
export function freeSessionId(
  wanted: SessionId,
  process: ProcessName,
  metadata: TableMetadata | undefined,
  taken: ReadonlySet<string>,
): SessionId {
  const known = new Set(taken);
  for (const { summary } of metadata?.snapshots ?? []) {
    for (const text of [summary[WAP_ID_KEY], summary[PUBLISHED_WAP_ID_KEY]]) {
      const named = text === undefined ? undefined : parseWapId(text);
      if (named?.process === process) known.add(named.session);
    }
  }
  let id = wanted;
  for (let n = 2; known.has(id); n += 1) id = `${wanted}-${n}` as SessionId;
  return id;
}
