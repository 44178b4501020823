/** Waits for all, so that nothing is still being written when the first failure is told. */
export async function everyOne(promises: readonly Promise<unknown>[]): Promise<void> {
  for (const result of await Promise.allSettled(promises)) {
    if (result.status === 'rejected') throw result.reason;
  }
}
