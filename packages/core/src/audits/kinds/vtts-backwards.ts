import type { Snapshot } from '@psyberg/iceberg';
import { vttsOfSnapshot } from '../../signals/declared-completeness.ts';
import { formatInstantShort, type Instant, toInstant } from '../../time/instant.ts';
import type { ChangedTable } from '../audit-context.ts';
import type { MetadataAudit } from '../audit-kind.ts';
import { type Finding, findingsOutcome, type Of, readSource, tableNames, tablesOf } from '../changed-tables.ts';

/**
 * How far a source declares itself complete (its valid-through timestamp) never goes back, from snapshot to snapshot and from
 * session to session: a producer that takes a promise back has restarted or was misconfigured. From metadata alone.
 */
export const vttsBackwards: MetadataAudit<{ readonly of: Of }> = {
  kind: 'vtts_backwards',
  parameters: ['source'],
  read: (reader) => ({ of: readSource(reader) }),
  ofSources: () => true,
  async judge(context, { of }, history) {
    const tables = await tablesOf(context, of);
    const [before] = await history();
    const found: Finding[] = [];
    const observedBy: Record<string, number> = {};
    for (const table of tables) {
      found.push(...(await stepsBack(table, instantOf(before?.observedBy?.[table.name]))));
      const until = declaredUntil(table);
      if (until !== undefined) observedBy[table.name] = Number(until / 1000n);
    }
    return findingsOutcome(
      found,
      `the valid-through timestamp of ${tableNames(tables)} did not go back`,
      () =>
        `the valid-through timestamp of ${found[0]!.row.table} went back from ${found[0]!.row.from} to ${found[0]!.row.to}`,
      { observedBy, expected: 'never earlier than before' },
    );
  },
};

/** Kept in milliseconds, which a number holds exactly. */
const instantOf = (ms: number | undefined): Instant | undefined =>
  ms === undefined ? undefined : toInstant(BigInt(ms) * 1000n);

function declaredUntil({ planned }: ChangedTable): Instant | undefined {
  return planned?.basis === 'declared' ? planned.completeUntil : undefined;
}

async function stepsBack(table: ChangedTable, before: Instant | undefined): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  let reached = before;
  const step = (until: Instant | undefined, snapshot: Snapshot | undefined): void => {
    if (until === undefined) return;
    if (reached !== undefined && until < toInstant((reached / 1000n) * 1000n)) {
      const by = snapshot === undefined ? 'a property' : String(snapshot.snapshotId);
      found.push({
        row: { table: table.name, from: formatInstantShort(reached), to: formatInstantShort(until), by },
        failingRows: 0,
      });
    }
    reached = until;
  };
  for (const { snapshot } of await table.changes()) step(vttsOfSnapshot(snapshot), snapshot);
  const now = declaredUntil(table);
  if (now !== reached) step(now, undefined);
  return found;
}
