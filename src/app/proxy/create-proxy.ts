/** The public proxy: a server, the machine that answers its requests, and the counts of both. */
import { resolve } from 'node:path';

import { monotonicMs } from '../../base/async/steady-now.js';
import type { ClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import { type ClientEvent, safeListener } from '../../base/event.js';
import { mirrorStatuses } from '../client/mirror-status.js';
import type { Tuning } from '../client/tuning.js';
import type { FindExpected } from './ahead/ahead-session.js';
import type { Problem } from './http/problem.js';
import type { ServiceName } from './http/target.js';
import { Machine } from './machine.js';
import { DownloadLog } from './observe/download-log.js';
import { Metrics } from './observe/metrics.js';
import { Statistics } from './observe/statistics.js';
import { healthDocument, statusDocument } from './observe/status.js';
import type { Proxy, ProxyCloseOptions, ProxyOptions, RequestEvent } from './proxy-options.js';
import { RequestHandler, type ServiceAnswer } from './request-handler.js';
import { Sender } from './server/send.js';
import { createLoopbackServer, type LoopbackServer, type RequestRecord, type ServerIdentity } from './server/server.js';

const standardGraceMs = 30_000;
/** The first answer comes before the code for requests to mirrors is loaded. */
const preparationMs = 100;
/** Nor do the folders of the cache have to be looked through before it. */
const standardCountMs = 200;
/** How often the certificates are looked at: a clock may jump past their end, and another process may renew them. */
const standardRenewalCheckMs = 60_000;

/**
 * Starts a Maven repository on 127.0.0.1 that serves verified files of the configured repositories, whichever mirror answers.
 *
 * @throws {ClojarsFetchError} `ERR_CONFIG` for options that are not valid, a port that is in use, or a cache folder of another repository;
 * `ERR_LOCAL_REPOSITORY` if the cache cannot be written
 */
export function createProxy(options: ProxyOptions = {}): Promise<Proxy> {
  return createProxyWith(options);
}

/** Does as {@link createProxy}, with other clocks and limits. Not exported by the package. */
export async function createProxyWith(options: ProxyOptions, tuning: ProxyTuning = {}): Promise<ExpectingProxy> {
  const proxy = new RunningProxy(options, tuning);
  await proxy.start();
  return proxy;
}

/** A proxy that can be told what a tool will ask for. */
export interface ExpectingProxy extends Proxy {
  /** The local repository of the user's tools. */
  readonly localRepository: string;
  /** Fetches ahead of a tool that has not asked for anything yet. Rejects if `find` does; does nothing without look-ahead. */
  expect(find: FindExpected): Promise<void>;
}

/** Clocks and limits that only tests change. */
export interface ProxyTuning extends Tuning {
  readonly clock?: (() => number) | undefined;
  /** Default: a minute. */
  readonly renewalCheckMs?: number | undefined;
  /** Whether the code for requests to mirrors is loaded before the first of them. Default: true. */
  readonly isPrepared?: boolean | undefined;
  /** When the files of the cache are counted, unless one is fetched sooner. Default: soon after the start. */
  readonly countAfterMs?: number | undefined;
}

class RunningProxy implements ExpectingProxy {
  readonly #options: ProxyOptions;
  readonly #tuning: ProxyTuning;
  readonly #now: () => number;
  readonly #listeners = new Set<(event: ClientEvent) => void>();
  readonly #onRequest: (event: RequestEvent) => void;
  readonly #statistics = new Statistics();
  readonly #sender = new Sender();
  readonly #startedMs: number;
  /** Tells this proxy from all others, and need not be secret: loading `node:crypto` would take 6 ms of the start. */
  readonly #viaToken = `clojars-fetch-${process.pid.toString(36)}-${Math.random().toString(36).slice(2)}`;
  #machine: Machine | null = null;
  #server: LoopbackServer | null = null;
  #metrics: Metrics | null = null;
  #closing: Promise<void> | null = null;
  #certificateAuthority: string | null = null;
  /** The certificates in use, as they are presented. */
  #chain: string | null = null;
  #renewal: NodeJS.Timeout | null = null;
  #preparation: NodeJS.Timeout | null = null;
  #downloads: DownloadLog | null = null;
  #renewalProblem: string | null = null;

  constructor(options: ProxyOptions, tuning: ProxyTuning) {
    this.#options = options;
    this.#tuning = tuning;
    this.#now = tuning.clock ?? Date.now;
    this.#startedMs = this.#now();
    this.#onRequest = safeListener(options.onRequest);
    if (options.onEvent !== undefined) this.#listeners.add(safeListener(options.onEvent));
  }

  get url(): string {
    return this.#running.server.url;
  }

  get repositories(): readonly string[] {
    return this.#running.machine.repositories;
  }

  get localRepository(): string {
    return this.#machineInUse.session.configuration.localRepository;
  }

  get certificateAuthority(): string | null {
    return this.#certificateAuthority;
  }

  async start(): Promise<void> {
    this.#machine = await this.#openMachine(this.#options);
    this.#countDownloads(this.#options);
    try {
      this.#server = await this.#listen(await this.#openIdentity());
    } catch (error) {
      await this.#machine.close();
      throw error;
    }
    const { renewalCheckMs = standardRenewalCheckMs } = this.#tuning;
    if (this.#options.tls === true) this.#renewal = setInterval(() => void this.#renew(), renewalCheckMs).unref();
    if (this.#tuning.isPrepared !== false) this.#preparation = setTimeout(() => this.#prepare(), preparationMs).unref();
    this.#options.signal?.addEventListener('abort', () => void this.close(), { once: true });
  }

  on(listener: (event: ClientEvent) => void): () => void {
    const safe = safeListener(listener);
    this.#listeners.add(safe);
    return () => void this.#listeners.delete(safe);
  }

  async reload(options: ProxyOptions = this.#options): Promise<void> {
    const { machine } = this.#running;
    this.#machine = await this.#openMachine(options);
    this.#countDownloads(options);
    // Not awaited: answers that are running may take their time.
    void machine.retire();
  }

  expect(find: FindExpected): Promise<void> {
    return this.#machineInUse.expect(find);
  }

  close({ graceMs = standardGraceMs }: ProxyCloseOptions = {}): Promise<void> {
    return (this.#closing ??= this.#close(graceMs));
  }

  async #close(graceMs: number): Promise<void> {
    const { machine, server } = this.#running;
    if (this.#renewal !== null) clearInterval(this.#renewal);
    if (this.#preparation !== null) clearTimeout(this.#preparation);
    machine.endLookAhead();
    await server.close(graceMs);
    await machine.close();
    await this.#downloads?.close();
    this.#sender.close();
  }

  get #machineInUse(): Machine {
    if (this.#machine === null) throw new TypeError('the proxy was not started');
    return this.#machine;
  }

  get #running(): { readonly machine: Machine; readonly server: LoopbackServer } {
    if (this.#server === null) throw new TypeError('the proxy was not started');
    return { machine: this.#machineInUse, server: this.#server };
  }

  #prepare(): void {
    // A failure is reported by the first request that needs the code.
    this.#machineInUse.prepare().catch(() => undefined);
  }

  #emit(event: ClientEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #openMachine(options: ProxyOptions): Promise<Machine> {
    const emit = (event: ClientEvent): void => this.#emit(event);
    const service = (machine: Machine, name: ServiceName): Promise<ServiceAnswer> => this.#service(machine, name);
    const onRemoved = (file: string): void => this.#sender.forget(file);
    const { countAfterMs = standardCountMs, ...tuning } = this.#tuning;
    return Machine.open({ options, emit, now: this.#now, tuning: { ...tuning, via: this.#viaToken }, countAfterMs, service, onRemoved });
  }

  /** Returns the certificates if they are asked for and not in use already. New ones are reported, since truststores must be updated. */
  async #openIdentity(): Promise<ServerIdentity | undefined> {
    if (this.#options.tls !== true) return undefined;
    const { certificateFolder, openCertificates } = await import('../loopback-tls/certificate-folder.js');
    const { stateFolder } = this.#machineInUse.session.configuration;
    const { chain, key, rootFile, isNew } = await openCertificates(certificateFolder(stateFolder), this.#now());
    this.#certificateAuthority = rootFile;
    if (isNew) this.#emit({ type: 'warning', warning: 'certificates', message: newRoot(rootFile) });
    if (chain === this.#chain) return undefined;
    this.#chain = chain;
    return { cert: chain, key };
  }

  async #renew(): Promise<void> {
    try {
      const identity = await this.#openIdentity();
      this.#renewalProblem = null;
      if (identity !== undefined) this.#server?.renew(identity);
    } catch (error) {
      const message = `the certificates could not be renewed: ${error instanceof Error ? error.message : String(error)}`;
      // The next attempt follows soon: the same problem is reported once.
      if (message !== this.#renewalProblem) this.#emit({ type: 'warning', warning: 'certificates', message });
      this.#renewalProblem = message;
    }
  }

  #listen(tls: ServerIdentity | undefined): Promise<LoopbackServer> {
    const handler = new RequestHandler({
      sender: this.#sender,
      earlyBytes: this.#options.earlyBytes !== false,
      now: this.#now,
      monotonicMs,
      onAnswered: (event) => this.#answered(event),
      downloads: () => this.#downloads,
    });
    return createLoopbackServer({
      port: this.#options.port ?? 0,
      tls,
      handler: (request, response, isPlain) => this.#machineInUse.during((content) => handler.handle(request, response, content, isPlain)),
      viaToken: this.#viaToken,
      onRequestEnd: (record) => {
        if (record.problem !== null) this.#answered(refusedEvent(record, record.problem));
      },
    });
  }

  #countDownloads({ downloadLog: folder }: ProxyOptions): void {
    const before = this.#downloads;
    if (before !== null && folder !== undefined && before.folder === resolve(folder)) return;
    const onFailure = ({ path, finding, hint }: ClojarsFetchError): void => {
      const message = `downloads are not counted in the folder ${escapeForDisplay(path ?? '', 300)}: ${finding ?? ''}. ${hint ?? ''}`;
      this.#emit({ type: 'warning', warning: 'download-log', message });
    };
    this.#downloads = folder === undefined ? null : new DownloadLog({ folder, now: this.#now, onFailure });
    void before?.close();
  }

  #answered(event: RequestEvent): void {
    this.#statistics.count(event, this.#now());
    this.#onRequest(event);
  }

  async #service(machine: Machine, name: ServiceName): Promise<ServiceAnswer> {
    if (name === 'metrics') {
      const { contentType, text } = await (this.#metrics ??= this.#openMetrics()).read();
      return { status: 200, contentType, text };
    }
    const isEnding = this.#closing !== null;
    if (name === 'health') return jsonAnswer(isEnding ? 503 : 200, healthDocument({ isEnding }));
    const health = await machine.session.health();
    const { configuration } = machine.session;
    const { files, bytes, limitBytes } = machine.cache.stats();
    return jsonAnswer(
      200,
      statusDocument(this.#statistics, {
        startedMs: this.#startedMs,
        offline: configuration.offline,
        mirrors: mirrorStatuses(configuration.repositories, health),
        cache: { files, bytes, limitBytes },
        downloading: machine.downloading,
      }),
    );
  }

  #openMetrics(): Metrics {
    return new Metrics(this.#statistics, {
      downloading: () => this.#running.machine.downloading,
      cacheBytes: () => this.#running.machine.cache.stats().bytes,
      cacheFiles: () => this.#running.machine.cache.stats().files,
      openCircuits: async () => {
        const { session } = this.#running.machine;
        const statuses = mirrorStatuses(session.configuration.repositories, await session.health());
        return statuses.filter(({ circuit }) => circuit === 'open').length;
      },
    });
  }
}

function jsonAnswer(status: number, document: object): ServiceAnswer {
  return { status, contentType: 'application/json', text: `${JSON.stringify(document, null, 2)}\n` };
}

/** A request that never reached the handler. */
function refusedEvent({ method, target, status, bodyBytes, ms }: RequestRecord, { code, reason, detail }: Problem): RequestEvent {
  const refusal = { code, reason, detail };
  return {
    method: method ?? '',
    target: escapeForDisplay(target ?? '', 300),
    status,
    bytes: bodyBytes,
    ms,
    cache: null,
    mirror: null,
    level: null,
    refusal,
  };
}

function newRoot(rootFile: string): string {
  return `new certificates were issued: truststores that hold the former root must be updated with ${rootFile}`;
}
