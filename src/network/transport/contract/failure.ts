/** Turns errors of node:net, node:tls, node:dns, node:http, node:http2 and undici into the outcomes of an attempt. */
import { systemErrorCode } from '../../../base/disk/file-error.js';
import type { AttemptOutcome } from '../../../base/error.js';
import { isTransportError, TransportError } from './transport.js';

/** How far the exchange had come when the error occurred. */
export type ExchangeStage = 'resolve' | 'connect' | 'handshake' | 'request' | 'body';

const refusals = new Set([
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'EACCES',
  'EPERM',
  'EAFNOSUPPORT',
]);
const resets = new Set([
  'ECONNRESET',
  'EPIPE',
  'ECONNABORTED',
  'UND_ERR_SOCKET',
  'UND_ERR_DESTROYED',
  'UND_ERR_CLOSED',
  'UND_ERR_INFO',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/** Code of a request over HTTP/2 that could not be sent. */
export const frameErrorCode = 'ERR_HTTP2_FRAME_NOT_SENT';

/** A connection that was used before failed without a byte of an answer: the server may just have closed it. */
export class StaleConnectionError extends TransportError {}

/** The server did not process the request (HTTP/2: REFUSED_STREAM, GOAWAY). It is safe to send it again. */
export class RefusedRequestError extends TransportError {}

/** No connection was made, since this process or the whole system has no file descriptor left. It is not the server's fault. */
export class OutOfDescriptorsError extends TransportError {
  constructor(where: string, cause: unknown) {
    super('io', `${where}: too many open files (${errorCode(cause)}); raise the limit with \`ulimit -n 4096\``, { cause });
  }
}

/** Returns the code of a Node error, or of the most telling error in an AggregateError (one per address). */
export function errorCode(error: unknown): string {
  if (error instanceof AggregateError) {
    const codes = error.errors.map(errorCode).filter((code) => code !== '');
    return codes.find((code) => refusals.has(code)) ?? codes[0] ?? '';
  }
  return systemErrorCode(error) ?? '';
}

/** Whether a request without an answer may be sent once more after this error. */
export function isConnectionLoss(error: unknown): boolean {
  const code = errorCode(error);
  return resets.has(code) || code.startsWith('ERR_HTTP2_');
}

/** Whether an error says that the request was never sent, or that the server refused to process it. */
export function isRefusal(error: unknown): boolean {
  const code = errorCode(error);
  if (code === 'ERR_HTTP2_GOAWAY_SESSION' || code === 'ERR_HTTP2_INVALID_SESSION' || code === frameErrorCode) return true;
  const message = error instanceof Error ? error.message : '';
  return code === 'ERR_HTTP2_STREAM_ERROR' && message.includes('NGHTTP2_REFUSED_STREAM');
}

/** @param where an origin or a URL without credentials, for the message. */
export function toTransportError(error: unknown, stage: ExchangeStage, where: string): TransportError {
  if (isTransportError(error)) return error;
  const code = errorCode(error);
  if (code === 'EMFILE' || code === 'ENFILE') return new OutOfDescriptorsError(where, error);
  const outcome = outcomeOf(code, stage);
  const said = error instanceof Error && outcome !== 'refused' && outcome !== 'dns' ? printable(error.message) : '';
  const detail = [code, said === code ? '' : said].filter((part) => part !== '').join(': ');
  return new TransportError(outcome, `${where}: ${words[outcome] ?? 'failed'}${detail === '' ? '' : ` (${detail})`}`, { cause: error });
}

const words: Partial<Record<AttemptOutcome, string>> = {
  refused: 'connection refused',
  reset: 'connection closed by the other side',
  dns: 'name cannot be resolved',
  tls: 'no trustworthy TLS connection',
  timeout: 'no answer in time',
  truncated: 'answer cut off',
  status: 'not a valid HTTP answer',
};

function outcomeOf(code: string, stage: ExchangeStage): AttemptOutcome {
  if (code === 'ENOTFOUND' || code === 'ENODATA' || code.startsWith('EAI_') || stage === 'resolve') return 'dns';
  if (refusals.has(code)) return 'refused';
  if (code === 'ETIMEDOUT') return stage === 'body' ? 'stalled' : 'timeout';
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'ECONNABORTED') return 'reset';
  if (stage === 'handshake') return 'tls';
  if (stage === 'body') return isMalformed(code) ? 'status' : 'truncated';
  if (resets.has(code) || code.startsWith('ERR_HTTP2_')) return 'reset';
  return stage === 'connect' ? 'refused' : 'status';
}

function isMalformed(code: string): boolean {
  return code.startsWith('HPE_') && code !== 'HPE_INVALID_EOF_STATE';
}

/** Makes text from outside safe for a terminal: escapes control characters, keeps at most 200 characters. */
export function printable(text: string): string {
  const cut = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return cut.replace(
    /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Writes a URL for messages: no user name, password or fragment, and no query, which holds the secret of signed URLs. */
export function showUrl(url: URL): string {
  const shown = new URL(url.href);
  shown.username = '';
  shown.password = '';
  shown.hash = '';
  shown.search = '';
  return url.search === '' ? shown.href : `${shown.href}?…`;
}
