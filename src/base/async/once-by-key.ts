/** Does work once per key: later callers get the promise of the first. */
export class OnceByKey<Key, Value> {
  readonly #promises = new Map<Key, Promise<Value>>();
  readonly #keepFailures: boolean;

  /** @param options.keepFailures answer with the same rejection again. Default: false, so the next call tries again. */
  constructor(options: { readonly keepFailures?: boolean | undefined } = {}) {
    this.#keepFailures = options.keepFailures === true;
  }

  /** How many keys are remembered. */
  get size(): number {
    return this.#promises.size;
  }

  has(key: Key): boolean {
    return this.#promises.has(key);
  }

  /** The remembered promise, or the one that `create` returns. A rejection counts as handled even if no caller awaits it. */
  get(key: Key, create: () => Promise<Value>): Promise<Value> {
    const known = this.#promises.get(key);
    if (known !== undefined) return known;
    const promise = create();
    this.#promises.set(key, promise);
    promise.catch(
      this.#keepFailures
        ? ignore
        : () => {
            if (this.#promises.get(key) === promise) this.#promises.delete(key);
          },
    );
    return promise;
  }

  /** Makes the next call for this key do the work again. */
  forget(key: Key): void {
    this.#promises.delete(key);
  }
}

function ignore(): void {
  // The callers that await the promise see the rejection.
}
