/** Requests for a hot file on one connection: the answer to one must not depend on what was asked before. */
import { randomBytes } from 'node:crypto';

import { describe, expect } from 'vitest';

import type { ApprovedFile } from '../../../src/app/proxy/files/file-download.js';
import { etagOf } from '../../../src/app/proxy/http/file-answer.js';
import { targetParser } from '../../../src/app/proxy/http/target.js';
import { RequestHandler } from '../../../src/app/proxy/request-handler.js';
import { jar } from '../../support/workbench.js';
import { approvedFacts } from '../approved-facts.js';
import { type ServerBench, test } from './stage.js';

const content = randomBytes(2_000);

/** Serves the file of `approved`, which the test may change. */
async function serve(bench: ServerBench) {
  const { file, representation, body } = await bench.cached('hot.jar', content);
  const { size, modifiedMs } = body.kind === 'file' ? body : { size: 0, modifiedMs: 0 };
  const facts = { ...approvedFacts, path: jar, size, modifiedMs, confirmedMs: modifiedMs };
  const state: { approved: ApprovedFile; nowMs: number } = {
    approved: { ...facts, file, sha256: representation.digests.sha256 },
    nowMs: modifiedMs + 5_500,
  };
  const nothing = (): Promise<never> => Promise.reject(new Error('not asked for'));
  const handler = new RequestHandler({
    sender: bench.sender(),
    earlyBytes: true,
    now: () => state.nowMs,
    monotonicMs: () => performance.now(),
    onAnswered: () => undefined,
    downloads: () => null,
  });
  const source = {
    names: ['r'],
    parse: targetParser(['r']),
    find: () => Promise.resolve({ kind: 'here' as const, file: state.approved }),
    approved: () => state.approved,
    hold: () => () => undefined,
    asked: () => undefined,
    askedMetadata: () => undefined,
    bytes: nothing,
    list: () => null,
    service: nothing,
  };
  const server = await bench.start((request, response, isPlain) => handler.handle(request, response, source, isPlain));
  return { state, port: server.port, etag: etagOf(representation.digests.sha256) };
}

const request = (port: number, ...headers: readonly string[]): string =>
  [`GET /r/${jar} HTTP/1.1`, `Host: 127.0.0.1:${port}`, ...headers, '', ''].join('\r\n');

const statuses = (answers: string): readonly string[] => [...answers.matchAll(/HTTP\/1\.1 (\d+) /g)].map(([, status = '']) => status);
const ages = (answers: string): readonly string[] => [...answers.matchAll(/\r\nAge: (\d+)\r\n/g)].map(([, age = '']) => age);

describe('requests for a hot file on one connection', () => {
  test('are answered each by its own headers', async ({ bench }) => {
    const { port, etag } = await serve(bench);
    const plain = request(port);
    const asked: readonly (readonly [string, string])[] = [
      [plain, '200'],
      [plain, '200'],
      [plain, '200'],
      [request(port, `If-None-Match: ${etag}`), '304'],
      [plain, '200'],
      [request(port, 'Range: bytes=0-9'), '206'],
      [request(port, 'If-Match: "other"'), '412'],
      [plain.replace('GET', 'HEAD'), '200'],
      [request(port, 'Origin: http://evil.example'), '403'],
      [plain, '200'],
      [plain.replace('GET /', `GET http://127.0.0.1:${port}/`), '200'],
      [plain.replace('GET /', 'GET http://evil.example/'), '421'],
      [request(port, 'Host: evil.example', 'Connection: close'), '400'],
    ];
    const answers = await bench.exchange(port, asked.map(([text]) => text).join(''));
    expect(statuses(answers)).toEqual(asked.map(([, status]) => status));
    expect(answers.split(content.toString('latin1'))).toHaveLength(7);
  });

  test('tell its age, and what is known of it, at that time', async ({ bench }) => {
    const { state, port } = await serve(bench);
    const ask = (): Promise<string> => bench.exchange(port, `${request(port)}${request(port, 'Connection: close')}`);
    expect(ages(`${await ask()}${await ask()}`)).toEqual(['5', '5', '5', '5']);
    state.nowMs += 1_000;
    expect(ages(await ask())).toEqual(['6', '6']);
    state.approved = { ...state.approved, isStale: true };
    expect((await ask()).match(/Cache-Status: clojars-fetch; fwd=stale/g)).toHaveLength(2);
  });
});
