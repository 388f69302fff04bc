/** Sends requests that no client sends to a proxy, and compares its answers with what the reference for the router expects. */
import { connect } from 'node:net';

import { referenceTarget } from '../../proxy/http/reference-target.js';
import { type Chance, createChance } from '../../support/chance.js';
import { type RawAnswer, readAnswers } from './raw-answers.js';
import { damage, makeRequest, type RawRequest } from './raw-requests.js';

export interface FuzzedProxy {
  readonly port: number;
  /** Ids of its repositories, without `all`. */
  readonly repositories: readonly string[];
  /** Files of each repository, by path: nothing else may be served of it. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** A text that lies outside of the folders of the repositories, and must not get out. */
  readonly canary: string;
}

export interface FuzzResult {
  readonly done: number;
  readonly statuses: ReadonlyMap<number | 'closed', number>;
  readonly violations: readonly string[];
}

const connectionsAtOnce = 16;
const mostOnConnection = 40;
const mostViolations = 5;
const progressEvery = 100_000;
/** A connection that the proxy neither answers nor closes by then is a violation: slow headers are cut after 15 s. */
const patienceMs = 40_000;

/**
 * Sends about that many requests, and ends early at a few violations or at `endMs` of `performance.now()`. The same seed sends the same on
 * each connection, in whichever order the connections come.
 */
export async function fuzzProxy(
  proxy: FuzzedProxy,
  count: number,
  { seed, endMs = Number.POSITIVE_INFINITY, onProgress }: { seed: number; endMs?: number; onProgress?: (done: number) => void },
): Promise<FuzzResult> {
  const statuses = new Map<number | 'closed', number>();
  const violations: string[] = [];
  let started = 0;
  let connections = 0;
  let done = 0;
  const lane = async (): Promise<void> => {
    while (started < count && performance.now() < endMs && violations.length < mostViolations) {
      const requests = makeConnection(createChance(seed + connections++), proxy.port, Math.min(mostOnConnection, count - started));
      started += requests.length;
      const violation = await runConnection(proxy, requests, statuses);
      const before = done;
      done += requests.length;
      if (Math.floor(done / progressEvery) > Math.floor(before / progressEvery)) onProgress?.(done);
      if (violation !== null)
        violations.push(
          `${violation}\n    ${requests.map(({ bytes }) => JSON.stringify(bytes.toString('latin1').slice(0, 500))).join('\n    ')}`,
        );
    }
  };
  await Promise.all(Array.from({ length: connectionsAtOnce }, lane));
  return { done, statuses, violations };
}

/** Well-formed requests follow each other on a connection; each of the others has one of its own. */
function makeConnection(chance: Chance, port: number, most: number): readonly RawRequest[] {
  const requests: RawRequest[] = [];
  while (requests.length < most) {
    const made = makeRequest(chance, port);
    const request = chance.happens(0.05) ? damage(made, chance) : made;
    if (!request.isFramed) return [request];
    requests.push(request);
  }
  return requests;
}

/** Returns what is wrong with the answers; null if nothing is. */
async function runConnection(
  proxy: FuzzedProxy,
  requests: readonly RawRequest[],
  statuses: Map<number | 'closed', number>,
): Promise<string | null> {
  const isFramed = requests.every((request) => request.isFramed);
  const methods = requests.map(({ method }) => method);
  const closing = Buffer.from(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${proxy.port}\r\nConnection: close\r\n\r\n`);
  const bytes = Buffer.concat([...requests.map((request) => request.bytes), ...(isFramed ? [closing] : [])]);
  const received = await exchange(proxy.port, bytes, !isFramed);
  if (received === null) return 'the connection stays open without an answer';
  if (received.includes(proxy.canary)) return 'the answer holds what lies outside';
  // A damaged request may be several, each with an answer of its own.
  const answers = readAnswers(received, isFramed ? [...methods, 'GET'] : [...methods, 'GET', 'GET', 'GET']);
  if (typeof answers === 'string') return isFramed || methods[0] !== 'HEAD' ? answers : null;
  for (const { status } of answers) statuses.set(status, (statuses.get(status) ?? 0) + 1);
  if (answers.length === 0) statuses.set('closed', (statuses.get('closed') ?? 0) + 1);
  if (!isFramed) return null;
  if (answers.length !== requests.length + 1) return `${answers.length} answers to ${requests.length + 1} requests that are well formed`;
  for (const [index, request] of requests.entries()) {
    const answer = answers[index];
    const violation = answer === undefined ? 'no answer' : judge(proxy, request, answer);
    if (violation !== null) return `${request.method} ${request.target.slice(0, 300)}: ${violation}`;
  }
  return null;
}

/** Sends the bytes, and returns all that comes until the connection ends; null if it does not end. */
function exchange(port: number, bytes: Buffer, isEnded: boolean): Promise<Buffer | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect({ port, host: '127.0.0.1' });
    const timer = setTimeout(() => {
      resolve(null);
      socket.destroy();
    }, patienceMs);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks));
    });
    if (isEnded) socket.end(bytes);
    else socket.write(bytes);
  });
}

/** Compares the answer to a well-formed request with the reference for its target. */
function judge({ repositories, files }: FuzzedProxy, { method, target }: RawRequest, { status, body }: RawAnswer): string | null {
  const expected = referenceTarget(target, [...repositories, 'all']);
  const [kind = '', , path = '', checksum] = expected.split(' ');
  if (status >= 500) return `status ${status}: ${body.toString('utf8', 0, 1_500)}`;
  if (kind === 'refused') return status >= 400 ? null : `status ${status} for a target that is refused`;
  if (kind !== 'artifact') return null;
  const content = files.get(path);
  // Conditions and ranges may take the body, or a part of it.
  const allowed = content === undefined ? [403, 404] : [200, 206, 304, 403, 412, 416];
  if (!allowed.includes(status)) return `status ${status}, expected one of ${allowed.join(', ')}`;
  if (status !== 200 || method === 'HEAD' || content === undefined || checksum !== undefined) return null;
  return body.equals(content) ? null : 'another content';
}
