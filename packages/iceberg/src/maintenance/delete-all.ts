import type { FileIO } from '../io/file-io.ts';
import { mapConcurrently } from '../scan/map-concurrently.ts';
import { type FailedFile, reasonOf } from './expired-files.ts';

const DELETE_CONCURRENCY = 16;

/** Deletes files that nothing needs; one that cannot be deleted is reported and holds up no other. Reports in the order of the files. */
export async function deleteAll<F extends { readonly location: string }>(
  io: FileIO,
  files: readonly F[],
): Promise<{ readonly deleted: readonly F[]; readonly failed: readonly FailedFile[] }> {
  const reasons = await mapConcurrently(files, DELETE_CONCURRENCY, async ({ location }) => {
    try {
      await io.delete(location);
      return undefined;
    } catch (error) {
      return reasonOf(error);
    }
  });
  return {
    deleted: files.filter((_, n) => reasons[n] === undefined),
    failed: files.flatMap(({ location }, n) => {
      const reason = reasons[n];
      return reason === undefined ? [] : [{ location, reason }];
    }),
  };
}
