/** Sends the counts of days to a server that gathers those of several mirrors: signed, and again if there was no answer. */
import { wait } from '../../../base/async/wait.js';
import { readNamedFile } from '../../../base/disk/named-file.js';
import { type Attempt, ClojarsFetchError } from '../../../base/error.js';
import { version } from '../../../base/package-version.js';
import { parseUrl } from '../../../base/parse-url.js';
import { proxyFromEnvironment } from '../../../network/transport/connection/proxy-environment.js';
import { type HttpSender, isTransportError } from '../../../network/transport/contract/transport.js';
import { createHttpTransport } from '../../../network/transport/http/http.js';
import { readCountsFile } from '../files/read-counts-file.js';
import type { DayOfDownloads } from '../files/write-counts.js';
import { readReportKey, type ReportKey, signRequest } from './signed-request.js';

/** Where to send the counts, and the key to sign them with. */
export interface DownloadReportOptions {
  readonly url: string;
  /** File with an Ed25519 key in PEM, or with a secret that the receiver knows. */
  readonly keyFile: string;
  readonly signal?: AbortSignal | undefined;
  /** Waits between two tries. Default: the clock. */
  readonly pause?: ((ms: number) => Promise<void>) | undefined;
}

const mostTries = 5;
const firstPauseMs = 1000;
const longestPauseMs = 60_000;
const longestAnswer = 1 << 20;

/** A report whose destination and key were checked. */
export interface PreparedReport {
  /** @throws ClojarsFetchError ERR_UNREACHABLE: the receiver did not accept the report */
  readonly send: (days: readonly Pick<DayOfDownloads, 'date' | 'file'>[]) => Promise<void>;
}

/**
 * Checks the options before anything is counted.
 * @throws ClojarsFetchError ERR_CONFIG
 */
export function prepareDownloadReport({ url, keyFile, signal, pause }: DownloadReportOptions): PreparedReport {
  const target = parseUrl(url);
  if (target === null || !/^https?:$/.test(target.protocol) || target.username !== '' || target.password !== '')
    throw badValue(
      'the address of a report must be an https: URL without a login',
      "For example, write 'https://stats.example.org/report'.",
    );
  const key = readReportKey(readNamedFile(keyFile, 'the key'));
  if (key === null)
    throw badValue(
      `${keyFile}: neither an Ed25519 key in PEM nor a secret of at least 16 bytes`,
      `Make one with 'openssl genpkey -algorithm ed25519 -out ${keyFile}'.`,
    );
  const abort = signal ?? new AbortController().signal;
  const sender = new ReportSender(target, key, abort, pause ?? ((ms) => wait(ms, abort)));
  return { send: (days) => sender.send(days) };
}

function badValue(message: string, hint: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', { reason: 'bad-value', message, hint });
}

class ReportSender {
  readonly #url: URL;
  readonly #key: ReportKey;
  readonly #signal: AbortSignal;
  readonly #pause: (ms: number) => Promise<void>;

  constructor(url: URL, key: ReportKey, signal: AbortSignal, pause: (ms: number) => Promise<void>) {
    this.#url = url;
    this.#key = key;
    this.#signal = signal;
    this.#pause = pause;
  }

  async send(days: readonly Pick<DayOfDownloads, 'date' | 'file'>[]): Promise<void> {
    const body = bodyOf(days);
    const http = createHttpTransport({ proxyFor: proxyFromEnvironment(process.env), userAgent: `clojars-fetch/${version}` });
    const attempts: Attempt[] = [];
    try {
      for (let tries = 1; ; tries++) {
        const waitMs = await this.#try(http, body, attempts);
        if (waitMs === null) return;
        if (waitMs === 'refused' || tries === mostTries) throw this.#failure(attempts);
        await this.#pause(Math.min(Math.max(waitMs, firstPauseMs * 2 ** (tries - 1)), longestPauseMs));
      }
    } finally {
      await http.close();
    }
  }

  /** Returns null once the report is accepted, how long the server wants to be left alone, or that it will not have the report. */
  async #try(http: HttpSender, body: Buffer, attempts: Attempt[]): Promise<number | 'refused' | null> {
    this.#signal.throwIfAborted();
    const start = performance.now();
    const note = (outcome: Attempt['outcome'], status: number | null): void =>
      void attempts.push({ mirror: this.#url.href, outcome, status, ms: performance.now() - start });
    try {
      const answer = await http.send({
        method: 'POST',
        url: this.#url,
        headers: signRequest(this.#url, body, this.#key, Math.floor(Date.now() / 1000)),
        body: { bytes: body.length, open: () => piecesOf(body) },
        maxBytes: longestAnswer,
        signal: this.#signal,
      });
      answer.cancel();
      note(answer.status < 300 ? 'ok' : 'status', answer.status);
      if (answer.status < 300) return null;
      const isTemporary = answer.status >= 500 || answer.status === 408 || answer.status === 429;
      return isTemporary ? secondsOf(answer.headers['retry-after']) * 1000 : 'refused';
    } catch (error) {
      this.#signal.throwIfAborted();
      if (!isTransportError(error)) throw error;
      note(error.outcome, error.status);
      return 0;
    }
  }

  #failure(attempts: readonly Attempt[]): ClojarsFetchError {
    const last = attempts.at(-1);
    return new ClojarsFetchError('ERR_UNREACHABLE', {
      reason: last?.outcome ?? 'status',
      message: `${this.#url.href}: the report was not accepted${last?.status ? ` (HTTP ${last.status})` : ''}`,
      hint: "The counts are written. To send those of a day again, run 'clojars-fetch mirror stats' with the same options and --date, but without a log.",
      attempts,
    });
  }
}

/** Reads `Retry-After` in seconds; 0 if it is missing or a date. */
function secondsOf(text: string | undefined): number {
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : 0;
}

async function* piecesOf(body: Buffer): AsyncGenerator<Buffer> {
  await Promise.resolve();
  yield body;
}

/** Returns the same bytes for the same counts, so that the receiver recognizes a report that is sent again. */
function bodyOf(days: readonly Pick<DayOfDownloads, 'date' | 'file'>[]): Buffer {
  const reported = days.map(({ date, file }) => {
    const artifacts = new Map<string, { group: string; artifact: string; versions: Record<string, number> }>();
    let downloads = 0;
    readCountsFile(file, (group, artifact, one, count) => {
      const name = `${group}/${artifact}`;
      const entry = artifacts.get(name) ?? { group, artifact, versions: {} };
      artifacts.set(name, entry);
      Object.defineProperty(entry.versions, one, { value: count, enumerable: true });
      downloads += count;
    });
    return { date, downloads, artifacts: [...artifacts.values()] };
  });
  return Buffer.from(JSON.stringify({ schemaVersion: 1, days: reported }));
}
