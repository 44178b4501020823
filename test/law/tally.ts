import type { History, HistoryEvent } from './history.ts';
import type { Outcome } from './oracle/model.ts';

/** How often each kind of event, mode and crash point came up; events count where they came to something. */
export type Tally = Record<string, number>;

export function countHistory(tally: Tally, history: History): void {
  for (const process of history.processes) {
    count(tally, `mode ${process.kind}`);
    if (process.kind !== 'copy') count(tally, `grain ${process.grain}`);
    if (process.load === 'changed') count(tally, 'load changed');
    if (process.onOverwrite !== undefined) count(tally, `onOverwrite ${process.onOverwrite}`);
    if (process.pin) count(tally, 'pinned sources');
    if (process.dense) count(tally, 'a row for each interval');
    if (process.isolate) count(tally, 'isolated intervals');
    if (process.labelled) count(tally, 'lookup');
    if (process.threshold !== undefined) count(tally, 'catch-up threshold');
    if (process.openInterval === 'wait') count(tally, 'open intervals wait');
    if (process.inputs.some(({ before }) => before > 0)) count(tally, 'reach before');
    if (process.inputs.some(({ after }) => after > 0)) count(tally, 'reach after');
  }
  for (const source of history.sources) {
    count(tally, `time as ${source.time}`);
    if (source.retains) count(tally, 'retention');
  }
}

export function countEvent(tally: Tally, event: HistoryEvent, outcome: Outcome | undefined): void {
  count(tally, `event ${event.do}`);
  if ('maxIntervals' in event) count(tally, 'event in parts');
  if (event.do === 'evolve schema') count(tally, `  evolve schema: ${event.change}`);
  if (event.do === 'overwrite' && event.again !== undefined) count(tally, '  overwrite: rows doubled');
  for (const note of outcome?.notes ?? []) count(tally, `  ${event.do}: ${note}`);
  const when = event.do === 'steps' ? 'between steps' : 'before a swap';
  for (const act of outcome?.acts ?? []) count(tally, `  ${when}: ${act.do}`);
}

export function count(tally: Tally, name: string, times = 1): void {
  tally[name] = (tally[name] ?? 0) + times;
}

export function printTally(tally: Tally): string {
  const width = Math.max(...Object.values(tally).map((times) => String(times).length));
  return Object.entries(tally)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, times]) => `  ${String(times).padStart(width)}  ${name}`)
    .join('\n');
}
