import type { Act, HistoryEvent, ProcessSpec } from '../history.ts';
import { targetTableOf } from '../history.ts';
import type { House } from './house.ts';
import type { ModelSnapshot, ModelTable } from './model-table.ts';
import { NEVER_RUN, type ProcessState } from './process-state.ts';

/** Rows of other hands in a target, and what is made of them, have keys from here on. */
const FOREIGN_KEYS = 1000;

/** Whether the event is one that Psyberg goes on from without a person; others are passed over. */
export function allows(house: House, event: HistoryEvent): boolean {
  switch (event.do) {
    case 'expire':
      return mayExpire(house, event.table);
    case 'roll back':
      return (
        hasAllMarks(house, event.table) &&
        !house.table(event.table).isUnsure &&
        mayBeVague(house, event.table) &&
        canGoBack(house, event)
      );
    case 'compact':
      // From both ends what it moved looks like what came and what went.
      return hasAllMarks(house, event.table) && (house.hasAllSteps(event.table) || mayBeVague(house, event.table));
    case 'drop old':
      // Whoever has read nothing yet may have seen that or not, as far as this model knows, which tells what came and went in between.
      return (
        hasAllMarks(house, event.table) &&
        house.readersOf(event.table).every((reader) => house.stateOf(reader).marks.length > 0) &&
        house.marksOf(event.table).every((mark) => house.table(event.table).isPlainSince(mark))
      );
    case 'recompute':
      return canMakeAnew(house, house.process(event.process));
    case 'add source': {
      const { inputs } = house.process(event.process);
      return inputs.every(({ table }) => table !== event.table) && canMakeAnew(house, house.withSource(event));
    }
    case 'skip': {
      const process = house.process(event.process);
      const { marks, part } = house.stateOf(process);
      const mark = marks[process.inputs.findIndex(({ table }) => table === event.table)];
      // What was skipped stays undone only where nothing else brings its interval up, which must be plain.
      if (!isPlain(house, process, event.table)) return false;
      // From a source that went back there is no way forward to its head.
      const table = house.table(event.table);
      return mark !== undefined && part === undefined && table.isAhead(mark) && !table.hasDroppedSince(mark);
    }
    case 'backfill': {
      const process = house.process(event.process);
      const { lower, upper } = house.stateOf(process);
      return (
        !hasLost(house, process) &&
        lower !== undefined &&
        upper !== undefined &&
        lower <= event.from &&
        event.from < upper
      );
    }
    case 'foreign append':
      // Rows in a target without a record are a question to a person.
      return (house.heldNow(event.table) ?? NEVER_RUN).marks.length > 0 && isPlain(house, house.writerOf(event.table)!);
    case 'run':
      return (event.meanwhile?.acts ?? []).every((act) => allowsMeanwhile(house, act));
    case 'steps':
      return event.afterWrite.every((act) => allowsMeanwhile(house, act));
    case 'crash':
      // Which intervals are in which part is a matter of files there.
      return event.maxIntervals === undefined || house.processes.every((process) => isPlain(house, process));
    case 'race':
      // The first finishes what a session in parts began with, and the second loads what came since, if they get that far.
      return house.processes.every((process) => house.stateOf(process).part === undefined);
    case 'declare': {
      const { declared, rows } = house.table(event.table);
      const seen = [declared, ...house.seenOf(event.table), ...rows.map((row) => row.ts)];
      return seen.every((known) => known === undefined || known <= event.until);
    }
    case 'overwrite':
      return (
        hasAllMarks(house, event.table) &&
        mayBeVague(house, event.table) &&
        [...event.without, ...(event.again ?? [])].every((id) =>
          house.table(event.table).rows.some((row) => row.id === id),
        )
      );
    default:
      return true;
  }
}

/** What a source has dropped by its retention is never computed again, so that nobody may recompute. */
function canMakeAnew(house: House, process: ProcessSpec): boolean {
  return house.stateOf(process).marks.length > 0 && !hasLost(house, process) && house.planAnew(process) !== undefined;
}

function hasLost(house: House, process: ProcessSpec): boolean {
  const { marks, dropped } = house.stateOf(process);
  return (
    dropped.some((slots) => slots.size > 0) ||
    process.inputs.some(({ table }, n) => house.table(table).hasDroppedSince(marks[n]))
  );
}

