/**
 * As `Promise.all(items.map(step))`, with at most `limit` steps under way at once. Results stand in the order of the items.
 * The first failure is thrown, but only when the steps under way have ended too, so that whoever cleans up after them can;
 * no further step is started.
 */
export async function mapConcurrently<In, Out>(
  items: readonly In[],
  limit: number,
  step: (item: In) => Promise<Out>,
): Promise<Out[]> {
  const results = new Array<Out>(items.length);
  const failures: unknown[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (failures.length === 0 && next < items.length) {
      const position = next++;
      try {
        results[position] = await step(items[position]!);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work));
  if (failures.length > 0) throw failures[0];
  return results;
}
