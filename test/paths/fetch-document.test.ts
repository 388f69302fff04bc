/** Documents of a repository: catalogs and indexes, from its authorities only. */
import { readFile } from 'node:fs/promises';

import { describe, expect } from 'vitest';

import { documentMaxBytes, fetchDocument } from '../../src/fetch/paths/fetch-document.js';
import { digest, errorOf, it } from '../support/workbench.js';
import { openStage } from './stage.js';

const path = 'archetype-catalog.xml';
const catalog = Buffer.from('<archetype-catalog><archetypes/></archetype-catalog>');
const bare = new Map([[path, catalog]]);
const withSum = new Map([...bare, [`${path}.sha1`, Buffer.from(digest('sha1', catalog))]]);

describe('fetchDocument', () => {
  it('fetches it, compares it with its checksum, and replaces it the next time', async ({ bench }) => {
    const files = new Map(withSum);
    const server = await bench.serve(files, { headers: () => ({ 'last-modified': 'Tue, 14 Nov 2023 22:13:20 GMT' }) });
    const { context, repository } = await openStage(bench, { repositories: [{ id: 'r', url: server.url }] });
    const request = { repository: repository('r'), path };
    const fetched = await fetchDocument(context, request);
    expect(fetched).toMatchObject({
      size: catalog.length,
      sha256: digest('sha256', catalog),
      sha1: digest('sha1', catalog),
      md5: digest('md5', catalog),
      mirror: server.url,
      lastModifiedMs: 1_700_000_000_000,
      isChecked: true,
    });
    expect(await readFile(fetched.file)).toEqual(catalog);
    const next = Buffer.from('<archetype-catalog/>');
    files.set(path, next).set(`${path}.sha1`, Buffer.from(digest('sha1', next)));
    expect((await fetchDocument(context, request)).sha256).toBe(digest('sha256', next));
    expect(await bench.read(path)).toEqual(next);
    expect((await bench.placed()).filter((name) => name.includes('archetype'))).toEqual([path]);
  });

  it.for(['.meta/prefixes.txt', 'all-poms.txt.gz', 'all-jars.clj.gz', 'feed.clj.gz'])(
    'fetches %s without a checksum file',
    async (name, { bench }) => {
      const server = await bench.serve(new Map([[name, Buffer.from('some text')]]));
      const { context, repository } = await openStage(bench, { repositories: [{ id: 'r', url: server.url }] });
      expect(await fetchDocument(context, { repository: repository('r'), path: name })).toMatchObject({ size: 9, isChecked: false });
    },
  );

  it('compares again with the checksum of now if the document was replaced meanwhile', async ({ bench }) => {
    const files = new Map([...bare, [`${path}.sha1`, Buffer.from('0'.repeat(40))]]);
    const server = await bench.serve(files, {
      fault: (asked) => {
        // The body is asked for after the checksum of an hour ago.
        if (asked === path) files.set(`${path}.sha1`, Buffer.from(digest('sha1', catalog)));
        return null;
      },
    });
    const { context, repository } = await openStage(bench, { repositories: [{ id: 'r', url: server.url }] });
    expect(await fetchDocument(context, { repository: repository('r'), path })).toMatchObject({ isChecked: true });
  });

  it('takes another authority if the first is corrupt or down, and says if all are', async ({ bench }) => {
    const corrupt = await bench.serve(withSum, { fault: { fault: 'corrupt', match: /xml$/ } });
    const [sound, down] = [await bench.serve(withSum), await bench.serve(withSum, { fault: 'refuse' })];
    const trusted = { url: sound.url, trusted: true };
    const { context, repository } = await openStage(bench, {
      repositories: [
        { id: 'helped', url: corrupt.url, mirrors: [trusted] },
        { id: 'down', url: down.url, mirrors: [trusted] },
        { id: 'corrupt', url: corrupt.url },
        { id: 'gone', url: down.url },
      ],
    });
    for (const id of ['helped', 'down'])
      expect(await fetchDocument(context, { repository: repository(id), path })).toMatchObject({ mirror: sound.url });
    const refused = await errorOf(fetchDocument(context, { repository: repository('corrupt'), path }));
    expect(refused).toMatchObject({ code: 'ERR_CHECKSUM', reason: 'mismatch' });
    expect((await errorOf(fetchDocument(context, { repository: repository('gone'), path }))).code).toBe('ERR_UNREACHABLE');
    expect((await bench.placed()).filter((name) => /tmp/.test(name))).toEqual([]);
  });

  it('never asks a mirror that is not an authority, and believes the canonical operator that there is none', async ({ bench }) => {
    const [canonical, other] = [await bench.serve(new Map()), await bench.serve(withSum)];
    const mirrors = [{ url: other.url, operator: 'other', trusted: false }];
    const { context, repository } = await openStage(bench, { repositories: [{ id: 'r', url: canonical.url, mirrors }] });
    const error = await errorOf(fetchDocument(context, { repository: repository('r'), path }));
    expect(error).toMatchObject({ code: 'ERR_NOT_FOUND', reason: 'absent' });
    expect(other.count()).toBe(0);
  });

  it('refuses a page, an empty file and one that is too large', async ({ bench }) => {
    const page = await bench.serve(withSum, { fault: 'html' });
    const empty = await bench.serve(new Map([[path, Buffer.alloc(0)]]));
    const large = await bench.http((request, response) => {
      if (request.url?.endsWith('xml') === true) response.writeHead(200, { 'content-length': documentMaxBytes + 1 }).write('<');
      else response.writeHead(404).end();
    });
    const { context, repository } = await openStage(bench, {
      repositories: [
        { id: 'page', url: page.url },
        { id: 'empty', url: empty.url },
        { id: 'large', url: large.url },
      ],
    });
    const codes = ['page', 'empty', 'large'].map((id) => errorOf(fetchDocument(context, { repository: repository(id), path })));
    expect((await Promise.all(codes)).map(({ code }) => code)).toEqual(['ERR_UNREACHABLE', 'ERR_UNREACHABLE', 'ERR_LIMIT']);
    expect((await bench.placed()).filter((name) => name.includes('archetype'))).toEqual([]);
  });

  it.for(['index.html', 'MIRRORS', '.index/nexus-maven-repository-index.gz', '../archetype-catalog.xml', 'archetype-catalog.xml.sha1'])(
    'says without a request that %s is absent',
    async (other, { bench }) => {
      const server = await bench.serve(withSum);
      const { context, repository } = await openStage(bench, { repositories: [{ id: 'r', url: server.url }] });
      const error = await errorOf(fetchDocument(context, { repository: repository('r'), path: other }));
      expect(error).toMatchObject({ code: 'ERR_NOT_FOUND', reason: 'absent' });
      expect(server.count()).toBe(0);
    },
  );

  it('sends no request offline', async ({ bench }) => {
    const server = await bench.serve(withSum);
    const { context, repository } = await openStage(bench, { offline: true, repositories: [{ id: 'r', url: server.url }] });
    expect(await errorOf(fetchDocument(context, { repository: repository('r'), path }))).toMatchObject({ code: 'ERR_OFFLINE' });
    expect(server.count()).toBe(0);
  });
});
