import { UsageError } from '../errors.ts';
import type { Process } from '../process/process.ts';

/** The text of the transform for an engine. @throws {UsageError} there is none, or the user's own job writes */
export function sqlOf(process: Process, engine: string): string {
  if (process.transform.kind !== 'sql') {
    throw new UsageError(
      `${process.name} has no SQL: its transform is ${process.transform.kind === 'external' ? 'external' : 'a command'}, the user's own ` +
        'job. Run it by its steps: init, your job, audit, publish, commit. Nothing was begun.',
      { next: [`psyberg init --process ${process.name} --session ID --json`] },
    );
  }
  const sql = process.transform.sqlByEngine[engine] ?? process.transform.sqlByEngine['*'];
  if (sql !== undefined) return sql;
  throw new UsageError(
    `${process.name} has SQL for ${Object.keys(process.transform.sqlByEngine).join(', ')}, but not for engine ${engine}. Nothing was begun.`,
  );
}
