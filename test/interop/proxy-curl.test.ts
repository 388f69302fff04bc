/** curl against the proxy, for what build tools never ask: ranges, conditions, HTTP/1.0 and HEAD. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeEach, describe, expect } from 'vitest';

import { it, type ProxyBench } from '../proxy/bench.js';
import { contentOf, digest } from '../support/workbench.js';
import { findProgram, missingPrograms, runProgram, skipUnlessThere } from './programs.js';
import { createClosureRepository } from './workspace.js';

const missing = missingPrograms(['curl']);
const { files } = createClosureRepository('first');
const path = 'org/example/text/0.9-beta1/text-0.9-beta1.jar';
const content = contentOf(files, path);
const etag = `"sha256:${digest('sha256', content)}"`;

interface Answer {
  readonly status: number;
  /** With names in lower case. */
  readonly headers: string;
  readonly body: Buffer;
}

/** Starts a proxy with an empty cache; returns the function that asks it for the file by curl with these words. */
async function openCurl(bench: ProxyBench): Promise<(...words: readonly string[]) => Promise<Answer>> {
  const proxy = await bench.inFrontOf((await bench.serve(files)).url);
  let runs = 0;
  return async (...words) => {
    const [body, head] = ['body', 'head'].map((name) => join(bench.folder, `${name}-${runs}`));
    if (body === undefined || head === undefined) throw new Error('no files for curl');
    runs += 1;
    const { code, stdout, output } = await runProgram(
      findProgram('curl') ?? 'curl',
      ['-sS', '--noproxy', '*', '-D', head, '-o', body, '-w', '%{http_code}', ...words, `${proxy.url}r/${path}`],
      { home: join(bench.folder, 'home'), cwd: bench.folder },
    );
    expect(code, output).toBe(0);
    const headers = readFileSync(head, 'latin1').replace(/^[^:\r\n]+:/gm, (name) => name.toLowerCase());
    return { status: Number(stdout), headers, body: words.includes('-I') ? Buffer.alloc(0) : readOrEmpty(body) };
  };
}

function readOrEmpty(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    return Buffer.alloc(0); // curl makes no file for an answer without a body
  }
}

describe('curl', () => {
  beforeEach(({ skip }) => skipUnlessThere({ skip }, missing));

  it('gets the beginning, the end, and nothing beyond it', async ({ bench }) => {
    const curl = await openCurl(bench);
    const size = content.length;
    const [first, last, beyond, several] = [
      await curl('-r', '0-99'),
      await curl('-r', '-100'),
      await curl('-r', `${size}-`),
      await curl('-r', '0-9,20-29'),
    ];
    expect(first).toMatchObject({ status: 206, body: content.subarray(0, 100) });
    expect(first.headers).toContain(`content-range: bytes 0-99/${size}`);
    expect(last).toMatchObject({ status: 206, body: content.subarray(-100) });
    expect(beyond.status).toBe(416);
    expect(beyond.headers).toContain(`content-range: bytes */${size}`);
    expect(several).toMatchObject({ status: 200, body: content });
  });

  it('gets a range only of the representation that it names', async ({ bench }) => {
    const curl = await openCurl(bench);
    expect(await curl('-r', '0-99', '-H', `If-Range: ${etag}`)).toMatchObject({ status: 206, body: content.subarray(0, 100) });
    expect(await curl('-r', '0-99', '-H', 'If-Range: "other"')).toMatchObject({ status: 200, body: content });
  });

  it('gets no body for what it has', async ({ bench }) => {
    const curl = await openCurl(bench);
    const { headers } = await curl();
    const modified = /^last-modified: (.+?)\r?$/m.exec(headers)?.[1] ?? '';
    expect(headers).toContain(`etag: ${etag}`);
    const none = { status: 304, body: Buffer.alloc(0) };
    expect(await curl('-H', `If-None-Match: ${etag}`)).toMatchObject(none);
    expect(await curl('-H', `If-None-Match: "other", ${etag}`)).toMatchObject(none);
    expect(await curl('-H', `If-Modified-Since: ${modified}`)).toMatchObject(none);
    // The condition on the time is ignored, since there is one on the tag.
    const tagFirst = await curl('-H', 'If-None-Match: "other"', '-H', `If-Modified-Since: ${modified}`);
    expect(tagFirst).toMatchObject({ status: 200, body: content });
    expect((await curl('-H', 'If-Match: "other"')).status).toBe(412);
    expect((await curl('-H', 'Cache-Control: no-cache', '-H', 'Pragma: no-cache')).headers).toMatch(/cache-status: .*hit/);
  });

  it('gets the whole file by HTTP/1.0, and the head of it by HEAD', async ({ bench }) => {
    const curl = await openCurl(bench);
    const old = await curl('-0');
    expect(old).toMatchObject({ status: 200, body: content });
    expect(old.headers).toContain(`content-length: ${content.length}`);
    expect(old.headers).not.toContain('transfer-encoding');
    const head = await curl('-I');
    expect(head.status).toBe(200);
    for (const line of [`content-length: ${content.length}`, `etag: ${etag}`, `x-checksum-sha1: ${digest('sha1', content)}`])
      expect(head.headers).toContain(line);
  });
});
