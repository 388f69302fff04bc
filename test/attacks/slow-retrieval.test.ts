/** Slow retrieval: a mirror that answers, but so slowly that the user never gets the file. */
import { describe, expect, vi } from 'vitest';

import { contentOf, coordinate, digest, errorOf, greeter, jar, metadata, pom } from '../support/workbench.js';
import { it, type Stage, untrusted } from './stage.js';

const files = greeter({ size: 40_000 });
const large = greeter({ size: 2_000_000 });
/** Clocks run at a tenth of the real times, so that the tests do not take minutes. */
const quick = { stall: { minBytesPerSecond: 1024, windowMs: 1_000 }, hedgeDelayMs: 150 };

/** Serves the matching paths at this rate, with or without a Content-Length, and the others soundly. */
function dripping(
  stage: Stage,
  served: ReadonlyMap<string, Buffer>,
  match: RegExp,
  bytesPerSecond: number,
  announced: boolean,
): Promise<string> {
  return stage.hostile((path, _request, response) => {
    const content = served.get(path);
    if (content === undefined) return response.writeHead(404).end();
    if (!match.test(path)) return response.end(content);
    response.writeHead(200, announced ? { 'content-length': content.length } : {});
    let sent = 0;
    const timer = setInterval(() => {
      const next = Math.min(content.length, sent + Math.max(1, Math.ceil(bytesPerSecond / 10)));
      response.write(content.subarray(sent, next));
      sent = next;
      if (sent === content.length) response.end();
    }, 100);
    response.once('close', () => clearInterval(timer));
    return undefined;
  }, 'http');
}

// They wait most of the time; more at once would keep sound servers waiting, too.
vi.setConfig({ maxConcurrency: 4 });

describe.concurrent('slow retrieval', () => {
  it.for([
    ['a byte a second, of known length', files, 1, true],
    ['a byte a second, of unknown length', files, 1, false],
    ['just above the stall limit, of known length', files, 2_000, true],
    ['just above the stall limit, of unknown length', files, 2_000, false],
    ['just above the stall limit, a large one', large, 2_000, true],
  ] as const)('of an artifact, %s: the next mirror provides it', async ([_name, served, rate, announced], { stage }) => {
    const slow = await dripping(stage, served, /\.jar$/, rate, announced);
    const sound = await stage.secure(served);
    const found = await stage.against(sound.url, [{ url: slow, priority: -1 }], { timeoutMs: 20_000 }, quick).resolveArtifact(coordinate);
    expect(found).toMatchObject({ mirror: sound.url, sha256: digest('sha256', contentOf(served, jar)) });
  });

  it.for([
    ['a POM', /\.pom$/],
    ['a checksum file', /\.sha1$/],
  ] as const)('of %s, just above the stall limit, of unknown length', async ([_name, match], { stage }) => {
    const slow = await dripping(stage, files, match, 2_000 / 100, false);
    const sound = await stage.secure(files);
    const found = await stage
      .against(
        sound.url,
        [{ url: slow, priority: -1 }],
        { timeoutMs: 20_000 },
        { ...quick, stall: { minBytesPerSecond: 10, windowMs: 1_000 } },
      )
      .resolveArtifact(coordinate);
    expect(found.sha256).toBe(digest('sha256', contentOf(files, jar)));
    expect((await stage.read(pom)).equals(contentOf(files, pom))).toBe(true);
  });

  it('of metadata, just above the stall limit, of unknown length', async ({ stage }) => {
    const slow = await dripping(stage, files, /metadata\.xml$/, 20, false);
    const sound = await stage.secure(files);
    const list = await stage
      .against(
        sound.url,
        [{ url: slow, priority: -1 }],
        { timeoutMs: 50_000 },
        // The window is wide, or a busy machine would stall the sound mirror too, which would then be asked twice.
        { ...quick, stall: { minBytesPerSecond: 10, windowMs: 10_000 } },
      )
      .resolveVersions('org.example:greeter');
    expect(list.versions).toEqual(['1.0.0', '1.1.0']);
    expect(sound.count(metadata)).toBe(1);
  });

  it('of everything from every mirror: the deadline of the operation ends it, and nothing is left behind', async ({ stage }) => {
    const slow = await dripping(stage, files, /./, 2_000, false);
    const other = await dripping(stage, files, /./, 2_000, true);
    const client = stage.against(slow, [untrusted(other, 'other')], { timeoutMs: 2_000 }, { hedgeDelayMs: 100 });
    expect(await errorOf(client.resolveArtifact(coordinate))).toMatchObject({
      code: 'ERR_UNREACHABLE',
      reason: 'timeout',
      hint: expect.stringContaining('--timeout') as unknown,
    });
    await client.close();
    expect((await stage.placed()).filter((name) => name.endsWith('.jar') || name.includes('tmp'))).toEqual([]);
  });
});
