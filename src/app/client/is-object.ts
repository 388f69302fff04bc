/** Whether a value of a JSON document is an object; its members are checked by the caller. */
export function isObject<T>(value: unknown): value is Readonly<Record<string, T>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
