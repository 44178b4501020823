/**
 * What a job with a fixed lookback would have done with the same arrivals: each run reads and rewrites the last `hours` hours of
 * event time, whatever came. A report older than that is missed, and nobody hears of it.
 */
export function fixedLookback(arrivals, hours) {
  const bySize = { hours, read: 0, written: 0, missed: 0 };
  const there = [];
  const loaded = new Set();
  for (const { until, reports } of arrivals) {
    there.push(...reports);
    const window = there.filter((report) => report.eventHour >= until - hours);
    bySize.read += window.length;
    bySize.written += window.length;
    for (const report of window) loaded.add(report.row.quake_id);
  }
  bySize.missed = there.length - loaded.size;
  return bySize;
}
