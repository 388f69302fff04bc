/** A file that another process takes away after it was found. */
import { Buffer } from 'node:buffer';

import { describe, expect } from 'vitest';

import type { ApprovedFile } from '../../../src/app/proxy/files/file-download.js';
import { targetParser } from '../../../src/app/proxy/http/target.js';
import { type ProxyContent, RequestHandler } from '../../../src/app/proxy/request-handler.js';
import { jar } from '../../support/workbench.js';
import { approvedFacts } from '../approved-facts.js';
import { bodyOf, get, type ServerBench, statusOf, test } from './stage.js';

const content = Buffer.from('the content');

/** Answers one request by a handler whose file is gone the first times it was found; returns the answer, and how often it was looked up. */
async function answerWith(bench: ServerBench, timesGone: number) {
  const { file, representation, body } = await bench.cached('there.jar', content);
  const { size, modifiedMs } = body.kind === 'file' ? body : { size: 0, modifiedMs: 0 };
  const facts = { ...approvedFacts, path: jar, size, modifiedMs, confirmedMs: modifiedMs };
  const approved: ApprovedFile = { ...facts, file, sha256: representation.digests.sha256 };
  let found = 0;
  const nothing = (): Promise<never> => Promise.reject(new Error('not asked for'));
  const source: ProxyContent = {
    names: ['r'],
    parse: targetParser(['r']),
    find: () => {
      found += 1;
      return Promise.resolve({ kind: 'here', file: found > timesGone ? approved : { ...approved, file: `${file}.gone` } });
    },
    approved: () => null,
    hold: () => () => undefined,
    asked: () => undefined,
    askedMetadata: () => undefined,
    bytes: nothing,
    list: () => null,
    service: nothing,
  };
  const handler = new RequestHandler({
    sender: bench.sender(),
    earlyBytes: true,
    now: Date.now,
    monotonicMs: () => performance.now(),
    onAnswered: () => undefined,
    downloads: () => null,
  });
  const { port } = await bench.start((request, response, isPlain) => handler.handle(request, response, source, isPlain));
  return { answer: await bench.exchange(port, get(port, `/r/${jar}`)), found };
}

describe('a file that is gone when it is to be sent', () => {
  test('is looked up once more, and sent', async ({ bench }) => {
    const { answer, found } = await answerWith(bench, 1);
    expect([statusOf(answer), bodyOf(answer), found]).toEqual(['200', content.toString(), 2]);
  });

  test('and gone again is an error, and not a 404', async ({ bench }) => {
    const { answer, found } = await answerWith(bench, 2);
    expect([statusOf(answer), found]).toEqual(['500', 2]);
  });
});
