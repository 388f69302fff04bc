/** Remembers results of a pure function, for the few inputs that come again and again. */

/**
 * Wraps a function so that it is not computed twice for the same input. When `limit` inputs are remembered, all are forgotten: for hot
 * inputs that is as good as an order by use, and cheaper.
 */
export function remember<Input, Result>(limit: number, compute: (input: Input) => Result): (input: Input) => Result {
  const results = new Map<Input, Result>();
  return (input) => {
    const known = results.get(input);
    if (known !== undefined) return known;
    const result = compute(input);
    if (results.size >= limit) results.clear();
    results.set(input, result);
    return result;
  };
}
