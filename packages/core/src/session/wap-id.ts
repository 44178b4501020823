import { UsageError } from '../errors.ts';
import type { ProcessName, SessionId } from '../process/process.ts';

const PREFIX = 'psyberg';

/** One try of a session to write. */
export interface AttemptId {
  readonly process: ProcessName;
  readonly session: SessionId;
  readonly attempt: number;
}

/**
 * The `wap.id` of an attempt: `psyberg:` and process, session and attempt, each percent-encoded, joined by `:`.
 *
 * @throws {UsageError} a session id that is not valid Unicode (half of a surrogate pair)
 */
export function wapIdOf({ process, session, attempt }: AttemptId): string {
  return [PREFIX, encode(process), encode(session), String(attempt)].join(':');
}

/** The attempt that a `wap.id` names; undefined for one that is not of our making. */
export function parseWapId(wapId: string): AttemptId | undefined {
  const [prefix, process, session, attempt, ...rest] = wapId.split(':');
  if (prefix !== PREFIX || rest.length > 0 || !process || !session || !attempt) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(attempt)) return undefined;
  try {
    return {
      process: decodeURIComponent(process) as ProcessName,
      session: decodeURIComponent(session) as SessionId,
      attempt: Number(attempt),
    };
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

function encode(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch (error) {
    throw new UsageError(
      `The session id ${JSON.stringify(text)} is not valid Unicode text. Nothing was begun. Choose an id of ordinary characters.`,
      { cause: error },
    );
  }
}
