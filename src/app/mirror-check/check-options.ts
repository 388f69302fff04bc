/** The options of a check, and how they are read. */
import { randomInt } from 'node:crypto';

import { ClojarsFetchError } from '../../base/error.js';
import { parseRepositoryUrl } from '../../network/mirrors/repository-url.js';
import { maxSeed } from './verdict/sampling.js';

/** Options of {@link checkMirrors} and {@link admitMirror}, besides those of the client. */
export interface MirrorCheckOptions {
  /**
   * URL of the release feed, which names the newest releases. Default: that of Clojars for Clojars, and none for other repositories.
   */
  readonly releaseFeed?: string | undefined;
  /** Draws the same old releases again, from the same index: a whole number from 0 to 999,999,999. Default: a random one. */
  readonly seed?: number | undefined;
  /** A file that keeps the checks of the last 30 days. Default: none. */
  readonly history?: string | undefined;
  /** The result of an audit, whose findings are told for each mirror. Default: none. */
  readonly audit?: string | undefined;
}

/** @throws {ClojarsFetchError} ERR_CONFIG, `bad-value` */
export function readSeed(seed: number | undefined): number {
  if (seed === undefined) return randomInt(maxSeed + 1);
  if (Number.isInteger(seed) && seed >= 0 && seed <= maxSeed) return seed;
  throw new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    message: `options: seed must be a whole number from 0 to ${maxSeed}`,
    setting: 'seed',
  });
}

/** @throws {ClojarsFetchError} ERR_CONFIG, `bad-value` or `insecure-url` */
export function readFeed(releaseFeed: string | undefined, allowHttp: readonly string[]): URL | null {
  if (releaseFeed === undefined) return null;
  const { url } = parseRepositoryUrl(releaseFeed, 'options: releaseFeed', allowHttp);
  // The last part of a feed's path is not a folder.
  url.pathname = url.pathname.replace(/\/$/, '');
  return url;
}
