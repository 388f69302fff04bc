/** Answers a request that may be answered: finds what its target names and sends it, or says why it cannot. */
import type { IncomingMessage } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';

import { escapeForDisplay } from '../../base/escape.js';
import type { ClientSocket } from './ahead/client-process.js';
import { type Servable, servableChecksum, servableFile } from './content.js';
import { cacheFactsOf } from './files/absence.js';
import type { ApprovedFile, Download, FileAddress } from './files/file-download.js';
import type { FoundFile } from './files/repository-files.js';
import { contentTypeOf } from './http/content-type.js';
import { type ArrivingRequest, earlyBytes } from './http/early-bytes.js';
import { formatListing, formatRepositoryList, type ListedEntry, type ListingPage } from './http/listing.js';
import { type Problem, problemOf } from './http/problem.js';
import { remember } from './http/remember.js';
import type { ServiceName, Target } from './http/target.js';
import type { DownloadLog } from './observe/download-log.js';
import { PlainAnswers } from './plain-answers.js';
import type { RequestEvent } from './proxy-options.js';
import { FileGone } from './server/file-gone.js';
import type { HotFile } from './server/hot-files.js';
import { type ProxyResponse, sendPage, sendProblem } from './server/response.js';
import { answerTo, type Sender } from './server/send.js';
import { sendArriving, sendEarlyHead } from './server/stream.js';

type FileTarget = Extract<Target, { readonly kind: 'file' }>;

/** The answer of one of the proxy's own pages. */
export interface ServiceAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** The content that the proxy serves. */
export interface ProxyContent {
  /** Names of the repositories, in order, and `all`. */
  readonly names: readonly string[];
  /** Reads a request target; see `parseTarget`. */
  readonly parse: (target: string) => Target;
  find(repository: string, address: FileAddress): Promise<FoundFile>;
  /** The file, if it is in the cache of this repository and can be served at once. */
  approved(repository: string, address: FileAddress): ApprovedFile | null;
  /** Keeps a file in the cache until the result is called. */
  hold(repository: string, path: string): () => void;
  /** Notes that a client asked for a file of an artifact. */
  asked(client: ClientSocket, address: FileAddress): void;
  askedMetadata(client: ClientSocket, path: string): void;
  /** Metadata and documents. Rejects with the reason if there is none. */
  bytes(target: FileTarget, via?: string): Promise<Servable>;
  list(repository: string, path: string): readonly ListedEntry[] | null;
  service(name: ServiceName): Promise<ServiceAnswer>;
}

export interface RequestHandlerOptions {
  readonly sender: Sender;
  readonly earlyBytes: boolean;
  readonly now: () => number;
  readonly monotonicMs: () => number;
  readonly onAnswered: (event: RequestEvent) => void;
  /** Returns the log of downloads; null if they are not counted. */
  readonly downloads: () => DownloadLog | null;
}

/** Facts about a request, gathered while it is answered. */
interface Facts {
  cache: RequestEvent['cache'];
  mirror: string | null;
  level: string | null;
  problem: Problem | null;
  /** Id of the repository whose file is sent. */
  repository: string | null;
}

/** A request that the server lets through: its target is in origin form. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ProxyResponse;
  readonly content: ProxyContent;
  /** Whether it is a GET of the whole file, whatever its state. */
  readonly isPlain: boolean;
}

interface FoundHot {
  readonly approved: ApprovedFile;
  readonly hot: HotFile;
}

export class RequestHandler {
  readonly #options: RequestHandlerOptions;
  readonly #plainAnswers = new PlainAnswers();

  constructor(options: RequestHandlerOptions) {
    this.#options = options;
  }

  /**
   * Answers the request. Returns null if nothing is left to wait for: most answers are hot files, and promises would cost as much as finding
   * them. Never fails: a failure is answered, and reported with the request.
   */
  handle(request: IncomingMessage, response: ProxyResponse, content: ProxyContent, isPlain: boolean): Promise<void> | null {
    const startedMs = this.#options.monotonicMs();
    const facts: Facts = { cache: null, mirror: null, level: null, problem: null, repository: null };
    const exchange = { request, response, content, isPlain };
    try {
      const answering = this.#answer(exchange, facts);
      if (answering !== null) return this.#finish(answering, exchange, facts, startedMs);
    } catch (error) {
      this.#fail(response, facts, error);
    }
    this.#report(exchange, facts, startedMs);
    return null;
  }

