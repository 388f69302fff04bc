/** The metrics of the proxy in the text format of Prometheus. No label holds anything from a request. */
import type { Registry } from 'prom-client';

import type { Statistics } from './statistics.js';

/** Numbers that are looked up when the metrics are read. */
export interface Gauges {
  readonly downloading: () => number;
  readonly cacheBytes: () => number;
  readonly cacheFiles: () => number;
  readonly openCircuits: () => Promise<number>;
}

/** Formats the metrics; the library is loaded with the first call. */
export class Metrics {
  readonly #statistics: Statistics;
  readonly #gauges: Gauges;
  #registry: Promise<Registry> | null = null;

  constructor(statistics: Statistics, gauges: Gauges) {
    this.#statistics = statistics;
    this.#gauges = gauges;
  }

  async read(): Promise<{ readonly contentType: string; readonly text: string }> {
    const registry = await (this.#registry ??= this.#open());
    return { contentType: registry.contentType, text: await registry.metrics() };
  }

  async #open(): Promise<Registry> {
    const { Counter, Gauge, Registry: MetricRegistry } = await import('prom-client');
    const registry = new MetricRegistry();
    const statistics = this.#statistics;
    /** Sets a counter to what was counted elsewhere: counting twice would cost every request. */
    const counter = (name: string, help: string, label: string | null, read: () => Iterable<readonly [string, number]>): void =>
      void new Counter({
        name: `clojars_fetch_proxy_${name}`,
        help,
        labelNames: label === null ? [] : [label],
        registers: [registry],
        collect() {
          this.reset();
          for (const [value, count] of read()) this.inc(label === null ? {} : { [label]: value }, count);
        },
      });
    const gauge = (name: string, help: string, read: () => number | Promise<number>): void =>
      void new Gauge({
        name: `clojars_fetch_proxy_${name}`,
        help,
        registers: [registry],
        async collect() {
          this.set(await read());
        },
      });
    counter('answers_total', 'Answers by HTTP status.', 'status', () =>
      [...statistics.byStatus].map(([status, count]) => [String(status), count] as const),
    );
    counter('files_total', 'Files that were served, by where they came from: hit, miss or stale.', 'cache', () =>
      Object.entries(statistics.byCache),
    );
    counter('sent_bytes_total', 'Bytes of the bodies that were sent.', null, () => [['', statistics.bytes]]);
    counter('answer_seconds_total', 'Sum of the times from request to end of answer.', null, () => [['', statistics.seconds]]);
    gauge('downloads', 'Downloads under way.', this.#gauges.downloading);
    gauge('cache_bytes', 'Size of the files in the cache.', this.#gauges.cacheBytes);
    gauge('cache_files', 'Number of files in the cache.', this.#gauges.cacheFiles);
    gauge('open_circuits', 'Mirrors that are not asked for a while, since they failed.', this.#gauges.openCircuits);
    return registry;
  }
}
