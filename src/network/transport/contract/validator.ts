/** Validators of a body (RFC 9110 section 8.8): with one, a later request asks for the body only if it has changed since. */
import { parseHttpDate } from './retry-after.js';

/** An entity tag, or the date of the last change if the server gives no tag. */
export interface Validator {
  readonly kind: 'etag' | 'date';
  /** As the server sent it. */
  readonly value: string;
}

const entityTag = /^(?:W\/)?"[!#-~]{0,200}"$/;
const httpDate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
/** A file may change twice within the second that its date names, and again within the difference of two clocks. */
const settledMs = 60_000;

/**
 * Returns the validator of an answer, from its headers by lower-case name; null if it has none that a request may repeat.
 * @param nowMs epoch milliseconds
 */
export function validatorOf(headers: Readonly<Record<string, string>>, nowMs: number): Validator | null {
  const { etag, date } = headers;
  if (etag !== undefined && entityTag.test(etag)) return { kind: 'etag', value: etag };
  const changed = headers['last-modified'];
  if (changed === undefined || date === undefined || !httpDate.test(changed)) return null;
  const changedMs = parseHttpDate(changed, nowMs);
  const sentMs = parseHttpDate(date, nowMs);
  return changedMs === null || sentMs === null || sentMs - changedMs < settledMs ? null : { kind: 'date', value: changed };
}

/**
 * Returns when the file of an answer was last changed, by its Last-Modified, in epoch milliseconds. A date in the future becomes `nowMs` (section 8.8.2.1). Null
 * if the header is missing or invalid, or is the zero of a clock, which servers send for files without a date.
 */
export function lastModifiedOf(headers: Readonly<Record<string, string>>, nowMs: number): number | null {
  const text = headers['last-modified'];
  const changedMs = text === undefined ? null : parseHttpDate(text.trim(), nowMs);
  return changedMs === null || changedMs <= 0 ? null : Math.min(changedMs, nowMs);
}

/** Whether a value that was read from a file is a validator: its text becomes a header. */
export function isValidator(value: unknown): value is Validator {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, value: text }: Partial<Record<keyof Validator, unknown>> = value;
  if (typeof text !== 'string') return false;
  return kind === 'etag' ? entityTag.test(text) : kind === 'date' && httpDate.test(text);
}
