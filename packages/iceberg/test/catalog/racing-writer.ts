/** A process of its own that increments a table property and a namespace property: URI WAREHOUSE DRIVER TIMES. */
import { SqlCatalog } from '../../src/catalog/sql-catalog.ts';
import type { SqliteDriverName } from '../../src/catalog/sqlite-driver.ts';
import { CommitConflictError } from '../../src/errors.ts';

const [uri, warehouse, driver, times] = process.argv.slice(2) as [string, string, SqliteDriverName, string];
const catalog = await SqlCatalog.open({ uri, warehouse, driver });
const identifier = { namespace: ['ns'], name: 't' };
const increased = (value: string | undefined): string => String(Number(value ?? 0) + 1);

let lostRaces = 0;
for (let done = 0; done < Number(times); ) {
  const base = await catalog.loadTable(identifier);
  const counter = increased(base.metadata.properties.counter);
  try {
    await catalog.commitTable(base, [], [{ action: 'set-properties', updates: { counter } }]);
    done++;
  } catch (error) {
    if (!(error instanceof CommitConflictError)) throw error;
    lostRaces++;
  }
}
for (let done = 0; done < Number(times); ) {
  const { counter } = await catalog.namespaceProperties(['ns']);
  if (await catalog.compareAndSetNamespaceProperty(['ns'], 'counter', counter, increased(counter))) done++;
}
await catalog.close();
process.stdout.write(String(lostRaces));
