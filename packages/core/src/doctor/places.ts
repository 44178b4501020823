import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { localPath, schemeOf } from '@psyberg/iceberg';
import type { LoadedConfig } from '../config/index.ts';
import type { DoctorFinding } from '../reports.ts';
import { finding, messageOf } from './finding.ts';

/** Less than this is soon full. */
const FREE_BYTES_MIN = 1_000_000_000;

/** Whether this user may write where a run writes, and whether there is room. Writes nothing itself; what is not local is not looked at. */
export async function placeFindings({ catalog, engine, engines }: LoadedConfig): Promise<readonly DoctorFinding[]> {
  const places = new Map<string, string>();
  if (catalog.type === 'sql') {
    const database = catalog.uri.replace(/^sqlite:/, '');
    // SQLite keeps its journal beside the database.
    places.set(database, 'the catalog').set(dirname(database), "the catalog's folder");
    const scheme = schemeOf(catalog.warehouse);
    if (scheme === undefined || scheme === 'file') places.set(localPath(catalog.warehouse), 'the warehouse');
  }
  for (const { tempDirectory } of [engine, ...engines.values()])
    places.set(tempDirectory ?? tmpdir(), "the engine's folder for temporary files");
  const findings: DoctorFinding[] = [];
  for (const [place, name] of places) findings.push(...(await lookAt(place, name)));
  return findings;
}

async function lookAt(place: string, name: string): Promise<readonly DoctorFinding[]> {
  try {
    await access(place, constants.R_OK | constants.W_OK);
    const { bavail, bsize } = await statfs(place);
    const free = bavail * bsize;
    if (free >= FREE_BYTES_MIN) return [];
    const message = `Only ${Math.floor(free / 1e6)} MB are free where ${name} is. A run that finds no room publishes nothing, and leaves files for psyberg clean.`;
    return [finding('warning', 'rights', place, message)];
  } catch (error) {
    // DuckDB makes its folder itself.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && name.startsWith('the engine')) return [];
    return [finding('error', 'rights', place, `This user cannot write ${name}: ${messageOf(error)}.`)];
  }
}
