/**
 * Waits for all, also if one fails: while the others work, their caller must neither close what they use nor give up the lock under which they
 * write. Then fails as the first of them did.
 */
export async function together<Value>(work: readonly Promise<Value>[]): Promise<readonly Value[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