/** What others did before it in the same moment may make it go back less far. */
function allowsMeanwhile(house: House, act: Act): boolean {
  if (act.do === 'foreign append') return allows(house, act);
  if (act.do !== 'roll back') return true;
  if (house.table(act.table).isUnsure) return false;
  return Array.from({ length: act.snapshots }, (_, n) => ({ ...act, snapshots: n + 1 })).every((one) =>
    canGoBack(house, one),
  );
}

/** Whether what an older record speaks of is still there, or only appends came since. */
function canGoBack(house: House, { table, snapshots }: Extract<Act, { do: 'roll back' }>): boolean {
  return canGoOnFrom(house, table, house.table(table).heldAt(house.table(table).earlier(snapshots)));
}

function canGoOnFrom(house: House, target: string, state: ProcessState | undefined): boolean {
  const inputs = house.writerOf(target)?.inputs ?? [];
  // From before a source was added a person is asked again.
  if ((state?.marks.length ?? 0) > 0 && state!.marks.length !== inputs.length) return false;
  return inputs.every((input, n) => {
    const table = house.table(input.table);
    const [mark, pin] = [state?.marks[n], state?.part?.pins[n]];
    const isThere = (one: ModelSnapshot | undefined) => one === undefined || !table.hasForgotten(one);
    // From its two ends a drop that late rows followed looks like an overwrite.
    if (table.source?.retains && mark !== undefined && !(isThere(mark) && table.isPlainSince(mark))) return false;
    return isThere(pin) && (isThere(mark) || mayForget(table, mark!));
  });
}

/** What has a tag stays; without the snapshots in between, what lies in the same files counts as changed too. */
function mayExpire(house: House, name: string): boolean {
  const table = house.table(name);
  const tagged = house.tagged(name);
  // From its two ends a drop that late rows followed looks like an overwrite.
  if (house.marksOf(name).some((mark) => table.hasDroppedSince(mark))) return false;
  const free = house.marksOf(name).filter((mark) => !tagged.includes(mark));
  // What a session in parts has still to read is read as it was.
  const half = house.processes.flatMap((process) => house.stateOf(process).part?.pins ?? []);
  if (free.some((mark) => half.includes(mark) && mark !== table.head)) return false;
  if (!free.every((mark) => mayForget(table, mark))) return false;
  return tagged.every((mark) => mayForget(table, mark)) || mayLoseSteps(house, name);
}

/** Whether readers come to the same from both ends of what happened as from each step of it. */
function mayLoseSteps(house: House, table: string): boolean {
  return (
    mayBeVague(house, table) &&
    house.readersOf(table).every((reader) => !reader.labelled && mayLoseSteps(house, targetTableOf(reader)))
  );
}

/** Only appends since: what is new is told by sequence numbers. A target may overwrite before it is read again. */
function mayForget(table: ModelTable, mark: ModelSnapshot): boolean {
  return table.source === undefined ? table.head === mark : table.onlyAppendsSince(mark);
}

/** While a reader's mark has expired, what is new can be told only as long as nothing but appends comes. */
function hasAllMarks(house: House, name: string): boolean {
  const table = house.table(name);
  return table.source === undefined || house.marksOf(name).every((mark) => !table.hasForgotten(mark));
}

/** Rows of others, and the lack of what was skipped, stay only in intervals that nobody recomputes, so that it matters which those are. */
function mayBeVague(house: House, table: string): boolean {
  return house
    .readersOf(table)
    .every(
      (reader) =>
        (reader.kind === 'copy' ||
          (!house.stateOf(reader).hasSkipped &&
            house.table(targetTableOf(reader)).rows.every(({ key }) => key < FOREIGN_KEYS))) &&
        mayBeVague(house, targetTableOf(reader)),
    );
}

/** Whether it is known just which intervals the next session of the process takes for changed, but for one of its sources. */
function isPlain(house: House, process: ProcessSpec, except?: string): boolean {
  const { marks } = house.stateOf(process);
  return process.inputs.every(({ table }, n) => {
    if (table === except) return true;
    const writer = house.writerOf(table);
    return house.table(table).isPlainSince(marks[n]) && (writer === undefined || isPlain(house, writer));
  });
}
