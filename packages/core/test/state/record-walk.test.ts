/** Which record holds, on histories made by hand. Snapshots are numbers; their sequence numbers are the same numbers unless told. */
import {
  type Catalog,
  MemoryFileIO,
  metadataFromCreate,
  type Snapshot,
  type SnapshotId,
  serializeTableMetadata,
  type Table,
  type TableMetadata,
  toSequenceNumber,
  toSnapshotId,
} from '@psyberg/iceberg';
import { describe, expect, it } from 'vitest';
import { NeedsDecisionError } from '../../src/errors.ts';
import type { ProcessName, SessionId } from '../../src/process/process.ts';
import { heldState, type RecordLookup, sessionsInHistory } from '../../src/state/record-walk.ts';
import {
  type Anchor,
  anchorUpdates,
  NO_SNAPSHOT,
  readStateProperty,
  statePropertyUpdates,
} from '../../src/state/state-property.ts';
import type { StateRecord } from '../../src/state/state-record.ts';
import { stateRecordToJson } from '../../src/state/state-record-json.ts';

const p = 'p' as ProcessName;
const id = (n: number): SnapshotId => toSnapshotId(BigInt(n));

const recordOf = (session: string, more: Partial<StateRecord> = {}): StateRecord => ({
  version: 1,
  process: p,
  session: session as SessionId,
  attempt: 1,
  kind: 'normal',
  mode: 'stateless',
  sources: [],
  lookups: [],
  written: [],
  pending: [],
  skipped: [],
  fingerprints: { transform: 't', audits: 'a', config: 'c' },
  recordedAtMs: 0,
  ...more,
});

type Summary = Readonly<Record<string, string>>;

interface Step {
  readonly id: number;
  readonly parent?: number;
  readonly sequence?: number;
  readonly summary?: Summary;
}

/** A session's own snapshot; `base` is the session it was planned on. */
const by = (session: string, base?: string, process = p): Summary => ({
  'psyberg.state': stateRecordToJson(
    recordOf(session, { process, ...(base !== undefined && { base: base as SessionId }) }),
  ),
});
/** Published by another engine. */
const pickedFrom = (session: string, staged?: number): Summary => ({
  'published-wap-id': `psyberg:p:${session}:1`,
  ...(staged !== undefined && { 'source-snapshot-id': String(staged) }),
});

interface History {
  readonly steps: readonly Step[];
  readonly head?: number;
  readonly property?: readonly [session: string, at: readonly (number | 'none')[]];
  readonly before?: readonly [session: string, at: readonly (number | 'none')[]];
  /** Anchors that later runs added. */
  readonly anchors?: readonly number[];
  /** What older metadata files list, oldest first; `undefined`: the file was deleted. */
  readonly older?: readonly (readonly Step[] | undefined)[];
}

const snapshotOf = ({ id: n, parent, sequence = n, summary = {} }: Step): Snapshot => ({
  snapshotId: id(n),
  ...(parent !== undefined && { parentSnapshotId: id(parent) }),
  sequenceNumber: toSequenceNumber(BigInt(sequence)),
  timestampMs: n * 3_600_000,
  manifestList: `memory:/list-${n}`,
  operation: 'append',
  summary,
  schemaId: 0,
});

async function tableOf({ steps, head, property, before, anchors = [], older = [] }: History): Promise<Table> {
  const io = new MemoryFileIO();
  const empty = metadataFromCreate({ schema: { schemaId: 0, fields: [] } }, 'memory:/t', 'uuid', 0);
  const log: TableMetadata['metadataLog'][number][] = [];
  for (const [n, listed] of older.entries()) {
    const metadataFile = `memory:/t/${n}.metadata.json`;
    if (listed !== undefined) {
      const metadata = {
        ...empty,
        snapshots: listed.map(snapshotOf),
        lastSequenceNumber: toSequenceNumber(100n),
        metadataLog: [...log],
      };
      await io.create(metadataFile, serializeTableMetadata(metadata));
    }
    log.push({ timestampMs: n, metadataFile });
  }
  const toAt = (at: readonly (number | 'none')[]): Anchor[] => at.map((a) => (a === 'none' ? NO_SNAPSHOT : id(a)));
  const earlier = before && { record: recordOf(before[0]), at: toAt(before[1]) };
  let properties = property ? statePropertyUpdates('main', recordOf(property[0]), toAt(property[1]), earlier) : {};
  for (const anchor of anchors)
    properties = { ...properties, ...anchorUpdates('main', readStateProperty(properties, 'main', p)!, id(anchor)) };
  const last = head ?? steps.at(-1)?.id;
  const metadata: TableMetadata = {
    ...empty,
    properties,
    snapshots: steps.map(snapshotOf),
    refs: last === undefined ? {} : { main: { type: 'branch', snapshotId: id(last) } },
    metadataLog: log,
  };
  return {
    identifier: { namespace: ['dw'], name: 't' },
    metadataLocation: 'memory:/t/now.metadata.json',
    metadata,
    io,
    catalog: {} as Catalog,
  };
}

