import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { appendRows, createTable, makeLake } from '../lake.mjs';
import { ARRIVALS, PLANS, rowsOf, TABLES } from './events.mjs';

export const HERE = path.dirname(fileURLToPath(import.meta.url));
export const WAREHOUSE = path.join(HERE, 'warehouse');

/** A new warehouse with the raw tables, empty but for the price list. The caller closes it. */
export async function makeWarehouse(folder = WAREHOUSE) {
  const lake = await makeLake(folder);
  for (const [table, { columns, hour }] of Object.entries(TABLES)) {
    await createTable(lake, table, columns, hour && { column: hour, transform: 'hour' });
  }
  await appendRows(lake, 'ref.plans', PLANS);
  return lake;
}

/** Lets a phase of the story arrive (`loaded`, `late` or `missing`), one commit per item. */
export async function arrive(lake, phase) {
  for (const arrival of ARRIVALS.filter((item) => item.phase === phase)) {
    await appendRows(lake, arrival.table, rowsOf(arrival));
  }
}
