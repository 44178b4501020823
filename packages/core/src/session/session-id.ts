import type { TableMetadata } from '@psyberg/iceberg';
import type { ProcessName, SessionId } from '../process/process.ts';
import { PUBLISHED_WAP_ID_KEY, WAP_ID_KEY } from '../state/keys.ts';
import { parseWapId } from './wap-id.ts';

/** `20230914061001`: the second at which a run began, in UTC. */
export function sessionIdAt(nowMs: number): SessionId {
  return new Date(nowMs).toISOString().replace(/[-:T]/g, '').slice(0, 14) as SessionId;
}

const BY_THE_CLOCK = /^(\d{14})(?:-(\d+))?$/;

/**
 * `wanted`, or where the target knows a session of that name or a later one the next name after the latest: `20230914061001-2`. A clock
 * that went back, or several sessions a second, would otherwise find names free again whose sessions have expired, and a record is
 * known by its session.
 *
 * @param taken names besides those of the target's snapshots
 */
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
  const latest = latestOf(known);
  if (latest === undefined || latest.second < wanted) return wanted;
  return `${latest.second}-${latest.number + 1}` as SessionId;
}

/** Names that people gave say nothing of time. */
function latestOf(names: ReadonlySet<string>): { readonly second: string; readonly number: number } | undefined {
  let latest: { second: string; number: number } | undefined;
  for (const name of names) {
    const [, second, text = '1'] = BY_THE_CLOCK.exec(name) ?? [];
    if (second === undefined) continue;
    const number = Number(text);
    if (latest === undefined || second > latest.second || (second === latest.second && number > latest.number))
      latest = { second, number };
  }
  return latest;
}
