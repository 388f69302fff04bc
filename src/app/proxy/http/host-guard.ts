/**
 * Refuses requests that are not meant for this proxy: of web pages, through a name that was rebound to this machine, for other servers
 * (it is not an open proxy), and of itself.
 */
import type { RequestHeaders } from './precondition.js';
import { loopHint, type Problem } from './problem.js';

/** How the proxy may be addressed. */
export interface OwnAddress {
  readonly port: number;
  /** Whether it speaks TLS. */
  readonly secure: boolean;
  /** Further hosts that a Host header may name, with a port or, for any port, without one: those of a web server in front of the proxy. */
  readonly hosts: readonly string[];
  /** The name that this proxy gives itself in the Via header of its own requests: not shared with any other proxy. */
  readonly viaToken: string;
}

/** A request, as the parser delivers it. */
export interface GuardedRequest {
  readonly method: string;
  readonly target: string;
  readonly httpVersionMajor: number;
  readonly httpVersionMinor: number;
  readonly headers: RequestHeaders;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
}

/** `target` is in origin form, whatever form it came in. */
export type GuardVerdict =
  | { readonly kind: 'allowed'; readonly method: 'GET' | 'HEAD'; readonly target: string }
  | { readonly kind: 'refused'; readonly problem: Problem };

/** More headers than any client sends. The parser reads a few more, so that none is dropped in silence. */
export const maxHeaders = 200;

/** Every proxy between two others adds an element: a longer chain is a circle. */
const maxViaElements = 16;

/** Decides whether a request may be handled. */
export class HostGuard {
  readonly #own: OwnAddress;
  readonly #authorities: ReadonlySet<string>;
  readonly #anyPort: ReadonlySet<string>;

  constructor(own: OwnAddress) {
    this.#own = own;
    const names = ['127.0.0.1', 'localhost', '[::1]'];
    const isDefaultPort = own.port === (own.secure ? 443 : 80);
    const configured = own.hosts.map((host) => host.toLowerCase());
    this.#authorities = new Set([...names.map((name) => `${name}:${own.port}`), ...(isDefaultPort ? names : []), ...configured]);
    this.#anyPort = new Set(configured.filter((host) => withoutPort(host) === host));
  }

  check(request: GuardedRequest): GuardVerdict {
    const target = this.#originForm(request.target);
    if (target === null) return refused(hostProblem(`the request is for ${kindOfTarget(request.target)}`));
    const problem = this.#checkHeaders(request) ?? checkMethod(request);
    if (problem !== null) return refused(problem);
    return { kind: 'allowed', method: request.method === 'HEAD' ? 'HEAD' : 'GET', target };
  }

  #checkHeaders({ headers, rawHeaders, httpVersionMajor, httpVersionMinor }: GuardedRequest): Problem | null {
    if (rawHeaders.length > 2 * maxHeaders) {
      return { status: 431, code: 'ERR_REQUEST', reason: 'headers', detail: `the request has more than ${maxHeaders} headers` };
    }
    const host = text(headers['host']);
    if (host === undefined) {
      if (httpVersionMajor > 1 || httpVersionMinor > 0) return malformed('the request has no Host header');
    } else if (!this.#isOurs(host)) return hostProblem(`the Host header names ${host === '' ? 'no host' : 'another host'}`);
    else if (hasTwo(rawHeaders, 'host')) return malformed('the request has two Host headers');
    return this.#checkOrigin(headers) ?? this.#checkVia(headers);
  }

  /** Returns the path and query of a target; null if it is for another server. */
  #originForm(target: string): string | null {
    if (target.startsWith('/')) return target;
    const [, authority, path] = /^https?:\/\/([^/?#]*)(.*)$/is.exec(target) ?? [];
    if (authority === undefined || path === undefined || !this.#isOurs(authority)) return null;
    return path.startsWith('/') ? path : `/${path}`;
  }

  #isOurs(authority: string): boolean {
    if (this.#authorities.has(authority)) return true;
    const lower = authority.toLowerCase();
    return this.#authorities.has(lower) || this.#anyPort.has(withoutPort(lower));
  }

  /** A browser names the origin of a page with every request that could change something, and says of the others that they come from a page. */
  #checkOrigin(headers: RequestHeaders): Problem | null {
    const origin = text(headers['origin']);
    if (origin !== undefined && !this.#isOurs(/^https?:\/\/([^/]+)$/i.exec(origin)?.[1] ?? '')) return originProblem();
    const site = text(headers['sec-fetch-site']);
    if (site === undefined || site === 'same-origin' || site === 'none') return null;
    // A person may follow a link to a listing.
    return text(headers['sec-fetch-mode']) === 'navigate' && text(headers['sec-fetch-dest']) === 'document' ? null : originProblem();
  }

  #checkVia(headers: RequestHeaders): Problem | null {
    const via = text(headers['via']);
    if (via === undefined) return null;
    const elements = via.split(',');
    const isLoop = elements.length > maxViaElements || elements.some((element) => element.trim().split(/[ \t]+/)[1] === this.#own.viaToken);
    if (!isLoop) return null;
    return {
      status: 508,
      code: 'ERR_REQUEST',
      reason: 'loop',
      detail: 'the request comes from this proxy itself: one of its mirrors is the proxy',
      hint: loopHint,
    };
  }
}

function checkMethod({ method, headers }: GuardedRequest): Problem | null {
  if (method !== 'GET' && method !== 'HEAD') {
    return {
      status: 405,
      code: 'ERR_REQUEST',
      reason: 'method',
      detail: 'only GET and HEAD are answered',
      hint: 'Deploy to the repository itself, not to the proxy.',
    };
  }
  if (!hasBody(headers)) return null;
  return { status: 400, code: 'ERR_REQUEST', reason: 'body', detail: `a ${method} request must not have a body` };
}

/** Whether a request announces a body. */
function hasBody(headers: RequestHeaders): boolean {
  const length = headers['content-length'];
  return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

function withoutPort(host: string): string {
  return host.replace(/:[0-9]{1,5}$/, '');
}

function hasTwo(rawHeaders: readonly string[], name: string): boolean {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const candidate = rawHeaders[index];
    if (candidate?.length === name.length && candidate.toLowerCase() === name) count += 1;
  }
  return count > 1;
}

function text(header: RequestHeaders[string]): string | undefined {
  return typeof header === 'string' || header === undefined ? header : header.join(', ');
}

/** Says what a foreign target is. It is not repeated: it may hold credentials. */
function kindOfTarget(target: string): string {
  return target === '*' ? 'no path' : 'another server';
}

function hostProblem(detail: string): Problem {
  return {
    status: 421,
    code: 'ERR_REQUEST',
    reason: 'host',
    detail,
    hint: 'Use the address that the proxy printed. It answers for itself alone, and is not a proxy in the sense of http_proxy.',
  };
}

function originProblem(): Problem {
  return { status: 403, code: 'ERR_REQUEST', reason: 'origin', detail: 'the request comes from a web page of another site' };
}

function malformed(detail: string): Problem {
  return { status: 400, code: 'ERR_REQUEST', reason: 'malformed', detail };
}

function refused(problem: Problem): GuardVerdict {
  return { kind: 'refused', problem };
}