  async #finish(answering: Promise<void>, exchange: Exchange, facts: Facts, startedMs: number): Promise<void> {
    try {
      await answering;
    } catch (error) {
      this.#fail(exchange.response, facts, error);
    }
    this.#report(exchange, facts, startedMs);
  }

  #report({ request, response }: Exchange, { cache, mirror, level, problem, repository }: Facts, startedMs: number): void {
    const { monotonicMs, onAnswered, downloads } = this.#options;
    const { method = '', url = '' } = request;
    const log = repository === null ? null : downloads();
    if (log !== null && repository !== null) noteDownload(log, repository, request, response);
    onAnswered({
      method,
      target: shownTarget(url),
      status: response.statusCode,
      bytes: response.bodyBytes,
      ms: monotonicMs() - startedMs,
      cache,
      mirror,
      level,
      refusal: problem && refusalOf(problem),
    });
  }

  #answer(exchange: Exchange, facts: Facts): Promise<void> | null {
    const { response, content } = exchange;
    const target = content.parse(exchange.request.url ?? '');
    switch (target.kind) {
      case 'refused':
        this.#refuse(response, facts, target.problem);
        return null;
      case 'service':
        return this.#service(exchange, target.name);
      case 'root':
        sendListing(response, formatRepositoryList(content.names));
        return null;
      case 'folder':
        this.#folder(exchange, facts, target);
        return null;
      case 'file': {
        const hot = this.#findHot(exchange, target);
        return hot === null ? this.#file(exchange, facts, target) : this.#sendHot(exchange, facts, hot);
      }
    }
  }

  /** Finds a file that is in memory, and may be served as it is. */
  #findHot({ request, content }: Exchange, { repository, path, file, checksum }: FileTarget): FoundHot | null {
    if (file.kind !== 'artifact' || checksum !== null) return null;
    const address = { path, coordinate: file.coordinate };
    const approved = content.approved(repository, address);
    if (approved === null) return null;
    const hot = this.#options.sender.hot(approved);
    if (hot === null) return null;
    content.asked(request.socket, address);
    return { approved, hot };
  }

  #sendHot({ request, response, isPlain }: Exchange, facts: Facts, { approved, hot }: FoundHot): Promise<void> | null {
    const nowMs = this.#options.now();
    const answer = isPlain
      ? this.#plainAnswers.get(hot, approved, nowMs)
      : answerTo(request, servableFile(approved, null, nowMs).representation);
    facts.cache = approved.isStale ? 'stale' : 'hit';
    facts.level = approved.level;
    facts.repository = approved.repository;
    return this.#options.sender.sendHot(response, answer, hot);
  }

  async #file(exchange: Exchange, facts: Facts, target: FileTarget): Promise<void> {
    const { file, path, checksum } = target;
    if (file.kind === 'metadata' && checksum === null) exchange.content.askedMetadata(exchange.request.socket, path);
    if (file.kind !== 'artifact')
      return this.#send(exchange, facts, await exchange.content.bytes(target, viaOf(exchange.request)), path, checksum);
    const address = { path, coordinate: file.coordinate, via: viaOf(exchange.request) };
    if (checksum === null) exchange.content.asked(exchange.request.socket, address);
    try {
      await this.#sendFound(exchange, facts, target, address);
    } catch (error) {
      // Another program took the file away after it was looked up: it is fetched again. The next turn looks at the disk again.
      if (!(error instanceof FileGone)) throw error;
      await nextTurn();
      await this.#sendFound(exchange, facts, target, address);
    }
  }

  async #sendFound(exchange: Exchange, facts: Facts, { repository, path, checksum }: FileTarget, address: FileAddress): Promise<void> {
    const { content } = exchange;
    const found = await content.find(repository, address);
    const home = found.kind === 'here' ? found.file.repository : found.download.repository;
    if (checksum === null) facts.repository = home;
    const release = content.hold(home, path);
    try {
      if (found.kind === 'coming' && checksum === null && (await this.#sendEarly(exchange, facts, found.download, path))) return;
      await this.#send(exchange, facts, await this.#servable(found), path, checksum);
    } finally {
      release();
    }
  }

  /** Sends a large file while it arrives. Returns false if the request must wait for the verdict. */
  async #sendEarly({ request, response }: Exchange, facts: Facts, download: Download, path: string): Promise<boolean> {
    const { body, done } = download;
    const announced = await Promise.race([download.announced, done.then(() => null)]);
    if (announced === null) return false;
    const { total, mirror, lastModifiedMs } = announced;
    const file = { total, contentType: contentTypeOf(path), lastModifiedMs, cacheStatus: { kind: 'miss' as const, mirror } };
    const how = earlyBytes(asArriving(request), file, this.#options.earlyBytes);
    if (how === 'wait') return false;
    facts.cache = 'miss';
    facts.mirror = mirror;
    if (how === 'head') sendEarlyHead(response, file);
    else {
      const result = await sendArriving(request, response, file, body);
      if (result.kind === 'refused') facts.problem = problemOf(result.error);
      // Its last bytes followed the verdict.
      if (result.kind === 'complete') facts.level = (await done).level;
    }
    return true;
  }

  async #servable(found: FoundFile): Promise<Servable> {
    const { now } = this.#options;
    if (found.kind === 'here') return servableFile(found.file, null, now());
    const file = await found.download.done;
    // No mirror served it if it was in the cache, and only had to be judged again.
    return servableFile(file, { mirror: file.mirror, isConfirmed: found.download.isConfirmed }, now());
  }

  async #send({ request, response }: Exchange, facts: Facts, of: Servable, path: string, checksum: FileTarget['checksum']): Promise<void> {
    const servable = checksum === null ? of : await servableChecksum(of, path, checksum);
    const { cacheStatus } = servable.representation;
    if (cacheStatus.kind === 'hit' || cacheStatus.kind === 'confirmed') facts.cache = 'hit';
    else {
      facts.cache = cacheStatus.kind;
      facts.mirror = cacheStatus.mirror;
    }
    facts.level = servable.level;
    await this.#options.sender.send(request, response, servable.representation, servable.body);
  }

  #folder({ response, content }: Exchange, facts: Facts, { repository, path }: Extract<Target, { readonly kind: 'folder' }>): void {
    const entries = content.list(repository, path);
    if (entries !== null) return sendListing(response, formatListing(repository, path, entries));
    this.#refuse(response, facts, {
      status: 404,
      code: 'ERR_NOT_FOUND',
      reason: 'absent',
      detail: `nothing of /${repository}/${escapeForDisplay(path)} is cached`,
      hint: 'The repository may have it: listings show the cache alone.',
    });
  }

  async #service({ response, content }: Exchange, name: ServiceName): Promise<void> {
    const { status, contentType, text } = await content.service(name);
    const body = Buffer.from(text);
    const headers = ['Content-Type', contentType, 'Content-Length', String(body.length), 'Cache-Control', 'no-store'];
    sendPage(response, status, [...headers, 'X-Content-Type-Options', 'nosniff'], body);
  }

  #fail(response: ProxyResponse, facts: Facts, error: unknown): void {
    const problem = { ...problemOf(error), ...cacheFactsOf(error) };
    if (!response.headersSent) return this.#refuse(response, facts, problem);
    // A part was sent: only a body that is shorter than announced tells the client not to use it.
    facts.problem = problem;
    response.destroy();
  }

  #refuse(response: ProxyResponse, facts: Facts, problem: Problem): void {
    facts.problem = problem;
    if (!response.destroyed) sendProblem(response, problem);
  }
}

