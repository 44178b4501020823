import type { Lake } from '../../examples/lake.mjs';

export type Phase = 'loaded' | 'late';
export type Differences = Readonly<Record<string, { readonly missing: number; readonly extra: number }>>;

export interface Oracle {
  compare(lake: Lake, phases: readonly Phase[]): Promise<Differences>;
  close(): void;
}

export const TARGETS: readonly string[];
export function makeFixture(folder: string): Promise<Lake>;
export function arrive(lake: Lake, phase: Phase): Promise<void>;
export function openOracle(): Promise<Oracle>;
