import type { DataFile, Table } from '@psyberg/iceberg';
import { readSchemaOf } from '../engine/read-schema.ts';
import { assert } from '../errors.ts';
import type { Process } from '../process/process.ts';
import type { Project } from '../project.ts';
import type { SessionPlan } from '../session/session-plan.ts';
import { writeTargetOf } from './ensure-target.ts';
import { replacedSpans } from './replaced-files.ts';
import type { TargetFiles } from './target-files.ts';

/**
 * Rewrites the files that hold rows of other intervals beside the session's: without the session's, otherwise unchanged. Carried
 * rows are never in one file with computed ones.
 */
export async function carryRows(
  project: Project,
  process: Process,
  table: Table,
  { mixed }: TargetFiles,
  plan: SessionPlan,
): Promise<readonly DataFile[]> {
  if (mixed.length === 0) return [];
  const except = replacedSpans(process, plan);
  assert(except !== 'all', 'a whole table is replaced, yet a file of it is to be carried');
  const target = writeTargetOf(process, table);
  const result = await (await project.engineFor(process)()).transform({
    sql: 'SELECT * FROM carried',
    relations: [
      {
        names: ['carried'],
        ...readSchemaOf(table.metadata),
        ...(target.time && { time: target.time }),
        parts: [{ files: mixed.map((f) => f.file), except }],
      },
    ],
    parameters: {},
    target,
    grain: process.target.grain,
    outside: 'drop',
    nullTime: 'keep',
  });
  return result.files;
}
