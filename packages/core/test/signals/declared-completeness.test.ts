import {
  metadataFromCreate,
  type Snapshot,
  type TableMetadata,
  toSequenceNumber,
  toSnapshotId,
} from '@psyberg/iceberg';
import { expect, it } from 'vitest';
import { declaredCompleteness } from '../../src/signals/declared-completeness.ts';
import { formatInstant } from '../../src/time/instant.ts';

const TIME = { kind: 'column', column: 'ts' } as const;
type Texts = Readonly<Record<string, string>>;

function metadataOf(properties: Texts, summaries: readonly Texts[]): TableMetadata {
  const empty = metadataFromCreate({ schema: { schemaId: 0, fields: [] } }, 'memory:/t', 'uuid', 0);
  const snapshots = summaries.map(
    (summary, n): Snapshot => ({
      snapshotId: toSnapshotId(BigInt(n + 1)),
      ...(n > 0 && { parentSnapshotId: toSnapshotId(BigInt(n)) }),
      sequenceNumber: toSequenceNumber(BigInt(n + 1)),
      timestampMs: n,
      manifestList: '',
      operation: 'append',
      summary,
    }),
  );
  const head = snapshots.at(-1);
  return {
    ...empty,
    properties,
    snapshots,
    refs: head === undefined ? {} : { main: { type: 'branch', snapshotId: head.snapshotId } },
  };
}

const HOUR_6 = '2023-09-14T06:00:00Z';
const HOUR_7 = '2023-09-14T07:00:00Z';
const ms = (text: string): string => String(Date.parse(text));

it.each<readonly [title: string, properties: Texts, summaries: readonly Texts[], expected: string | undefined]>([
  ['nothing said', {}, [{}], undefined],
  ['our property', { 'psyberg.vtts': HOUR_6 }, [], `${HOUR_6} declared`],
  ['our property, only guessed', { 'psyberg.vtts': HOUR_6, 'psyberg.vtts.basis': 'seen' }, [], `${HOUR_6} seen`],
  ['our property for this column', { 'psyberg.vtts': HOUR_6, 'psyberg.vtts.column': 'ts' }, [], `${HOUR_6} declared`],
  ['our property for another column', { 'psyberg.vtts': HOUR_6, 'psyberg.vtts.column': 'other' }, [], undefined],
  ['our summary entry', {}, [{ 'psyberg.vtts': HOUR_6 }], `${HOUR_6} declared`],
  ['kept through a compaction without one', {}, [{ 'psyberg.vtts': HOUR_6 }, {}], `${HOUR_6} declared`],
  ['the newest one', {}, [{ 'psyberg.vtts': HOUR_6 }, { 'psyberg.vtts': HOUR_7 }, {}], `${HOUR_7} declared`],
  ['that does not parse', { 'psyberg.vtts': 'soon' }, [], undefined],
  [
    'the Kafka Connect sink of Apache',
    {},
    [{ 'kafka.connect.valid-through-ts': '2023-09-14T06:00Z' }],
    `${HOUR_6} declared`,
  ],
  ['the archived Kafka Connect sink', {}, [{ 'kafka.connect.vtts': ms(HOUR_6) }], `${HOUR_6} declared`],
  ['a Flink watermark', { 'flink.watermark.eu': ms(HOUR_6) }, [], `${HOUR_6} declared`],
  [
    'the least Flink watermark',
    { 'flink.watermark.eu': ms(HOUR_7), 'flink.watermark.us': ms(HOUR_6) },
    [],
    `${HOUR_6} declared`,
  ],
  [
    'one Flink watermark that does not parse',
    { 'flink.watermark.eu': ms(HOUR_7), 'flink.watermark.us': '?' },
    [],
    undefined,
  ],
  [
    'ours before those of others',
    { 'psyberg.vtts': HOUR_6, 'flink.watermark.eu': ms(HOUR_7) },
    [],
    `${HOUR_6} declared`,
  ],
])('%s', (_title, properties, summaries, expected) => {
  const found = declaredCompleteness(metadataOf(properties, summaries), 'main', TIME);
  expect(found && `${formatInstant(found.until)} ${found.basis}`).toBe(expected);
});
