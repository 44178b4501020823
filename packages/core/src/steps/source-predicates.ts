import { currentSchema, fieldByName, openTable } from '@psyberg/iceberg';
import { predicatesOf, type SourcePredicate } from '../plan/predicates.ts';
import type { SqlDialect } from '../plan/time-where.ts';
import { changesSourcesOf, type ProcessName } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { SessionPlan } from '../session/session-plan.ts';

/**
 * What a planned session reads of its sources, as WHERE clauses for a user's own job. Reads the schemas of the sources, for the types of
 * their time columns; writes nothing.
 *
 * @throws {UsageError} a part of a split session reads a source by landing time, which no column tells
 */
export async function sourcePredicates(
  project: Project,
  name: ProcessName,
  plan: SessionPlan,
  dialect: SqlDialect,
): Promise<readonly SourcePredicate[]> {
  const process = project.process(name);
  const types = new Map<unknown, ReturnType<typeof fieldByName>>();
  for (const source of plan.outcome === 'work' ? changesSourcesOf(process) : []) {
    if (source.time?.kind !== 'column') continue;
    const { metadata } = await openTable(project.catalog, source.table);
    types.set(source, fieldByName(currentSchema(metadata), source.time.column));
  }
  return predicatesOf(process, plan, (source) => types.get(source)?.type.kind, dialect);
}
