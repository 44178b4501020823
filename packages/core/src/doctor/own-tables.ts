import { headOf, NoSuchTableError, openTable, parseIdentifier } from '@psyberg/iceberg';
import type { Project } from '../project.ts';
import type { DoctorFinding, DoctorReport } from '../reports.ts';
import { finding } from './finding.ts';

/** Ours keep themselves below these; above, something stops them from it. */
const SNAPSHOTS_MAX = 5_000;
const METADATA_BYTES_MAX = 20_000_000;

/** How large our own tables have become, from their metadata. A table that is not made yet is left out. */
export async function ownTables(
  project: Project,
): Promise<{ readonly tables: DoctorReport['tables']; readonly findings: readonly DoctorFinding[] }> {
  const tables: DoctorReport['tables'][number][] = [];
  for (const name of Object.values(project.tableNames)) {
    try {
      const table = await openTable(project.catalog, parseIdentifier(name));
      const summary = headOf(table.metadata)?.summary ?? {};
      tables.push({
        table: name,
        snapshots: table.metadata.snapshots.length,
        files: Number(summary['total-data-files'] ?? 0),
        rows: Number(summary['total-records'] ?? 0),
        metadataBytes: await table.io.size(table.metadataLocation),
      });
    } catch (error) {
      if (!(error instanceof NoSuchTableError)) throw error;
    }
  }
  const large = tables.filter((t) => t.snapshots > SNAPSHOTS_MAX || t.metadataBytes > METADATA_BYTES_MAX);
  const findings = large.map(({ table, snapshots, metadataBytes }) =>
    finding(
      'warning',
      'own-tables',
      table,
      `${table} lists ${snapshots} snapshots, and its metadata file has ${Math.round(metadataBytes / 1e6)} MB: every run reads it. Runs expire what is older than a day by themselves; see whether gc.enabled forbids it, or whether their last commits failed.`,
    ),
  );
  return { tables, findings };
}
