/** Remembers results of a pure function, for the few inputs that come again and again. */
import { RecentMap } from '../../../base/recent-map.js';

/** Wraps a function so that it is not computed twice for the same input. At most `limit` inputs are remembered. */
export function remember<Input, Result>(limit: number, compute: (input: Input) => Result): (input: Input) => Result {
  const results = new RecentMap<Input, Result>(limit);
  return (input) => {
    const known = results.get(input);
    if (known !== undefined) return known;
    const result = compute(input);
    results.set(input, result);
    return result;
  };
}
