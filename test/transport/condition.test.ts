/** Conditional requests: a mirror that has nothing new need not send the body again. */
import { createServer } from 'node:net';

import fc from 'fast-check';
import { describe, expect, it as plainIt } from 'vitest';

import { Circuits } from '../../src/network/mirrors/circuit.js';
import { Health } from '../../src/network/mirrors/health.js';
import type { Mirror } from '../../src/network/mirrors/repository.js';
import { getSmall, type Network } from '../../src/network/mirrors/request.js';
import { isValidator, type Validator, validatorOf } from '../../src/network/transport/contract/validator.js';
import { testCertificates } from '../support/certificate.js';
import { codePoint } from '../support/code-point.js';
import { contentOf, greeter, metadata } from '../support/workbench.js';
import { bytesOf, it, request, type TransportBench } from './bench.js';

const tag: Validator = { kind: 'etag', value: '"abc"' };
const date: Validator = { kind: 'date', value: 'Mon, 01 Jan 2024 00:00:00 GMT' };
const now = Date.parse('2024-01-01T00:10:00Z');

function mirrorAt(url: string): Mirror {
  return { url: new URL(url), operator: 'o', canonical: true, trusted: true, lastResort: false, priority: 0 };
}

function networkOf(bench: TransportBench): Network {
  return { transport: bench.transport(), health: new Health({ circuits: new Circuits({ now: Date.now }), concurrency: 4, now: Date.now }) };
}

describe('a conditional request', () => {
  it.for([
    [tag, 'if-none-match', 'if-modified-since'],
    [date, 'if-modified-since', 'if-none-match'],
  ] as const)('sends %o and nothing else', async ([unlessMatches, name, other], { bench }) => {
    const server = await bench.http(({ headers }, response) => {
      response.writeHead(headers[name] === unlessMatches.value && headers[other] === undefined ? 304 : 500);
      response.end();
    });
    const answer = await bench.transport().get(request(server.url, { unlessMatches }));
    expect(answer.status).toBe(304);
    expect(await bytesOf(answer)).toHaveLength(0);
  });

  it('is not made without a validator', async ({ bench }) => {
    const server = await bench.http(({ headers }, response) => response.end(JSON.stringify(Object.keys(headers))));
    const names = JSON.parse((await bytesOf(await bench.transport().get(request(server.url)))).toString()) as unknown;
    expect(names).toEqual(['host', 'connection', 'user-agent', 'accept-encoding', 'accept']);
  });

  it('may be answered with the length of the body that was not sent', async ({ bench }) => {
    const server = await bench.listen(
      createServer((socket) => {
        socket.on('error', () => undefined);
        socket.on('data', () => socket.write('HTTP/1.1 304 Not Modified\r\nETag: "abc"\r\nContent-Length: 5000\r\n\r\n'));
      }),
    );
    const transport = bench.transport();
    for (let turn = 0; turn < 3; turn += 1) {
      const answer = await transport.get(request(server.url, { unlessMatches: tag }));
      expect(answer.status).toBe(304);
      answer.cancel();
    }
  });

  it('works over HTTP/2', async ({ bench }) => {
    const { valid, ca } = await testCertificates();
    const server = await bench.http2(valid, (incoming, response) => {
      response.writeHead(incoming.headers['if-none-match'] === '"abc"' ? 304 : 200, { etag: '"abc"' });
      response.end();
    });
    const answer = await bench.transport({ ca }).get(request(server.url, { unlessMatches: tag }));
    expect(answer.status).toBe(304);
  });
});

describe('getSmall with a kept answer', () => {
  it('gives the kept bytes if the mirror says that they are right, and the new ones if not', async ({ bench }) => {
    const files = greeter();
    const server = await bench.serve(files);
    const network = networkOf(bench);
    const options = { maxBytes: 1e6, signal: new AbortController().signal };
    const first = await getSmall(network, mirrorAt(server.url), metadata, options);
    if (first.kind !== 'ok') throw new Error(first.kind);
    const validator = validatorOf(first.answer.headers, now);
    if (validator === null) throw new Error('the server sent no validator');
    const kept = { bytes: first.bytes, validator };
    const second = await getSmall(network, mirrorAt(server.url), metadata, { ...options, kept });
    expect(second).toMatchObject({ kind: 'ok', answer: { status: 304 } });
    expect(second.kind === 'ok' && second.bytes).toBe(first.bytes);
    const changed = Buffer.from('<metadata/>');
    files.set(metadata, changed);
    const third = await getSmall(network, mirrorAt(server.url), metadata, { ...options, kept });
    expect(third.kind === 'ok' && changed.equals(third.bytes)).toBe(true);
    expect(contentOf(files, metadata)).toBe(changed);
  });

  it('takes a 304 that was not asked for as a failure', async ({ bench }) => {
    const server = await bench.http((_, response) => {
      response.writeHead(304);
      response.end();
    });
    const options = { maxBytes: 1e6, signal: new AbortController().signal };
    expect(await getSmall(networkOf(bench), mirrorAt(server.url), metadata, options)).toMatchObject({
      kind: 'failed',
      outcome: 'status',
      status: 304,
    });
  });
});

describe('validatorOf', () => {
  const settled = { 'last-modified': date.value, date: 'Mon, 01 Jan 2024 00:01:00 GMT' };

  plainIt.each([
    ['a strong tag', { etag: '"abc"', ...settled }, tag],
    ['a weak tag', { etag: 'W/"abc"' }, { kind: 'etag', value: 'W/"abc"' }],
    ['a date of long ago', settled, date],
    ['a date, if the tag is malformed', { etag: 'abc', ...settled }, date],
    ['no date of a moment ago', { ...settled, date: 'Mon, 01 Jan 2024 00:00:59 GMT' }, null],
    ['no date without the time of the answer', { 'last-modified': date.value }, null],
    ['no tag with a line break', { etag: '"a\r\nx: y"' }, null],
    ['no endless tag', { etag: `"${'a'.repeat(1000)}"` }, null],
    ['nothing', {}, null],
  ] as const)('takes %s', (_name, headers, expected) => {
    expect(validatorOf(headers, now)).toEqual(expected);
  });

  plainIt('gives only what is safe in a header, and what isValidator accepts', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: codePoint }),
      fc.string().map((inner) => `"${inner}"`),
    );
    fc.assert(
      fc.property(text, text, text, (etag, changed, sent) => {
        const validator = validatorOf({ etag, 'last-modified': changed, date: sent }, now);
        if (validator === null) return;
        expect(validator.value).toMatch(/^[ -~]{1,210}$/);
        expect(isValidator(JSON.parse(JSON.stringify(validator)))).toBe(true);
      }),
    );
  });

  plainIt('isValidator refuses anything else', () => {
    for (const value of [null, 1, [], {}, { kind: 'etag', value: 'x\n' }, { kind: 'date', value: '"a"' }, { kind: 'x', value: '"a"' }])
      expect(isValidator(value)).toBe(false);
  });
});
