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

/** `90s`, `30m`, `2h`, `1d 12h`, in milliseconds; `0` looks once. @throws {UsageError} naming the flag */
export function readDurationMs(flag: string, text: string): number {
  const duration = text.trim() === '0' ? 0n : parseDuration(text);
  if (duration !== undefined) return Number(duration / 1000n);
  throw new UsageError(`${flag} "${text}" is not a duration; write for example 90s, 30m or 2h. Nothing was begun.`);
}
