import type { Lake } from '../lake.mjs';
import type { Phase } from './events.mjs';

export const TARGETS: readonly string[];
export function compareWithFullRecompute(
  lake: Lake,
  state: { readonly phases: readonly Phase[]; readonly cancelsUntil: number; readonly statesUntil: number },
): Promise<
  readonly { readonly target: string; readonly rows: number; readonly missing: number; readonly extra: number }[]
>;
