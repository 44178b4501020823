import type { Lake } from '../lake.mjs';
import type { Phase } from './events.mjs';

export const HERE: string;
export const WAREHOUSE: string;
export function makeWarehouse(folder?: string): Promise<Lake>;
export function arrive(lake: Lake, phase: Phase): Promise<void>;
