import { type Instant, instantFromMs, parseDuration, parseInstant, plus, UsageError } from '@psyberg/core';

/** An ISO instant, or a time ago: `36h ago`, `1d 12h ago`. @throws {UsageError} naming the flag */
export function readInstant(flag: string, text: string, nowMs: number): Instant {
  const ago = /^(.+?)\s+ago$/.exec(text.trim());
  if (ago) {
    const duration = parseDuration(ago[1]!);
    if (duration !== undefined) return plus(instantFromMs(nowMs), -duration);
  }
  const instant = parseInstant(text);
  if (instant !== undefined) return instant;
  throw new UsageError(
    `${flag} "${text}" is not a time. Write an ISO instant like 2023-09-14T02:00Z (UTC without a zone), or like "36h ago". Nothing was begun.`,
  );
}
