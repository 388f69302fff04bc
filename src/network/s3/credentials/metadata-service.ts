/** Asks the services of a cloud that give credentials to the machine or the container that asks. */
import type { CancelSignal } from '../../../base/async/cancellation.js';
import { bareHost, isLoopback } from '../../transport/contract/loopback.js';
import { type HttpRequest, type HttpSender, isTransportError } from '../../transport/contract/transport.js';
import { createHttpTransport } from '../../transport/http/http.js';
import { checkCredentials, credentialError, type S3Credentials } from './credentials.js';

/** Link-local addresses that Amazon's containers and instances answer at, over plain http. */
const plainHosts = new Set(['169.254.169.254', '169.254.170.2', '169.254.170.23', 'fd00:ec2::254', 'fd00:ec2::23']);
const answerMaxBytes = 64 * 1024;
/** The services are on this machine or next to it; elsewhere, a packet to them may just disappear. */
const patienceMs = 1000;

/** Whether credentials may come over plain http from this host. */
export function isServiceHost(host: string): boolean {
  return isLoopback(host) || plainHosts.has(bareHost(host));
}

/** A short exchange of requests with one service. No proxy is used, and no redirect followed. */
export class MetadataService {
  readonly #http: HttpSender;
  readonly #signal: CancelSignal;

  constructor(signal: CancelSignal) {
    this.#signal = signal;
    this.#http = createHttpTransport({
      connectTimeoutMs: patienceMs,
      firstByteTimeoutMs: patienceMs,
      allowHttpHosts: isServiceHost,
      http2: false,
    });
  }

  /** Returns the status and the text of an answer; null if the service is not there. */
  async ask(
    url: URL,
    method: HttpRequest['method'],
    headers: Readonly<Record<string, string>>,
  ): Promise<{ status: number; text: string } | null> {
    try {
      const answer = await this.#http.send({ url, method, headers, maxBytes: answerMaxBytes, signal: this.#signal });
      const chunks: Uint8Array[] = [];
      for await (const chunk of answer.body) chunks.push(chunk);
      return { status: answer.status, text: Buffer.concat(chunks).toString('utf8') };
    } catch (error) {
      if (isTransportError(error) && error.outcome !== 'aborted') return null;
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#http.close();
  }
}

/**
 * Reads the document that the services answer with.
 * @param from the service, for messages
 */
export function parseServiceCredentials(text: string, from: string, nowMs: number): S3Credentials {
  const fields = parseFields(text);
  const field = (name: string): string | null => {
    const value = fields?.[name];
    return typeof value === 'string' && value !== '' ? value : null;
  };
  const [accessKeyId, secretAccessKey, sessionToken, expiration] = ['AccessKeyId', 'SecretAccessKey', 'Token', 'Expiration'].map(field);
  const code = field('Code');
  if (code !== null && code !== 'Success') throw credentialError(`${from} answers ${code.replace(/[^\w ]/g, '').slice(0, 60)}`);
  if (accessKeyId == null || secretAccessKey == null) throw credentialError(`${from} sent no credentials`);
  const expiresMs = expiration == null ? null : Date.parse(expiration);
  if (expiresMs !== null && Number.isNaN(expiresMs)) throw credentialError(`${from} sent an expiration that is not a time`);
  if (expiresMs !== null && expiresMs <= nowMs) throw credentialError(`${from} sent credentials that have expired`);
  return checkCredentials({ accessKeyId, secretAccessKey, sessionToken: sessionToken ?? null, expiresMs }, from);
}

function parseFields(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}
