/**
 * Faults that somebody might make, each one piece of product text replaced by another while it is loaded. The law must find every
 * one of them within 300 histories: `npm run test:law -- --mutants`.
 */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  /** Found exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** What it breaks. */
  readonly why: string;
}

const PLAN = 'packages/core/src/plan/stateful.ts';
const BOUNDS = 'packages/core/src/plan/bounds.ts';
const OBSERVE = 'packages/core/src/changes/observe-source.ts';
const PLACE = 'packages/core/src/changes/place-changes.ts';
const WALK = 'packages/core/src/changes/files-to-read.ts';
const CHANGES = 'packages/core/src/changes/table-changes.ts';
const INPUTS = 'packages/core/src/steps/transform-inputs.ts';
const WRITE = 'packages/core/src/steps/write.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'the range may start later than U',
    file: PLAN,
    find: 'upper > before ? [{ start: before, end: upper }] : EMPTY_SET,',
    replace: 'EMPTY_SET,',
    why: 'an hour that one source brought early and another never brings is lost ("hour 7")',
  },
  {
    name: 'late data is dropped',
    file: PLAN,
    find: 'clip(subtract(changed, skip), undefined, upper)',
    replace: 'clip(subtract(changed, skip), before, upper)',
    why: 'only what is new is loaded',
  },
  {
    name: 'the threshold is measured from the new bound',
    file: PLAN,
    find: 'beyondThreshold(\n    process,\n    before,',
    replace: 'beyondThreshold(\n    process,\n    upper,',
    why: 'a long pause skips what hourly runs would have loaded',
  },
  {
    name: 'no filling up to L',
    file: PLAN,
    find: 'union(due, gap)',
    replace: 'due',
    why: 'work below the first interval leaves a hole up to it',
  },
  {
    name: 'state does not flow on',
    file: PLAN,
    find: "process.load === 'range' || process.mode === 'sequential' ?",
    replace: "process.load === 'range' && process.mode !== 'sequential' ?",
    why: 'a sequential session recomputes a late interval alone',
  },
  {
    name: 'reach before is ignored',
    file: BOUNDS,
    find: 'end: plus(span.end, beforeUs)',
    replace: 'end: span.end',
    why: 'intervals that look back at a late row are not recomputed',
  },
  {
    name: 'reach after is ignored',
    file: BOUNDS,
    find: 'start: plus(span.start, -afterUs)',
    replace: 'start: span.start',
    why: 'intervals that look ahead at a late row are not recomputed',
  },
  {
    name: 'reach after does not lower the bound',
    file: BOUNDS,
    find: 'const until = plus(complete.until, -observation.source.reads.afterUs);',
    replace: 'const until = complete.until;',
    why: 'intervals are computed before what they look ahead at is there',
  },
  {
    name: 'off by one at the upper bound',
    file: BOUNDS,
    find: ': ceilTo(process.target.grain, until);',
    replace: ': ceilTo(process.target.grain, plus(until, 1n));',
    why: 'a bound that lies on a border of intervals takes in the next one',
  },
  {
    name: 'the bound is the greatest of the sources',
    file: BOUNDS,
    find: 'bound < least',
    replace: 'bound > least',
    why: 'an hour is computed before all sources have it',
  },
  {
    name: 'a compaction is read as new rows',
    file: WALK,
    find: "if (operation === 'replace') {",
    replace: "if (operation === 'replace') {\n      for (const file of added) appended.add(file);\n      continue;",
    why: 'a stateless process appends what it appended before',
  },
  {
    name: 'a compaction of new files is read twice',
    file: WALK,
    find: 'const one = appended.take(file.path);',
    replace: 'const one = appended.files().find((other) => other.file.path === file.path);',
    why: 'the originals are read beside what replaced them',
  },
  {
    name: 'a compaction counts as a change',
    file: OBSERVE,
    find: ".filter((step) => step.operation !== 'replace')",
    replace: '',
    why: 'intervals are computed again with lookups of today',
  },
  {
    name: 'removed files do not widen the range',
    file: PLACE,
    find: "...step.removed.map((file): UnplacedFile => ({ change: 'removed', file, ...facts })),",
    replace: '',
    why: 'intervals keep rows that the source has no more',
  },
  {
    name: 'a rollback of a source is ignored',
    file: CHANGES,
    find: 'steps: added.length + removed.length === 0 ? [] : [{ operation, added, removed }],',
    replace: 'steps: [],',
    why: 'the target keeps what the source took back',
  },
  {
    name: 'a rollback of the target is ignored',
    file: 'packages/core/src/state/record-walk.ts',
    find: 'if (met === undefined && property?.at.includes(id))',
    replace: 'if (met === undefined && property !== undefined)',
    why: 'the property is believed wherever the head is, and the work is not redone',
  },
  {
    name: 'rows without a time are read',
    file: INPUTS,
    find: '...(source.time && { dropNullTimes: true }),',
    replace: '',
    why: 'they belong to no interval',
  },
  {
    name: 'previous is what the branch holds',
    file: 'packages/core/src/steps/compute.ts',
    find: 'i === 0 ? undefined : previous',
    replace: 'undefined',
    why: 'each interval of a sequential session goes on from before the session',
  },
  {
    name: 'carried rows are dropped',
    file: 'packages/core/src/steps/carry-rows.ts',
    find: 'if (mixed.length === 0) return [];',
    replace: 'return [];',
    why: 'other hours of a daily file are lost',
  },
  {
    name: 'the watermark moves before publication',
    file: WRITE,
    find: "...(carried.length > 0 && { [CARRIED_MANIFESTS_KEY]: JSON.stringify(manifests.get('carried') ?? []) }),\n      }),",
    replace: `...(carried.length > 0 && { [CARRIED_MANIFESTS_KEY]: JSON.stringify(manifests.get('carried') ?? []) }),
      }),
      setProperties: async () => (await import('../state/state-property.ts')).statePropertyUpdates('main', record, [head?.snapshotId ?? 'none'], undefined),`,
    why: 'what is staged counts as loaded, and is lost when the process dies before it is published',
  },
  {
    name: 'the fence is removed',
    file: 'packages/core/src/steps/publish-fence.ts',
    find: 'if (held.record?.session === plan.previous) return;',
    replace: 'if (plan !== undefined) return;',
    why: 'of two runs at once both publish the same rows',
  },
  {
    name: 'carried rows are staged as computed',
    file: WRITE,
    find: "...(carried.length > 0 && { [CARRIED_MANIFESTS_KEY]: JSON.stringify(manifests.get('carried') ?? []) }),",
    replace: '',
    why: 'when others commit between staging and publication, rows of other intervals are added twice',
  },
  {
    name: 'a rebase keeps what the branch holds in the intervals',
    file: 'packages/core/src/steps/rebase.ts',
    find: 'const removed = [...replaced.inside, ...replaced.mixed];',
    replace: 'const removed = replaced.mixed;',
    why: 'when others commit between staging and publication, intervals are doubled',
  },
  {
    name: 'sources are read at their head',
    file: INPUTS,
    find: ': await filesWithin(table, snapshotId, source.time, whole);',
    replace: ': await filesWithin(table, table.metadata.refs.main!.snapshotId, source.time, whole);',
    why: 'what came after the plan was made is loaded, and again by the next session',
  },
  {
    name: 'lookups are read at their head',
    file: INPUTS,
    find: 'planFiles(table, { snapshotId: pin.snapshotId })',
    replace: 'planFiles(table)',
    why: 'an interval is made with a lookup that its session did not pin',
  },
  {
    name: 'pending intervals are forgotten',
    file: PLAN,
    find: 'subtract(record.pending, lost),',
    replace: '',
    why: 'a large catch-up in parts ends after the first one',
  },
  {
    name: 'the signal runs beyond pending',
    file: BOUNDS,
    find: 'if (first !== undefined) return { until: first < until ? first : until, basis',
    replace: 'if (first !== undefined) return { until, basis',
    why: 'processes downstream take for complete what is still to be computed',
  },
  {
    name: 'what newer files than an expired watermark hold is dropped',
    file: CHANGES,
    find: 'const added = files.filter((f) => f.sequenceNumber > mark);',
    replace: 'const added = files.filter((f) => f.sequenceNumber > mark + 1n);',
    why: 'after an expiry the first commit since the watermark is not loaded',
  },
  {
    name: 'a date is over as soon as it begins',
    file: 'packages/core/src/changes/place-files.ts',
    find: 'seenUntil: plus(latest, valueLength)',
    replace: 'seenUntil: plus(latest, 1n)',
    why: 'the hours of the last day seen are not computed',
  },
  {
    name: 'added-only loads what was only written again',
    file: 'packages/core/src/changes/source-reads.ts',
    find: ': { files: [...reads.appended, ...reads.rewritten], without: reads.gone };',
    replace: ': { files: [...reads.appended, ...reads.rewritten], without: [] };',
    why: 'a stateless process appends the rows that an overwrite has moved into other files',
  },
  {
    name: 'added-only counts equal rows once',
    file: 'packages/duckdb/src/read/relation-sql.ts',
    find: 'EXCEPT ALL\\n',
    replace: 'EXCEPT\\n',
    why: 'of rows that are there twice since, the second is never loaded',
  },
  {
    name: 'added-only forgets rewritten files',
    file: 'packages/core/src/changes/source-reads.ts',
    find: ': { files: [...reads.appended, ...reads.rewritten], without: reads.gone };',
    replace: ': { files: reads.appended, without: reads.gone };',
    why: 'rows that came with an overwrite are never loaded',
  },
  {
    name: 'pins stay with the old watermark',
    file: 'packages/core/src/steps/pin-sources.ts',
    find: 'const states = [...record.sources, ...(record.part?.pins ?? [])];',
    replace: `const states = [...record.sources, ...(record.part?.pins ?? [])].map((state) => ({
    ...state,
    ...(state.readFrom !== undefined && { snapshotId: state.readFrom }),
  }));`,
    why: 'an expiry takes the snapshot up to which a source was read, and nobody can tell any more what changed',
  },
  {
    name: 'a time column is sought by its name in the snapshot',
    file: 'packages/core/src/changes/files-within.ts',
    find: 'planFiles(table, { snapshotId, schema, filter',
    replace: 'planFiles(table, { snapshotId, filter',
    why: 'a column that was renamed is not found, or another one is taken for it',
  },
  {
    name: 'what a source drops is a change',
    file: 'packages/core/src/changes/retention.ts',
    find: "return placed.kind === 'span' && covers(dropped, placed.span);",
    replace: 'return false;',
    why: 'what was made of old rows goes with them, or a stateless process stops',
  },
  {
    name: 'dropped intervals are computed again',
    file: PLAN,
    find: 'const closed = closedIntervals(process, observations, record);',
    replace: 'const closed = EMPTY_SET;',
    why: 'a late row replaces what was made of all the rows that are gone',
  },
  {
    name: 'what was dropped is remembered for one session',
    file: OBSERVE,
    find: 'union(state?.dropped ?? EMPTY_SET, newly)',
    replace: 'newly',
    why: 'a late row replaces what was made of rows that went long ago',
  },
  {
    name: 'a new source counts from now on, unasked',
    file: 'packages/core/src/steps/observe-sources.ts',
    find: 'if (record === undefined || record.sources.some(',
    replace: 'if (record === undefined || record !== undefined || record.sources.some(',
    why: 'the target lacks what the source held before',
  },
  {
    name: 'a skip leaves the watermark where it was',
    file: 'packages/core/src/upkeep/skip.ts',
    find: 'sources: before.sources.map(readUpTo),',
    replace: 'sources: before.sources.map((s) => (readUpTo(s) === s ? s : { ...s })),',
    why: 'the next run loads what a person has passed over',
  },
];
