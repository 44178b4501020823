/**
 * Manifests: how fast entries are decoded, by how much of each is asked for, beside PyIceberg, fastavro and DuckDB on the same file.
 * One manifest, read again and again; nothing but a block of entries is kept.
 *
 *   node bench/manifest-decode.mjs [--entries 1000000] [--per-manifest 50000] [--columns 10] [--peer-entries 200000]
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  decodeManifestBlocks,
  encodeManifest,
  encodeSingleValue,
  toManifestFile,
  toSequenceNumber,
  toSnapshotId,
} from '@psyberg/iceberg';
import { machine, numberOption, peakMiB, printTable, timed } from './machine.mjs';
import { askPeer, peersPresent } from './peers/peers.mjs';

const entries = numberOption('entries', 1_000_000);
const perManifest = Math.min(numberOption('per-manifest', 50_000), entries);
const columns = numberOption('columns', 10);
const rounds = Math.ceil(entries / perManifest);
const peerRounds = Math.ceil(numberOption('peer-entries', 200_000) / perManifest);

const LONG = { kind: 'long' };
const SNAPSHOT = toSnapshotId(7_234_567_890_123_456_789n);
const schema = {
  schemaId: 0,
  fields: Array.from({ length: columns }, (_, n) => ({ id: n + 1, name: `c${n + 1}`, required: false, type: LONG })),
};
const spec = { specId: 0, fields: [{ sourceId: 1, fieldId: 1000, name: 'c1', transform: { kind: 'identity' } }] };

const encoded = await timed(async () =>
  encodeManifest(
    Array.from({ length: perManifest }, (_, n) => ({ status: 'added', snapshotId: SNAPSHOT, file: dataFile(n) })),
    { schema, spec, snapshotId: SNAPSHOT, content: 'data', formatVersion: 2 },
  ),
);
const { bytes } = encoded.result;
const row = toManifestFile(encoded.result, 'memory:/manifest.avro', toSequenceNumber(1n));

const PROJECTIONS = ['planning', 'metrics', 'all'];
// Once for nothing, so that no projection pays for what the compiler learns.
for (const projection of PROJECTIONS) decode(projection);
const measured = [];
for (const projection of PROJECTIONS) measured.push([projection, await decodeAll(projection)]);
const slowest = measured.at(-1)[1].ms;
const peers = peersPresent() ? await measurePeers() : [];

console.log(machine());
console.log(
  `${(rounds * perManifest).toLocaleString('en')} entries with metrics of ${columns} columns, ${rounds} times a manifest of ${perManifest.toLocaleString('en')} entries (${(bytes.length / 2 ** 20).toFixed(1)} MiB, deflate).`,
);
printTable([
  ['', 'ms', 'of it processor', 'entries/s', 'ratio to all'],
  ...measured.map(([name, { ms, cpuMs }]) => [
    `decode, projection ${name}`,
    ms,
    cpuMs,
    (rounds * perManifest * 1_000) / ms,
    ms / slowest,
  ]),
  ...peers.map(([name, { cpuMs, ms, found }]) => {
    const whole = (entries / found) * ms;
    return [name, whole, (entries / found) * cpuMs, (found * 1_000) / ms, whole / slowest];
  }),
  ['encode (one manifest, objects made)', encoded.ms, encoded.cpuMs, (perManifest * 1_000) / encoded.ms, ''],
]);
console.log(`Peak memory of this process, encoding included: ${peakMiB()} MiB.`);

/** Fewer entries, as some of them take their time; the times printed are for as many as ours. */
async function measurePeers() {
  const folder = await mkdtemp(path.join(tmpdir(), 'psyberg-decode-'));
  try {
    const manifest = path.join(folder, 'manifest.avro');
    await writeFile(manifest, bytes);
    const answers = [];
    for (const [name, work] of [
      ['DuckDB read_avro, the same columns, 1 thread', 'decode-duckdb'],
      ['fastavro, all', 'decode-fastavro'],
      ['PyIceberg, all', 'decode-pyiceberg'],
    ]) {
      const answer = await askPeer({ do: work, manifest, rounds: peerRounds });
      if (answer?.found !== peerRounds * perManifest) throw new RangeError(`${name} decoded ${answer?.found} entries.`);
      answers.push([name, answer]);
    }
    return answers;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function decodeAll(projection) {
  return timed(async () => {
    let found = 0;
    for (let n = 0; n < rounds; n += 1) found += decode(projection);
    if (found !== rounds * perManifest) throw new RangeError(`Decoded ${found} entries.`);
  });
}

function decode(projection) {
  let found = 0;
  for (const block of decodeManifestBlocks(bytes, row, { specs: [spec], schemas: [schema], projection })) {
    found += block.length;
  }
  return found;
}

function dataFile(n) {
  const ids = schema.fields.map(({ id }) => id);
  const bound = (value) => new Map(ids.map((id) => [id, encodeSingleValue(LONG, BigInt(value + id))]));
  const counts = (value) => new Map(ids.map((id) => [id, value]));
  return {
    content: 'data',
    path: `s3://lake/raw/events/data/c1=${n % 100}/00000-${n}-5f2d4a6e-0d54-4e0b-9c64-1f5b2f0c7b11.parquet`,
    format: 'parquet',
    specId: 0,
    partition: [BigInt(n % 100)],
    recordCount: 1_000 + n,
    fileSizeBytes: 65_536 + n,
    columnSizes: counts(6_500),
    valueCounts: counts(1_000),
    nullValueCounts: counts(0),
    lowerBounds: bound(n),
    upperBounds: bound(n + 1_000_000),
  };
}
