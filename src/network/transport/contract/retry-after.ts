/** Reads Retry-After, RFC 9110 section 10.2.3: a number of seconds or an HTTP date. */

/** The longest wait a server may ask for: 30 minutes. */
export const retryAfterMaxMs = 30 * 60_000;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const imfFixdate = /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/;
const rfc850Date = /^[A-Z][a-z]{5,8}, (\d{2})-([A-Z][a-z]{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2}) GMT$/;
const asctimeDate = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d{2}):(\d{2}):(\d{2}) (\d{4})$/;

/**
 * Returns the milliseconds to wait from `nowMs` (epoch milliseconds), from 0 to {@link retryAfterMaxMs}. Null if the header
 * is missing or invalid.
 */
export function parseRetryAfter(text: string | null | undefined, nowMs: number): number | null {
  const value = text?.trim() ?? '';
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1000, retryAfterMaxMs);
  const date = parseHttpDate(value, nowMs);
  return date === null ? null : Math.min(Math.max(0, date - nowMs), retryAfterMaxMs);
}

/**
 * Reads an HTTP date in any of its three forms (RFC 9110 section 5.6.7) as epoch milliseconds; null for any other text.
 * `Date.parse` accepts far more, and takes a date without a zone for local time.
 */
export function parseHttpDate(text: string, nowMs: number): number | null {
  const fixdate = imfFixdate.exec(text);
  if (fixdate) return utc(fixdate[3], fixdate[2], fixdate[1], fixdate[4], fixdate[5], fixdate[6]);
  const asctime = asctimeDate.exec(text);
  if (asctime) return utc(asctime[6], asctime[1], asctime[2], asctime[3], asctime[4], asctime[5]);
  const rfc850 = rfc850Date.exec(text);
  if (!rfc850) return null;
  // A two-digit year more than 50 years ahead is the one with the same last digits in the past.
  const thisYear = new Date(nowMs).getUTCFullYear();
  let year = Math.floor(thisYear / 100) * 100 + Number(rfc850[3]);
  if (year > thisYear + 50) year -= 100;
  return utc(String(year), rfc850[2], rfc850[1], rfc850[4], rfc850[5], rfc850[6]);
}

function utc(year?: string, month?: string, day?: string, hour?: string, minute?: string, second?: string): number | null {
  const monthIndex = months.indexOf(month ?? '');
  if (monthIndex < 0) return null;
  const [y, d, h, m, s] = [Number(year), Number(day), Number(hour), Number(minute), Number(second)];
  if (h > 23 || m > 59 || s > 60) return null; // 60 is a leap second
  const ms = Date.UTC(y, monthIndex, d, h, m, s);
  // 31 February, which is not a date, rolls over into March.
  return new Date(Date.UTC(y, monthIndex, d)).getUTCDate() === d ? ms : null;
}
