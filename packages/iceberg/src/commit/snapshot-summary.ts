import { InvalidArgumentError, ValidationError } from '../errors.ts';
import type { DataFile } from '../manifest/data-file.ts';
import type { Operation, Snapshot } from '../metadata/table-metadata.ts';
import { partitionKey } from '../scan/partition-key.ts';

/** What a snapshot's summary is computed from. */
export interface SummaryFacts {
  readonly operation: Operation;
  /** Told apart from every other commit's; the way to find one's own snapshot again. */
  readonly commitId: string;
  readonly added: readonly DataFile[];
  /** Every entry that became deleted, so that totals stay the sums over the manifests. */
  readonly removed: readonly DataFile[];
  readonly manifestsCreated: number;
  readonly manifestsKept: number;
  readonly manifestsReplaced: number;
  /** Head of the branch, whose totals go on; undefined: they start at 0. */
  readonly previous: Snapshot | undefined;
  /** Own entries of whoever commits. */
  readonly own: Readonly<Record<string, string>>;
  /** `write.summary.partition-limit`: how many changed partitions may be named one by one. */
  readonly partitionLimit: number;
  readonly partitionPath: (file: DataFile) => string;
}

type Summary = Readonly<Record<string, string>>;

/** Keys that only a computation may set, whether or not it does this time. */
const COMPUTED_KEYS: ReadonlySet<string> = new Set([
  'operation',
  'commit-id',
  ...['data-files', 'records', 'delete-files', 'position-deletes', 'equality-deletes'].flatMap((what) => [
    `added-${what}`,
    `deleted-${what}`,
    `removed-${what}`,
    `total-${what}`,
  ]),
  'added-files-size',
  'removed-files-size',
  'total-files-size',
  'added-position-delete-files',
  'removed-position-delete-files',
  'added-equality-delete-files',
  'removed-equality-delete-files',
  'added-dvs',
  'removed-dvs',
  'deleted-duplicate-files',
  'changed-partition-count',
  'partition-summaries-included',
  'manifests-created',
  'manifests-kept',
  'manifests-replaced',
]);

/**
 * The summary of a new snapshot, without its operation. Pure.
 *
 * Totals go on from the branch's head. A total that the head does not have, or that would become negative, is left out; never
 * base correctness on totals.
 *
 * @throws {InvalidArgumentError} an own entry has a computed key
 * @throws {ValidationError} a `replace` that adds more rows than it removes
 * @see Iceberg spec, "Snapshots", `summary`; key names as Java writes them
 */
export function snapshotSummary(facts: SummaryFacts): Summary {
  refuseComputedKeys(facts.own);
  const added = sums(facts.added);
  const removed = sums(facts.removed);
  if (facts.operation === 'replace' && added.records > removed.records)
    throw growingReplace(added.records, removed.records);
  return {
    ...facts.own,
    'commit-id': facts.commitId,
    ...positive({
      ...changeCounts(added, removed),
      'deleted-duplicate-files': facts.removed.length - new Set(facts.removed.map((file) => file.path)).size,
    }),
    ...partitionEntries(facts),
    ...totals(facts.previous, added, removed),
    'manifests-created': String(facts.manifestsCreated),
    'manifests-kept': String(facts.manifestsKept),
    'manifests-replaced': String(facts.manifestsReplaced),
  };
}

interface Sums {
  readonly files: number;
  readonly records: number;
  readonly bytes: number;
}

function sums(files: readonly DataFile[]): Sums {
  let [records, bytes] = [0, 0];
  for (const file of files) {
    records += file.recordCount;
    bytes += file.fileSizeBytes;
  }
  return { files: files.length, records, bytes };
}

const changeCounts = (added: Sums, removed: Sums) => ({
  'added-data-files': added.files,
  'deleted-data-files': removed.files,
  'added-records': added.records,
  'deleted-records': removed.records,
  'added-files-size': added.bytes,
  'removed-files-size': removed.bytes,
});

const positive = (counts: Readonly<Record<string, number>>): Summary =>
  Object.fromEntries(
    Object.entries(counts)
      .filter(([, count]) => count > 0)
      .map(([key, count]) => [key, String(count)]),
  );

function totals(previous: Snapshot | undefined, added: Sums, removed: Sums): Summary {
  const changes = {
    'total-data-files': added.files - removed.files,
    'total-delete-files': 0,
    'total-records': added.records - removed.records,
    'total-files-size': added.bytes - removed.bytes,
    'total-position-deletes': 0,
    'total-equality-deletes': 0,
  };
  const next: Record<string, string> = {};
  for (const [key, change] of Object.entries(changes)) {
    const before = previous === undefined ? '0' : previous.summary[key];
    if (before === undefined || !/^\d+$/.test(before)) continue;
    const total = BigInt(before) + BigInt(change);
    if (total >= 0n) next[key] = String(total);
  }
  return next;
}

/** One entry per changed partition, if the table asks for them and they are few enough. */
function partitionEntries(facts: SummaryFacts): Summary {
  const partitions = new Map<
    string,
    { readonly path: string; readonly added: DataFile[]; readonly removed: DataFile[] }
  >();
  for (const side of ['added', 'removed'] as const) {
    for (const file of facts[side]) {
      const key = partitionKey(file);
      const known = partitions.get(key) ?? { path: facts.partitionPath(file), added: [], removed: [] };
      known[side].push(file);
      partitions.set(key, known);
    }
  }
  const count = { 'changed-partition-count': String(partitions.size) };
  const named = [...partitions.values()].filter(({ path }) => path !== '');
  if (named.length === 0 || partitions.size > facts.partitionLimit) return count;
  const entries = named.map(({ path, added, removed }) => [
    `partitions.${path}`,
    metricsText(sums(added), sums(removed)),
  ]);
  return { ...count, 'partition-summaries-included': 'true', ...Object.fromEntries(entries) };
}

function metricsText(added: Sums, removed: Sums): string {
  return Object.entries(positive(changeCounts(added, removed)))
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}

function refuseComputedKeys(own: Summary): void {
  const computed = Object.keys(own).filter((key) => COMPUTED_KEYS.has(key) || key.startsWith('partitions.'));
  if (computed.length === 0) return;
  throw new InvalidArgumentError(
    `Summary keys ${computed.join(', ')} are computed from the change and cannot be given. Nothing was committed. ` +
      'Give other names to your own entries.',
  );
}

function growingReplace(added: number, removed: number): ValidationError {
  return new ValidationError(
    `Invalid REPLACE operation: ${added} added records > ${removed} replaced records. Nothing was committed. ` +
      'A replace keeps the rows as they are; use overwrite to change them.',
  );
}
