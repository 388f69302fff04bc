/** Checks `ProxyOptions` at run time, and keeps apart those of the proxy and those of the client. */
import type { ClientOptions } from '../../local/settings/client-options.js';
import { badValue, flag, integer, object, type Reader, type Shape, text } from '../../local/settings/text/schema.js';
import type { ProxyOptions, RequestEvent } from './proxy-options.js';

/** The options that the client does not know. */
export type OwnOptions = Omit<ProxyOptions, keyof ClientOptions>;

const isListener = (value: unknown): value is (event: RequestEvent) => void => typeof value === 'function';

const readListener: Reader<(event: RequestEvent) => void> = (value, place) => {
  if (isListener(value)) return value;
  throw badValue(place, 'a function', value);
};

const mebibyte = 2 ** 20;

const readers: Shape<OwnOptions> = {
  port: integer(0, 65_535),
  proxyFolder: text('a folder'),
  useLocalRepository: flag,
  cacheMaxBytes: integer(mebibyte, 2 ** 50),
  patienceMs: integer(0, 600_000),
  maxStaleMs: integer(0, Number.MAX_SAFE_INTEGER),
  earlyBytes: flag,
  tls: flag,
  lookAhead: flag,
  downloadLog: text('a folder'),
  onRequest: readListener,
};

const readOwn = object<OwnOptions>(readers, [], 'an object');

export interface SplitOptions {
  readonly own: OwnOptions;
  /** For the client, which checks them itself. The signal is the proxy's: it lets running answers finish. */
  readonly client: ClientOptions;
}

/** @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-value`, naming the option and what is allowed */
export function splitOptions(options: ProxyOptions): SplitOptions {
  const own: Record<string, unknown> = {};
  const client: ProxyOptions = { ...options, signal: undefined };
  for (const [name, value] of Object.entries<unknown>({ ...options })) {
    if (!Object.hasOwn(readers, name)) continue;
    own[name] = value;
    Reflect.deleteProperty(client, name);
  }
  return { own: readOwn(own, { source: 'options', key: '' }), client };
}
