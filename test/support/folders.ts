import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';

/**
 * Where tests put their warehouses: in memory where the system offers it. The files are made durable as any others, and a disk takes
 * its time for that; what a killed process had written is there all the same.
 */
export const FOLDERS = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
