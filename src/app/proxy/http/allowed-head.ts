/** The head of a request that was let through. Build tools send the same headers with every request of a connection. */

/** Headers that make the answer depend on more than the target. */
const conditional = new Set(['range', 'if-range', 'if-match', 'if-none-match', 'if-modified-since', 'if-unmodified-since']);
/** Longer ones are not remembered: no client can fill the memory with them. */
const mostCharacters = 4_096;

/** A request, as Node delivers it. */
export interface HeadOfRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly httpVersionMajor: number;
  readonly httpVersionMinor: number;
  /** Names and values in turn. */
  readonly rawHeaders: readonly string[];
}

export class AllowedHead {
  /** Whether it is a GET of the whole file, whatever state the client knows. */
  readonly isPlain: boolean;
  readonly #method: string | undefined;
  readonly #versionMajor: number;
  readonly #versionMinor: number;
  readonly #rawHeaders: readonly string[];

  constructor({ method, httpVersionMajor, httpVersionMinor, rawHeaders }: HeadOfRequest) {
    this.isPlain = method === 'GET' && !rawHeaders.some((name, index) => index % 2 === 0 && conditional.has(name.toLowerCase()));
    this.#method = method;
    this.#versionMajor = httpVersionMajor;
    this.#versionMinor = httpVersionMinor;
    this.#rawHeaders = rawHeaders;
  }

  /** Whether it is short enough to be remembered. */
  get isShort(): boolean {
    return this.#rawHeaders.reduce((sum, { length }) => sum + length, 0) <= mostCharacters;
  }

  /** Whether another request needs no check of its own: it differs at most in its path, and its target names no server. */
  covers({ method, url, httpVersionMajor, httpVersionMinor, rawHeaders }: HeadOfRequest): boolean {
    if (method !== this.#method || httpVersionMinor !== this.#versionMinor || httpVersionMajor !== this.#versionMajor) return false;
    return url?.startsWith('/') === true && isSame(rawHeaders, this.#rawHeaders);
  }
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index += 1) if (one[index] !== other[index]) return false;
  return true;
}
