/** Formats a number as `1,234,567`, without the locale of the machine. */
export function formatCount(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}
