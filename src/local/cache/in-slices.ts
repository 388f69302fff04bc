/** The work goes on this long before requests are answered again. */
const sliceMs = 4;

/** Does the work for each item, and lets requests be answered in between. */
export async function inSlices<Item>(items: readonly Item[], work: (item: Item) => void): Promise<void> {
  let startedMs = performance.now();
  for (const item of items) {
    work(item);
    if (performance.now() - startedMs < sliceMs) continue;
    await new Promise((resolve) => setImmediate(resolve));
    startedMs = performance.now();
  }
}