const forgotten: RecordLookup = async () => undefined;

async function heldIn(history: History, lookup: RecordLookup = forgotten) {
  const { record, metAt, base, metBelowHeadMs } = await heldState(await tableOf(history), 'main', p, lookup);
  return [record?.session, metAt === undefined ? undefined : Number(metAt), base, metBelowHeadMs / 3_600_000];
}

type Case = readonly [
  title: string,
  history: History,
  expected: readonly [
    record: string | undefined,
    metAt: number | undefined,
    base: string | undefined,
    hoursBelow: number,
  ],
];

const TWO = [
  { id: 1, summary: by('s1') },
  { id: 2, parent: 1, summary: by('s2', 's1') },
] as const;

describe('with the whole history listed', () => {
  it.each<Case>([
    ['an empty table', { steps: [] }, [undefined, undefined, undefined, 0]],
    ['a table that others fill', { steps: [{ id: 1 }, { id: 2, parent: 1 }] }, [undefined, undefined, undefined, 0]],
    ['the newest session in the summaries', { steps: TWO }, ['s2', 2, 's2', 0]],
    ['below commits of others', { steps: [...TWO, { id: 3, parent: 2 }, { id: 4, parent: 3 }] }, ['s2', 2, 's2', 2]],
    [
      'below sessions of another process',
      { steps: [...TWO, { id: 3, parent: 2, summary: by('s9', undefined, 'q' as ProcessName) }] },
      ['s2', 2, 's2', 1],
    ],
    ['rolled back, the older one', { steps: TWO, head: 1 }, ['s1', 1, 's1', 0]],
    ['rolled back, although the property is newer', { steps: TWO, head: 1, property: ['s2', [2]] }, ['s1', 1, 's1', 0]],
    [
      'a session without rows, at the snapshot of the one before it',
      { steps: TWO, property: ['s3', [2]] },
      ['s3', 2, 's2', 0],
    ],
    [
      'which stands below commits of others',
      { steps: [...TWO, { id: 3, parent: 2 }], property: ['s3', [2]] },
      ['s3', 2, 's2', 1],
    ],
    ['and falls with its snapshot', { steps: TWO, head: 1, property: ['s3', [2]] }, ['s1', 1, 's1', 0]],
    [
      'a session without rows before the first snapshot',
      { steps: [], property: ['s1', ['none']] },
      ['s1', undefined, undefined, 0],
    ],
    [
      'which holds when others have begun to write',
      { steps: [{ id: 1 }, { id: 2, parent: 1 }], property: ['s1', ['none']] },
      ['s1', undefined, undefined, Number.POSITIVE_INFINITY],
    ],
    [
      'rolled back behind the property, to the record that it replaced',
      { steps: [{ id: 1 }, { id: 2, parent: 1 }], head: 1, property: ['s2', [2]], before: ['s1', [1]] },
      ['s1', 1, undefined, 0],
    ],
    [
      'rolled back behind both',
      {
        steps: [{ id: 1 }, { id: 2, parent: 1 }, { id: 3, parent: 2 }],
        head: 1,
        property: ['s2', [3]],
        before: ['s1', [2]],
      },
      [undefined, undefined, undefined, 0],
    ],
    [
      'a further anchor',
      { steps: [...TWO, { id: 3, parent: 2 }], property: ['s2', [2]], anchors: [3] },
      ['s2', 3, 's2', 0],
    ],
    [
      'published by another engine, found in the staged snapshot',
      {
        steps: [
          ...TWO,
          { id: 3, parent: 1, summary: by('s3', 's2') },
          { id: 4, parent: 2, summary: pickedFrom('s3', 3) },
        ],
      },
      ['s3', 4, 's3', 0],
    ],
    [
      'a recompute begins a new chain',
      {
        steps: [
          ...TWO,
          { id: 3, parent: 2, summary: { 'psyberg.state': stateRecordToJson(recordOf('s3', { kind: 'recompute' })) } },
        ],
      },
      ['s3', 3, 's3', 0],
    ],
  ])('%s', async (_title, history, expected) => {
    expect(await heldIn(history)).toEqual(expected);
  });

  it('published by another engine, found in the session table', async () => {
    const history = { steps: [...TWO, { id: 3, parent: 2, summary: pickedFrom('s3', 9) }] };
    expect(await heldIn(history, async (session) => recordOf(session, { base: 's2' as SessionId }))).toEqual([
      's3',
      3,
      's3',
      0,
    ]);
    await expect(heldIn(history)).rejects.toThrow(/session s3 of p .* dropped its state record/s);
  });

  it('a session published past the fence is told, with both snapshots', async () => {
    const steps = [...TWO, { id: 3, parent: 2, summary: by('slow', 's1') }];
    await expect(heldIn({ steps })).rejects.toThrow(
      /session slow .* on top of session s2, but had been planned on s1.*snapshots 2 and 3/s,
    );
  });
});

