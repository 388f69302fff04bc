/** Reads the head of an HTTP/1.1 answer (RFC 9112). Strict: what two readers could take for different answers is refused. Pure. */
import { malformedAnswerCode } from '../contract/http-connection.js';

/** The answer breaks the rules of HTTP/1.1. */
export class MalformedAnswerError extends Error {
  readonly code = malformedAnswerCode;
}

export interface AnswerHead {
  readonly status: number;
  readonly statusText: string;
  /** By lower-case name; a repeated one as a list. */
  readonly headers: Record<string, string | string[]>;
  readonly body: Framing;
  /** How long the connection may be idle after the answer, in milliseconds; 0 if it must not be used again. */
  readonly keepAliveMs: number;
}

/** How the end of a body is found: by its length, by the last chunk, or by the end of the connection. */
export type Framing = { readonly kind: 'length'; readonly bytes: number } | { readonly kind: 'chunked' } | { readonly kind: 'close' };

const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?$/;
const fieldName = /^[\w!#$%&'*+\-.^`|~]+$/;
const noText = /[^\t\x20-\x7e\x80-\xff]/;

/** Connections are used again within this time if the server does not say how long it keeps them. */
const standardKeepAliveMs = 4_000;
/** Less than what the server says, since its clock began to run earlier. */
const keepAliveMarginMs = 2_000;
const longestKeepAliveMs = 600_000;

/**
 * @param text the head, without the empty line at its end; each character is one byte
 * @param isHead whether HEAD was asked, so that no body follows
 * @throws MalformedAnswerError
 */
export function parseAnswerHead(text: string, isHead: boolean): AnswerHead {
  const lines = text.split('\r\n');
  const [, minor, code, statusText = ''] = statusLine.exec(lines[0] ?? '') ?? [];
  if (minor === undefined || code === undefined) throw new MalformedAnswerError('no status line of HTTP/1.1');
  const status = Number(code);
  const headers = parseFields(lines);
  const body = framingOf(status, isHead, headers, minor === '1');
  return { status, statusText, headers, body, keepAliveMs: body.kind === 'close' ? 0 : keepAliveOf(headers, minor === '1') };
}

/** Checks a line of a head or of the trailer of a chunked body. Returns the length of its name. */
export function checkFieldLine(line: string): number {
  const colon = line.indexOf(':');
  if (colon <= 0 || !fieldName.test(line.slice(0, colon))) throw new MalformedAnswerError('a header without a valid name');
  if (noText.test(line)) throw new MalformedAnswerError('a control character in a header');
  return colon;
}

function parseFields(lines: readonly string[]): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (let at = 1; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const colon = checkFieldLine(line);
    const name = line.slice(0, colon).toLowerCase();
    if (name === '__proto__') continue;
    const value = line.slice(colon + 1).trim();
    const before = Object.hasOwn(headers, name) ? headers[name] : undefined;
    if (before === undefined) headers[name] = value;
    else if (typeof before === 'string') headers[name] = [before, value];
    else before.push(value);
  }
  return headers;
}

/** RFC 9112 section 6.3, without the cases that a sender must not make. */
function framingOf(status: number, isHead: boolean, headers: AnswerHead['headers'], isHttp11: boolean): Framing {
  const length = headers['content-length'];
  const coding = headers['transfer-encoding'];
  if (length !== undefined && coding !== undefined) throw new MalformedAnswerError('both a length and a transfer encoding');
  if (length !== undefined && (typeof length !== 'string' || !/^\d{1,15}$/.test(length)))
    throw new MalformedAnswerError('not a valid length');
  if (isHead || status < 200 || status === 204 || status === 304) return { kind: 'length', bytes: 0 };
  if (coding !== undefined) {
    if (!isHttp11 || typeof coding !== 'string' || coding.toLowerCase() !== 'chunked')
      throw new MalformedAnswerError('a transfer encoding other than chunked');
    return { kind: 'chunked' };
  }
  return length === undefined ? { kind: 'close' } : { kind: 'length', bytes: Number(length) };
}

function keepAliveOf({ connection, 'keep-alive': hint }: AnswerHead['headers'], isHttp11: boolean): number {
  const options = String(connection ?? '')
    .toLowerCase()
    .split(/[\s,]+/);
  if (options.includes('close') || !(isHttp11 || options.includes('keep-alive'))) return 0;
  const seconds = /(?:^|[\s,;])timeout\s*=\s*"?(\d{1,6})/i.exec(String(hint ?? ''))?.[1];
  if (seconds === undefined) return standardKeepAliveMs;
  return Math.min(Math.max(0, Number(seconds) * 1_000 - keepAliveMarginMs), longestKeepAliveMs);
}
