import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { compareTables } from '../compare-tables.mjs';
import { HERE } from './build.mjs';
import { ARRIVALS, DAY, PLANS, rowsOf, TABLES } from './events.mjs';

export const TARGETS = ['signup_f', 'account_plan_f', 'cancel_f', 'account_state_d'];

/**
 * Compares every target with a full recompute of what has arrived, by `full-recompute.sql`.
 *
 * @param state `phases` that have arrived; the hours (exclusive) up to which cancels and account states are loaded
 * @returns `[{ target, rows, missing, extra }]`
 */
export async function compareWithFullRecompute(lake, { phases, cancelsUntil, statesUntil }) {
  const sources = Object.entries(TABLES).map(([name, { columns }]) => [
    name.split('.')[1],
    { columns, rows: rowsOfTable(name, phases) },
  ]);
  return compareTables(lake, {
    sources: Object.fromEntries(sources),
    sql: await readFile(path.join(HERE, 'full-recompute.sql'), 'utf8'),
    targets: TARGETS,
    variables: { loaded_until: hour(cancelsUntil), states_until: hour(statesUntil) },
  });
}

function rowsOfTable(name, phases) {
  if (name === 'ref.plans') return PLANS;
  return ARRIVALS.filter((arrival) => arrival.table === name && phases.includes(arrival.phase)).flatMap(rowsOf);
}

const hour = (n) => `timestamptz '${DAY} ${String(n).padStart(2, '0')}:00:00Z'`;
