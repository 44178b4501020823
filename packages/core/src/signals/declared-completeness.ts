import { ancestorsOf, headOf, type Snapshot, type TableMetadata } from '@psyberg/iceberg';
import { formatTimeColumn, type TimeColumn } from '../process/time-column.ts';
import { VTTS_BASIS_KEY, VTTS_COLUMN_KEY, VTTS_KEY } from '../state/keys.ts';
import type { Completeness } from '../state/state-record.ts';
import { type Instant, instantFromMs, parseInstant } from '../time/instant.ts';

/**
 * Valid-through timestamp that the table's own metadata carries for the column `time`, if any.
 *
 * First that exists: our `psyberg.vtts` (table property, or summary of the newest ancestor that has one; of both, `newer`), the
 * Iceberg Kafka Connect sink's entry, a Flink watermark property. A snapshot without an entry says nothing: compaction and other
 * writers do not copy it, so ancestors are searched. Ours names its column and is ignored for another one; the others have none and
 * are taken for `time`.
 */
export function declaredCompleteness(
  metadata: TableMetadata,
  branch: string,
  time: TimeColumn | undefined,
  newer: NewerVtts = 'unknown',
): Completeness | undefined {
  return (
    ownVtts(metadata, branch, time, newer) ?? kafkaConnectVtts(metadata, branch) ?? flinkWatermark(metadata.properties)
  );
}

/** Which of a property and a summary entry was written later; `unknown` counts as the lesser promise. */
export type NewerVtts = 'property' | 'summary' | 'unknown';

function ownVtts(
  metadata: TableMetadata,
  branch: string,
  time: TimeColumn | undefined,
  newer: NewerVtts,
): Completeness | undefined {
  const property = vttsIn(metadata.properties, time);
  const summary = vttsIn(newestWith(metadata, branch, VTTS_KEY)?.summary ?? {}, time);
  if (property === undefined || summary === undefined) return property ?? summary;
  if (newer === 'unknown') return property.until <= summary.until ? property : summary;
  return newer === 'property' ? property : summary;
}

function vttsIn(entries: Readonly<Record<string, string>>, time: TimeColumn | undefined): Completeness | undefined {
  const until = parseInstant(entries[VTTS_KEY] ?? '');
  if (until === undefined) return undefined;
  const column = entries[VTTS_COLUMN_KEY];
  if (column !== undefined && (time === undefined || column !== formatTimeColumn(time))) return undefined;
  return { until, basis: entries[VTTS_BASIS_KEY] === 'seen' ? 'seen' : 'declared' };
}

const CONNECT_KEYS = ['kafka.connect.valid-through-ts', 'kafka.connect.vtts'] as const;

/** An OffsetDateTime text in the Apache sink, epoch milliseconds in the archived one. */
function kafkaConnectVtts(metadata: TableMetadata, branch: string): Completeness | undefined {
  for (const key of CONNECT_KEYS) {
    const text = newestWith(metadata, branch, key)?.summary[key];
    if (text === undefined) continue;
    const until = parseCompletenessText(text);
    if (until !== undefined) return { until, basis: 'declared' };
  }
  return undefined;
}

/** `flink.watermark.<region>` in epoch milliseconds; the least over the regions counts. */
function flinkWatermark(properties: Readonly<Record<string, string>>): Completeness | undefined {
  const values = Object.entries(properties)
    .filter(([key]) => key.startsWith('flink.watermark.'))
    .map(([, value]) => parseCompletenessText(value));
  if (values.length === 0 || values.some((v) => v === undefined)) return undefined;
  const until = values.reduce((a, b) => (b! < a! ? b : a))!;
  return { until, basis: 'declared' };
}

/** What one snapshot's own summary declares, by our key or by Kafka Connect's; of whatever column. */
export function vttsOfSnapshot({ summary }: Snapshot): Instant | undefined {
  const text = [VTTS_KEY, ...CONNECT_KEYS].map((key) => summary[key]).find((entry) => entry !== undefined);
  return text === undefined ? undefined : parseCompletenessText(text);
}

/** An ISO instant, or epoch milliseconds. */
export function parseCompletenessText(text: string): Instant | undefined {
  return /^\d{9,}$/.test(text) ? instantFromMs(Number(text)) : parseInstant(text);
}

/** The newest ancestor of the branch's head whose summary has the key. */
export function newestWith(metadata: TableMetadata, branch: string, key: string): Snapshot | undefined {
  const head = headOf(metadata, branch);
  if (head === undefined) return undefined;
  for (const snapshot of ancestorsOf(metadata, head.snapshotId)) {
    if (snapshot.summary[key] !== undefined) return snapshot;
  }
  return undefined;
}
