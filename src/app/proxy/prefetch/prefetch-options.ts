/** Options and result of a prefetch: types of the public API. */
import type { ProjectReadOptions } from '../../project/options.js';
import type { ProxyOptions } from '../proxy-options.js';

/** Options of a proxy, and of how project files are read. `port`, `tls` and the others that are about serving have no effect. */
export interface PrefetchOptions extends ProxyOptions, Pick<ProjectReadOptions, 'profiles' | 'aliases' | 'clojure'> {
  /** Also fetch the plugins that the build tool itself loads. Default: true. */
  readonly plugins?: boolean | undefined;
}

/** The result of a prefetch. */
export interface PrefetchReport {
  /** Files that the projects need, and their size in bytes. */
  readonly files: number;
  readonly bytes: number;
  /** Of these, the ones that were not in the cache yet. */
  readonly fetched: number;
  readonly fetchedBytes: number;
}
