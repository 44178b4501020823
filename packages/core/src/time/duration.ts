import { DAY_US, type DurationUs, HOUR_US, MINUTE_US, SECOND_US } from './instant.ts';

const UNITS: Readonly<Record<string, DurationUs>> = {
  s: SECOND_US,
  m: MINUTE_US,
  h: HOUR_US,
  d: DAY_US,
  w: 7n * DAY_US,
};

/** Reads `15m`, `48h`, `1d`, `1d 12h`; undefined for anything else. Never negative. */
export function parseDuration(text: string): DurationUs | undefined {
  const parts = text.trim().split(/\s+/);
  let total = 0n;
  for (const part of parts) {
    const match = /^(\d+)([smhdw])$/.exec(part);
    if (!match) return undefined;
    total += BigInt(match[1]!) * UNITS[match[2]!]!;
  }
  return total;
}

/** ISO 8601: `PT3H`, `P2DT1H`, `PT0S`. */
export function formatDuration(us: DurationUs): string {
  const sign = us < 0n ? '-' : '';
  let rest = us < 0n ? -us : us;
  const days = rest / DAY_US;
  rest %= DAY_US;
  const hours = rest / HOUR_US;
  rest %= HOUR_US;
  const minutes = rest / MINUTE_US;
  rest %= MINUTE_US;
  const fraction = (rest % SECOND_US).toString().padStart(6, '0').replace(/0+$/, '');
  const seconds = rest === 0n ? '' : `${rest / SECOND_US}${fraction === '' ? '' : `.${fraction}`}S`;
  const time = `${hours ? `${hours}H` : ''}${minutes ? `${minutes}M` : ''}${seconds}`;
  const text = `${days ? `${days}D` : ''}${time ? `T${time}` : ''}`;
  return text === '' ? 'PT0S' : `${sign}P${text}`;
}

/** `4 hours`, `2 days 3 hours`, `15 minutes`; for people. */
export function formatDurationLong(us: DurationUs): string {
  const parts: string[] = [];
  let rest = us < 0n ? -us : us;
  for (const [unit, length] of [
    ['day', DAY_US],
    ['hour', HOUR_US],
    ['minute', MINUTE_US],
    ['second', SECOND_US],
  ] as const) {
    const count = rest / length;
    rest %= length;
    if (count > 0n) parts.push(`${count} ${unit}${count === 1n ? '' : 's'}`);
  }
  if (parts.length === 0) return us === 0n ? '0 seconds' : 'less than a second';
  return parts.slice(0, 2).join(' ');
}
