import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/**
 * A week of events from the U.S. Geological Survey (public domain), as vega-datasets ships it. `time` is when the earth shook,
 * `updated` when the report was last revised; each event appears once. That makes real lateness: half of the reports are more
 * than four hours old, one is 161.
 */
export const HOUR_MS = 3_600_000;

export const COLUMNS = {
  quake_id: 'string',
  network: 'string',
  event_ts: 'timestamptz',
  updated_ts: 'timestamptz',
  magnitude: 'double',
  place: 'string',
  kind: 'string',
  status: 'string',
};

/** Reports in the order in which they came. Hours are counted since 1970, in UTC. */
export function reports() {
  const entry = createRequire(import.meta.url).resolve('vega-datasets');
  return JSON.parse(readFileSync(path.join(path.dirname(entry), '..', 'data', 'earthquakes.json'), 'utf8'))
    .features.map(({ id, properties }) => ({
      eventHour: Math.floor(properties.time / HOUR_MS),
      arrivalHour: Math.floor(properties.updated / HOUR_MS),
      row: {
        quake_id: id,
        network: properties.net,
        event_ts: new Date(properties.time).toISOString(),
        updated_ts: new Date(properties.updated).toISOString(),
        magnitude: properties.mag,
        place: properties.place,
        kind: properties.type,
        status: properties.status,
      },
    }))
    .sort((a, b) => a.row.updated_ts.localeCompare(b.row.updated_ts) || a.row.quake_id.localeCompare(b.row.quake_id));
}

/** Reports by the block of hours in which they came: `[{ until, reports }]`, `until` exclusive, in order. */
export function arrivals(hoursPerArrival) {
  const blocks = new Map();
  for (const report of reports()) {
    const until = (Math.floor(report.arrivalHour / hoursPerArrival) + 1) * hoursPerArrival;
    if (!blocks.has(until)) blocks.set(until, { until, reports: [] });
    blocks.get(until).reports.push(report);
  }
  return [...blocks.values()];
}
