/**
 * `clojars-fetch/mirror`: tools for the operator of a mirror.
 *
 * @packageDocumentation
 */

export type { ReadLog } from './app/mirror-stats/count/log-counter.js';
export type { CountedLog, CountOptions, CountReport, LogStream } from './app/mirror-stats/count-downloads.js';
export { countDownloads } from './app/mirror-stats/count-downloads.js';
export type { DayOfDownloads } from './app/mirror-stats/day-files.js';
export type { LogFormat } from './app/mirror-stats/lines/find-format.js';
