/** Applies `change` to a value, unless the value is missing. */
export function mapDefined<T, U>(value: T | null | undefined, change: (value: T) => U): U | undefined {
  return value === null || value === undefined ? undefined : change(value);
}
