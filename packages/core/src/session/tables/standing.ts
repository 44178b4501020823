/**
 * Where the sessions of each process stand, as a note on the session table: which was the last to settle something, and which are still
 * open. A run asks this of every process before it begins, and almost always the answer is that there is nothing left to do.
 */
import type { ProcessName, SessionId } from '../../process/process.ts';
import type { SessionEvent } from '../rows.ts';
import type { OwnRow } from './own-columns.ts';

export interface Standing {
  /** The newest session that was told of to its end and has a record in the target; absent: none is known. */
  readonly settled?: SessionId;
  /** Begun, and neither published nor given up; oldest first, and of very many only the newest. */
  readonly open: readonly SessionId[];
}

interface Known {
  settled?: SessionId;
  settledAtMs: number;
  open: SessionId[];
}

/** One thing that happened to a session, as far as it matters here. */
interface Happened {
  readonly process: ProcessName;
  readonly session: SessionId;
  readonly recordedAtMs: number;
  readonly becomes: 'open' | 'settled' | 'over';
}

/** Many more are never looked at. */
const OPEN_MAX = 100;

/** What a note says of one process; undefined where it cannot be understood. */
export function standingIn(note: string, process: ProcessName): Standing | undefined {
  const known = parse(note);
  if (known === undefined) return undefined;
  const { settled, open } = known.get(process) ?? { open: [] };
  return { open, ...(settled !== undefined && { settled }) };
}

/** The note once these events are added, in order; undefined where the one before cannot be understood. */
export function standingAfter(note: string, events: readonly SessionEvent[]): string | undefined {
  const known = parse(note);
  return known && print(noted(known, events.map(happenedIn)));
}

/** The note that rows of the newest state of each session come to, oldest first. */
export const standingOfRows = (rows: readonly OwnRow[]): string => print(noted(new Map(), rows.map(happenedInRow)));

const happenedIn = ({ process, session, recordedAtMs, state, plan }: SessionEvent): Happened => ({
  process,
  session,
  recordedAtMs,
  // A session that found nothing at all leaves no record.
  becomes: state === 'empty' && plan.outcome !== 'nothing' ? 'settled' : becomes(state),
});

/** The rows do not say whether an empty session has a record; that it has none only costs a reader a look at them. */
const happenedInRow = (row: OwnRow): Happened => ({
  process: row.process as ProcessName,
  session: row.session as SessionId,
  recordedAtMs: Number((row.recorded_at as bigint) / 1000n),
  becomes: becomes(row.state as SessionEvent['state']),
});

function becomes(state: SessionEvent['state']): Happened['becomes'] {
  switch (state) {
    case 'planned':
    case 'written':
    case 'audited':
    case 'held':
      return 'open';
    case 'committed':
      return 'settled';
    default:
      return 'over';
  }
}

function noted(known: Map<ProcessName, Known>, happened: readonly Happened[]): ReadonlyMap<ProcessName, Known> {
  for (const { process, session, recordedAtMs, becomes } of happened) {
    const one = known.get(process) ?? { settledAtMs: Number.NEGATIVE_INFINITY, open: [] };
    known.set(process, one);
    one.open = one.open.filter((open) => open !== session);
    if (becomes === 'open' && one.settled !== session) one.open = [...one.open, session].slice(-OPEN_MAX);
    if (becomes === 'settled' && recordedAtMs >= one.settledAtMs) {
      one.settled = session;
      one.settledAtMs = recordedAtMs;
    }
  }
  return known;
}

/** By process: the session settled last, when, and the open ones. */
type Printed = Readonly<Record<string, readonly [SessionId | null, number, readonly SessionId[]]>>;

function print(known: ReadonlyMap<ProcessName, Known>): string {
  const printed: Printed = Object.fromEntries(
    [...known].map(([process, { settled, settledAtMs, open }]) => [
      process,
      settled === undefined ? [null, 0, open] : [settled, settledAtMs, open],
    ]),
  );
  return JSON.stringify(printed);
}

function parse(note: string): Map<ProcessName, Known> | undefined {
  try {
    return new Map(
      Object.entries(JSON.parse(note) as Printed).map(([process, [settled, settledAtMs, open]]) => [
        process as ProcessName,
        settled === null
          ? { settledAtMs: Number.NEGATIVE_INFINITY, open: [...open] }
          : { settled, settledAtMs, open: [...open] },
      ]),
    );
  } catch {
    return undefined;
  }
}
