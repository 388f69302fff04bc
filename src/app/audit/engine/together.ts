/** Waits for all, also if one fails: what the others still use must not be closed beneath them. Then fails as the first one did. */
export async function together<Value>(work: readonly Promise<Value>[]): Promise<readonly Value[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
