/**
 * As `Promise.all(items.map(step))`, with at most `limit` steps under way at once. Results stand in the order of the items.
 * The first failure is thrown; no further step is started after it.
 */
export async function mapConcurrently<In, Out>(
  items: readonly In[],
  limit: number,
  step: (item: In) => Promise<Out>,
): Promise<Out[]> {
  const results = new Array<Out>(items.length);
  let next = 0;
  let failed = false;
  const work = async (): Promise<void> => {
    while (!failed && next < items.length) {
      const position = next++;
      try {
        results[position] = await step(items[position]!);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work));
  return results;
}
