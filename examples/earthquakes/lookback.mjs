/**
 * What jobs with a fixed lookback would have done with the same arrivals: each run loads the facts of the last `hours` hours anew,
 * and computes the hourly state of those hours from them. A report older than that is missed, and nobody hears of it.
 */
export function fixedLookback(arrivals, hours) {
  const cost = { read: 0, written: 0, missed: 0 };
  const there = [];
  const loaded = new Set();
  for (const { until, reports } of arrivals) {
    there.push(...reports);
    const window = there.filter((report) => report.eventHour >= until - hours);
    // Raw rows into facts, facts into state.
    cost.read += 2 * window.length;
    cost.written += window.length + statesIn(window);
    for (const report of window) loaded.add(report.row.quake_id);
  }
  cost.missed = there.length - loaded.size;
  return cost;
}

/** The same work as Psyberg did it, from its reports of one run. */
export function workOfRun(there, fact, state) {
  const starts = (state.plan?.intervals ?? [])
    .filter(({ action }) => action === 'overwrite')
    .map(({ start }) => Number(start / 3_600_000_000n));
  const computed = new Set(starts);
  return {
    read: (fact.rowsWritten ?? 0) + there.filter(({ eventHour }) => computed.has(eventHour)).length,
    written: (fact.rowsWritten ?? 0) + (state.rowsWritten ?? 0),
  };
}

/** Rows of the hourly state for these reports: one per hour and network. */
function statesIn(reports) {
  const natural = reports.filter(({ row }) => row.kind === 'earthquake');
  return new Set(natural.map(({ eventHour, row }) => `${eventHour} ${row.network}`)).size;
}