describe('with parents expired', () => {
  const rest = [{ id: 3 }, { id: 4, parent: 3 }] as const;
  const whole = [...TWO, { id: 3, parent: 2 }] as const;
  it.each<Case>([
    [
      'the child still names the parent, at which the property holds',
      { steps: [{ id: 3, parent: 2 }], property: ['s2', [2]] },
      ['s2', 2, undefined, Number.POSITIVE_INFINITY],
    ],
    [
      'the child still names the parent, which an older file lists',
      { steps: [{ id: 3, parent: 2 }], older: [whole] },
      ['s2', 2, 's2', Number.POSITIVE_INFINITY],
    ],
    [
      'the link was cut, and an older file still has it',
      { steps: rest, older: [whole, [...whole, { id: 4, parent: 3 }]] },
      ['s2', 2, 's2', Number.POSITIVE_INFINITY],
    ],
    [
      'the link was cut twice',
      { steps: [{ id: 5 }], older: [TWO, whole, [{ id: 3 }, { id: 4, parent: 3 }], [{ id: 4 }, { id: 5, parent: 4 }]] },
      ['s2', 2, 's2', Number.POSITIVE_INFINITY],
    ],
    [
      'some older files are deleted, and the others still tell',
      { steps: rest, older: [TWO, whole, undefined] },
      ['s2', 2, 's2', Number.POSITIVE_INFINITY],
    ],
    [
      'an anchor at the head needs nothing older',
      { steps: [{ id: 4 }], property: ['s2', [2]], anchors: [4], older: [undefined, undefined] },
      ['s2', 4, undefined, 0],
    ],
    [
      'a first snapshot with a later number: the file that introduced it gives it no parent',
      { steps: [{ id: 2 }], older: [[], [{ id: 2 }]] },
      [undefined, undefined, undefined, 0],
    ],
  ])('%s', async (_title, history, expected) => {
    expect(await heldIn(history)).toEqual(expected);
  });

  it.each<readonly [title: string, history: History]>([
    ['no older file is left', { steps: rest, property: ['s2', [2]], older: [undefined, undefined] }],
    ['older files do not reach back to the link', { steps: rest, older: [undefined, rest] }],
    ['a parent that nobody knows', { steps: [{ id: 4, parent: 3 }], property: ['s2', [2]] }],
    [
      'a record before the first snapshot, which is out of sight',
      { steps: rest, property: ['s1', ['none']], older: [undefined] },
    ],
  ])('%s: a person decides', async (_title, history) => {
    await expect(heldIn(history)).rejects.toThrow(NeedsDecisionError);
  });
});

it('lists the sessions of a history, newest first, each process for itself', async () => {
  const steps = [
    ...TWO,
    { id: 3, parent: 2, summary: by('x', undefined, 'q' as ProcessName) },
    { id: 4, parent: 3, summary: by('s3', 's2') },
  ];
  const found = await sessionsInHistory(await tableOf({ steps }), 'main', p, forgotten);
  expect(found.map((f) => [f.session, Number(f.snapshot.snapshotId)])).toEqual([
    ['s3', 4],
    ['s2', 2],
    ['s1', 1],
  ]);
});
