/** After a restart, SHA-1 and MD5 of a cached file come from the inventory, if that describes the file as it is. */
import { readFileSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { openInventoryLog } from '../../../src/local/cache/file-record.js';
import { contentOf, digest, greeter, jar } from '../../support/workbench.js';
import { it, type ProxyBench } from '../bench.js';

const files = greeter({ versions: ['1.0.0'] });
const content = contentOf(files, jar);
const key = `r/${jar}`;
const [sha1, md5] = ['1'.repeat(40), '2'.repeat(32)];
const nothing = { changed: () => undefined, replaced: () => undefined };

/** Fetches the jar, ends the proxy, and changes what the inventory says of the jar. Returns the URL of the server. */
async function fetchAndRecord(bench: ProxyBench, changes: { readonly sha256?: string; readonly md5?: string | null }): Promise<string> {
  const { url } = await bench.serve(files);
  const first = await bench.inFrontOf(url);
  const { headers } = await bench.get(first, key);
  expect(headers['x-checksum-md5']).toBe(digest('md5', content));
  await first.close();
  const log = openInventoryLog(join(bench.folder, 'cache', 'proxy', '.clojars-fetch'), nothing);
  const record = log.peek(key);
  if (record === null || record === 'gone') throw new Error('the inventory has no record');
  expect(record).toMatchObject({ sha1: digest('sha1', content), md5: digest('md5', content) });
  await log.set(key, { ...record, sha1, md5, ...changes });
  return url;
}

/** Asks another proxy on the same cache, and returns what it says of SHA-1 and MD5. */
async function digestsAfterRestart(bench: ProxyBench, url: string): Promise<readonly unknown[]> {
  const { status, body, headers } = await bench.get(await bench.inFrontOf(url), key);
  expect([status, body]).toEqual([200, content]);
  return [headers['x-checksum-sha1'], headers['x-checksum-md5']];
}

describe('the digests of a cached file after a restart', () => {
  const computed = [digest('sha1', content), digest('md5', content)];

  it('are those that were recorded: the file is not hashed again', async ({ bench }) => {
    expect(await digestsAfterRestart(bench, await fetchAndRecord(bench, {}))).toEqual([sha1, md5]);
  });

  it('are computed if the record is about other bytes', async ({ bench }) => {
    expect(await digestsAfterRestart(bench, await fetchAndRecord(bench, { sha256: '3'.repeat(64) }))).toEqual(computed);
  });

  it('are computed if one of them was not recorded', async ({ bench }) => {
    expect(await digestsAfterRestart(bench, await fetchAndRecord(bench, { md5: null }))).toEqual(computed);
  });

  it('are computed, and recorded, if the file has another time', async ({ bench }) => {
    const url = await fetchAndRecord(bench, {});
    const file = join(bench.folder, 'cache', 'proxy', key);
    const { atime, mtimeMs } = statSync(file);
    utimesSync(file, atime, new Date(mtimeMs - 60_000));
    expect(await digestsAfterRestart(bench, url)).toEqual(computed);
    const inventory = join(bench.folder, 'cache', 'proxy', '.clojars-fetch', 'inventory.jsonl');
    await expect.poll(() => readFileSync(inventory, 'utf8').trimEnd().split('\n').at(-1)).toContain(digest('md5', content));
  });
});
