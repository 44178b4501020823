import type { RawRow } from '../lake.mjs';

export type Phase = 'loaded' | 'late' | 'missing';
export type RawTable = 'raw.signups' | 'raw.plan_changes' | 'raw.cancels' | 'raw.cancel_requests';

export interface Arrival {
  readonly phase: Phase;
  readonly table: RawTable;
  readonly hour: number;
  readonly lateHour?: number;
}

export const DAY: string;
export const HOURS: number;
export const TABLES: Readonly<
  Record<RawTable | 'ref.plans', { readonly columns: Readonly<Record<string, string>>; readonly hour?: string }>
>;
export const PLANS: readonly RawRow[];
export const ARRIVALS: readonly Arrival[];
export function rowsOf(arrival: Arrival): readonly RawRow[];
