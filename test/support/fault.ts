/** The ways in which a mirror can misbehave, as the fault matrix names them. */

/** The effect on one request. */
export type Behaviour =
  /** accepts, reads the request, and sends nothing */
  | 'hang'
  /** right status and headers, then nothing */
  | 'hang-after-headers'
  /** headers and half of the body, then nothing */
  | 'hang-half-way'
  /** one byte of the body per second */
  | 'trickle'
  /** RST instead of a response */
  | 'reset'
  /** half of the body, then RST */
  | 'reset-half-way'
  /** right Content-Length, closed half-way */
  | 'truncate'
  /** chunked, closed half-way without the last chunk */
  | 'truncate-chunked'
  /** neither length nor chunks, closed half-way: only a checksum can tell */
  | 'truncate-until-close'
  /** Content-Length and body both one byte short: it looks complete to HTTP, and only a checksum can tell */
  | 'wrong-length'
  /** Content-Length one less than the body: a client may fail, or take the short body */
  | 'surplus'
  /** captive portal: 200 and an HTML page for everything */
  | 'html'
  /** bytes of the body changed; checksum files right */
  | 'corrupt'
  /** the same, with matching checksum files: a liar, not an accident. `match` must cover both */
  | 'corrupt-with-checksums'
  /** only the checksum files are wrong */
  | 'corrupt-checksum'
  /** `<hex>  <file name>` in checksum files, as sha1sum writes them */
  | 'checksum-with-name'
  | 'checksum-upper-case'
  /** 302 to itself */
  | 'redirect-loop'
  /** 302 to plain http on a name that does not exist */
  | 'redirect-http'
  /** Content-Encoding gzip, whatever was requested */
  | 'gzip'
  /** an endless body */
  | 'endless'
  /** that status; Retry-After in seconds, or as a date two seconds ahead */
  | { readonly status: number; readonly retryAfter?: number | Date }
  /** 302; the repository path is added if the URL ends in a slash */
  | { readonly redirect: string }
  /** sound, but the headers come later by this time */
  | { readonly delayMs: number };

/** A behaviour for everything, or for the matching repository paths; the rest is served soundly. */
export type Fault = Behaviour | { readonly fault: Behaviour; readonly match: RegExp };

/** Faults below HTTP, for the whole port: no listener; or a listener whose queue is full, so that no SYN is answered (Linux). */
export type PortFault = 'refuse' | 'black-hole';

/** Decides for each request; `requestIndex` counts all requests to the server from 0. Null: serve soundly. */
export type FaultFunction = (path: string, requestIndex: number) => Fault | null;

/** The behaviour for this path, or null if the fault does not apply. */
export function selectBehaviour(fault: Fault | FaultFunction | null, path: string, requestIndex: number): Behaviour | null {
  const chosen = typeof fault === 'function' ? fault(path, requestIndex) : fault;
  if (chosen === null || typeof chosen === 'string' || !('fault' in chosen)) return chosen;
  return new RegExp(chosen.match.source, chosen.match.flags.replace(/[gy]/g, '')).test(path) ? chosen.fault : null;
}
