import type { FileIO } from '../io/file-io.ts';
import { mapConcurrently } from '../scan/map-concurrently.ts';
import { type FailedFile, reasonOf } from './expired-files.ts';

const DELETE_CONCURRENCY = 16;

/** Deletes files that nothing needs; one that cannot be deleted is reported and holds up no other. */
export async function deleteAll<F extends { readonly location: string }>(
  io: FileIO,
  files: readonly F[],
): Promise<{ readonly deleted: readonly F[]; readonly failed: readonly FailedFile[] }> {
  const deleted: F[] = [];
  const failed: FailedFile[] = [];
  await mapConcurrently(files, DELETE_CONCURRENCY, async (file) => {
    try {
      await io.delete(file.location);
      deleted.push(file);
    } catch (error) {
      failed.push({ location: file.location, reason: reasonOf(error) });
    }
  });
  return { deleted, failed };
}
