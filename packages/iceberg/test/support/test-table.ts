import type { CreateTableRequest } from '../../src/catalog/catalog.ts';
import { MemoryCatalog } from '../../src/catalog/memory-catalog.ts';
import { alwaysTrue, type Predicate } from '../../src/expressions/predicate.ts';
import type { DataFile } from '../../src/manifest/data-file.ts';
import { planFiles } from '../../src/scan/plan-files.ts';
import type { SnapshotId } from '../../src/spec/ids.ts';
import { encodeSingleValue } from '../../src/spec/single-values.ts';
import type { NullableValue } from '../../src/spec/types.ts';
import { openTable, type Table } from '../../src/table.ts';

export const NAME = { namespace: ['db'], name: 'events' };

/** `id long, kind string`, partitioned by `kind`. */
const BY_KIND: CreateTableRequest = {
  schema: {
    schemaId: 0,
    fields: [
      { id: 1, name: 'id', required: true, type: { kind: 'long' } },
      { id: 2, name: 'kind', required: false, type: { kind: 'string' } },
    ],
  },
  partitionSpec: {
    specId: 0,
    fields: [{ sourceId: 2, fieldId: 1000, name: 'kind', transform: { kind: 'identity' } }],
  },
  // Lost races are run again at once; nothing here depends on the wait.
  properties: { 'commit.retry.min-wait-ms': '0', 'commit.status-check.min-wait-ms': '0' },
};

export async function makeTable(
  request: Partial<CreateTableRequest> = {},
  catalog = new MemoryCatalog(),
): Promise<Table> {
  await catalog.createNamespace(NAME.namespace);
  const properties = { ...BY_KIND.properties, ...request.properties };
  await catalog.createTable(NAME, { ...BY_KIND, ...request, properties });
  return openTable(catalog, NAME);
}

export interface FileFacts {
  readonly kind?: NullableValue;
  readonly rows?: number;
  readonly sizeBytes?: number;
  readonly specId?: number;
  readonly partition?: readonly NullableValue[];
  /** Least and greatest id, inclusive. */
  readonly ids?: readonly [bigint, bigint];
}

/** What a manifest would say of a file that nobody has to read. */
export function dataFile(path: string, facts: FileFacts = {}): DataFile {
  const { kind = 'a', rows = 1, sizeBytes = 100, specId = 0, ids } = facts;
  const bounds = ids && {
    valueCounts: new Map([[1, rows]]),
    nullValueCounts: new Map([[1, 0]]),
    lowerBounds: new Map([[1, encodeSingleValue({ kind: 'long' }, ids[0])]]),
    upperBounds: new Map([[1, encodeSingleValue({ kind: 'long' }, ids[1])]]),
  };
  return {
    content: 'data',
    path: `memory:/data/${path}`,
    format: 'parquet',
    specId,
    partition: facts.partition ?? [kind],
    recordCount: rows,
    fileSizeBytes: sizeBytes,
    ...bounds,
  };
}

/** Names of the live files that may match, sorted, without their folder. */
export async function liveNames(
  table: Table,
  where: { readonly snapshotId?: SnapshotId; readonly branch?: string; readonly filter?: Predicate } = {},
): Promise<string[]> {
  const files = await planFiles(table, { filter: alwaysTrue, ...where });
  return files.map(({ file }) => nameOf(file)).sort();
}

export const nameOf = (file: DataFile): string => file.path.replace('memory:/data/', '');