/** The proxies through which the request came; `undefined` for what no header of our own may repeat. */
function viaOf({ headers: { via } }: IncomingMessage): string | undefined {
  return typeof via === 'string' && /^[\t\x20-\x7e]{1,2000}$/.test(via) ? via : undefined;
}

/** Counts what Clojars counts: whole jars, asked for by GET and without a query. */
function noteDownload(
  log: DownloadLog,
  repository: string,
  { method, url = '', socket, headers }: IncomingMessage,
  response: ProxyResponse,
): void {
  if (method !== 'GET' || response.statusCode !== 200 || !url.endsWith('.jar') || url.includes('?') || !response.writableFinished) return;
  const path = url.slice(url.indexOf('/', 1));
  log.note({ repository, path, bytes: response.bodyBytes, address: socket.remoteAddress ?? '-', agent: headers['user-agent'] });
}

/** Only short targets are remembered: no client can fill the memory. */
function shownTarget(target: string): string {
  return target.length > maxShown ? escapeForDisplay(target, maxShown) : shortTarget(target);
}

const maxShown = 300;
const shortTarget = remember(2_000, (target: string) => escapeForDisplay(target, maxShown));

function sendListing(response: ProxyResponse, { headers, body }: ListingPage): void {
  sendPage(response, 200, headers, body);
}

function asArriving({ method = '', httpVersionMajor, httpVersionMinor, headers }: IncomingMessage): ArrivingRequest {
  return { method, httpVersionMajor, httpVersionMinor, headers };
}

function refusalOf({ code, reason, detail }: Problem): NonNullable<RequestEvent['refusal']> {
  return { code, reason, detail: escapeForDisplay(detail, 1000) };
}
