/** The ways in which a mirror can misbehave, as the fault matrix names them. */

/** What happens to one request. */
export type Behaviour =
  /** accepts, reads the request, answers nothing */
  | 'hang'
  /** right status and headers, then nothing */
  | 'hang-after-headers'
  /** headers and half of the body, then nothing */
  | 'hang-half-way'
  /** one byte of the body a second */
  | 'trickle'
  /** RST instead of an answer */
  | 'reset'
  /** half of the body, then RST */
  | 'reset-half-way'
  /** right Content-Length, closed half-way */
  | 'truncate'
  /** chunked, closed half-way without the last chunk */
  | 'truncate-chunked'
  /** neither length nor chunks, closed half-way: only a checksum can tell */
  | 'truncate-until-close'
  /** Content-Length, and what is sent, one byte short: to HTTP it looks complete, only a checksum can tell */
  | 'wrong-length'
  /** Content-Length one less than the body that is sent: a client may fail, or take the short body */
  | 'surplus'
  /** captive portal: 200 and an HTML page for everything */
  | 'html'
  /** bytes of the body changed; checksum files right */
  | 'corrupt'
  /** the same, and the checksum files agree with it: a liar, not an accident. `match` must cover both */
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
  /** Content-Encoding gzip, whatever was asked for */
  | 'gzip'
  /** a body without end */
  | 'endless'
  /** that status; Retry-After in seconds, or as a date two seconds ahead */
  | { readonly status: number; readonly retryAfter?: number | 'date' }
  /** 302; the repository path is added where the URL ends in a slash */
  | { readonly redirect: string }
  /** sound, but the headers come so much later */
  | { readonly delayMs: number };

/** A behaviour for everything, or for the repository paths that match; the rest is served soundly. */
export type Fault = Behaviour | { readonly fault: Behaviour; readonly match: RegExp };

/** Faults below HTTP, for the whole port: nobody listens; or a listener whose queue is full, so that no SYN is answered (Linux). */
export type PortFault = 'refuse' | 'black-hole';

/** Decides for each request; `requestIndex` counts all requests to the server from 0. Null: serve soundly. */
export type FaultFunction = (path: string, requestIndex: number) => Fault | null;

/** The behaviour for this path, or null where the fault does not apply. */
export function selectBehaviour(fault: Fault | FaultFunction | null, path: string, requestIndex: number): Behaviour | null {
  const chosen = typeof fault === 'function' ? fault(path, requestIndex) : fault;
  if (chosen === null || typeof chosen === 'string' || !('fault' in chosen)) return chosen;
  return new RegExp(chosen.match.source, chosen.match.flags.replace(/[gy]/g, '')).test(path) ? chosen.fault : null;
}
