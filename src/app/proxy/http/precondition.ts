/** Evaluates the conditions of a request in the order of RFC 9110 section 13.2.2. */
import { parseHttpDate } from '../../../network/transport/contract/retry-after.js';

/** Headers of a request, as Node collects them: names in lower case. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The properties of a file that conditions are compared with. */
export interface Validators {
  /** A strong entity tag, with its quotes. */
  readonly etag: string;
  /** Epoch milliseconds; null if it is not known when the file changed. */
  readonly lastModifiedMs: number | null;
  /** Whether the file can never change again, so that its date is as good as a strong validator. */
  readonly immutable: boolean;
}

/** `failed`: 412. `not-modified`: 304. */
export type PreconditionVerdict = 'proceed' | 'failed' | 'not-modified';

/** Evaluates steps 1 to 4 for a GET or HEAD of a file that exists. Step 5, If-Range, is {@link isRangeAllowed}. */
export function checkPreconditions(headers: RequestHeaders, file: Validators): PreconditionVerdict {
  const ifMatch = single(headers['if-match']);
  if (ifMatch !== undefined) {
    if (!isAnyTag(ifMatch) && !hasTag(ifMatch, file.etag, 'strong')) return 'failed';
  } else if (isModifiedSince(headers['if-unmodified-since'], file) === true) return 'failed';

  const ifNoneMatch = single(headers['if-none-match']);
  if (ifNoneMatch !== undefined) return isAnyTag(ifNoneMatch) || hasTag(ifNoneMatch, file.etag, 'weak') ? 'not-modified' : 'proceed';
  return isModifiedSince(headers['if-modified-since'], file) === false ? 'not-modified' : 'proceed';
}

/** Whether a Range header counts: there is no If-Range, or it names exactly this version of the file. */
export function isRangeAllowed(headers: RequestHeaders, file: Validators): boolean {
  const ifRange = single(headers['if-range']);
  if (ifRange === undefined) return true;
  if (/^(?:W\/)?"/.test(ifRange)) return ifRange === file.etag;
  // A date that is not a strong validator never matches (section 13.1.5): a file that may change could do so twice in a second.
  if (file.lastModifiedMs === null || !file.immutable) return false;
  return parseHttpDate(ifRange, file.lastModifiedMs) === wholeSeconds(file.lastModifiedMs);
}

/** Whether the file changed after the date; null if the header is missing or invalid, or the file has no date: the condition is ignored. */
function isModifiedSince(header: RequestHeaders[string], { lastModifiedMs }: Validators): boolean | null {
  const text = single(header);
  if (text === undefined || lastModifiedMs === null) return null;
  const date = parseHttpDate(text.trim(), lastModifiedMs);
  return date === null ? null : wholeSeconds(lastModifiedMs) > date;
}

/** HTTP dates have no fractions. */
function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000;
}

/** Node joins repeated headers, except for a few, whose type it leaves open. */
function single(header: RequestHeaders[string]): string | undefined {
  return typeof header === 'string' ? header.trim() : header?.join(', ').trim();
}

function isAnyTag(list: string): boolean {
  return list === '*';
}

/** Whether a list of entity tags has this strong tag. Reading stops at the first error in the list; time is linear in its length. */
function hasTag(list: string, etag: string, comparison: 'strong' | 'weak'): boolean {
  if (list === etag) return true;
  const element = /[ \t]*(?:(W\/)?("[\x21\x23-\x7e\x80-\xff]*")[ \t]*)?(?:,|$)/y;
  while (element.lastIndex < list.length) {
    const match = element.exec(list);
    if (match === null) return false;
    if (match[2] === etag && (comparison === 'weak' || match[1] === undefined)) return true;
  }
  return false;
}
