/** When metadata is fetched, confirmed, or served from its copy. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { Absences } from '../../../src/app/proxy/files/absence.js';
import { MetadataStore, type MetadataStoreOptions } from '../../../src/app/proxy/metadata/metadata-store.js';
import { parseMetadata } from '../../../src/maven/metadata/metadata.js';
import { contentOf, errorOf, metadata } from '../../support/workbench.js';
import { it, listing, type MetadataBench, put, versionsText } from './bench.js';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const yearMs = 365 * 24 * hourMs;

const versionsOf = ({ bytes }: { readonly bytes: Uint8Array }): readonly string[] => parseMetadata(bytes).versions;

/** A store whose clock is set by hand. */
function openStore(bench: MetadataBench, options: Partial<MetadataStoreOptions> = {}) {
  const clock = { ms: Date.UTC(2026, 0, 1) };
  const open = (): MetadataStore => {
    const store = new MetadataStore({ absences: new Absences(), stateFolder: bench.stateFolder, now: () => clock.ms, ...options });
    bench.atEnd(() => store.close());
    return store;
  };
  return { clock, store: open(), reopen: open };
}

describe('metadata that is asked for', () => {
  it('is fetched, and fresh for a minute', async ({ bench }) => {
    const files = listing(['1.0']);
    const server = await bench.serve(files);
    const { context, repository } = await bench.one(server.url);
    const { store, clock } = openStore(bench);
    const first = await store.get(context, repository, metadata);
    expect(first).toEqual({ bytes: contentOf(files, metadata), lastModifiedMs: null, ageMs: 0, status: 'miss', mirror: server.url });
    server.clear();
    clock.ms += minuteMs - 1;
    expect(await store.get(context, repository, metadata)).toMatchObject({ status: 'hit', ageMs: minuteMs - 1, bytes: first.bytes });
    expect(server.count()).toBe(0);
  });

  it('is kept where a web server would find it, and nothing else is', async ({ bench }) => {
    const files = listing(['1.0']);
    const { context, repository } = await bench.one((await bench.serve(files)).url);
    await openStore(bench).store.get(context, repository, metadata);
    expect(await bench.read(metadata)).toEqual(contentOf(files, metadata));
    expect(await bench.placed()).toEqual([metadata]);
    const elsewhere = join(bench.folder, 'elsewhere');
    await openStore(bench, { folderOf: () => elsewhere, stateFolder: join(bench.folder, 'other') }).store.get(
      context,
      repository,
      metadata,
    );
    expect(await readFile(join(elsewhere, metadata))).toEqual(contentOf(files, metadata));
  });

  it('is served from the copy for an hour, while one conditional request asks whether it is still right', async ({ bench }) => {
    const files = listing(['1.0']);
    const server = await bench.serve(files);
    const { context, repository } = await bench.one(server.url);
    const { store, clock } = openStore(bench);
    await store.get(context, repository, metadata);
    server.clear();
    clock.ms += hourMs - 1;
    expect(await store.get(context, repository, metadata)).toMatchObject({ status: 'hit', ageMs: hourMs - 1 });
    await expect.poll(() => store.get(context, repository, metadata)).toMatchObject({ status: 'hit', ageMs: 0 });
    expect(server.requests.map(({ path, headers }) => [path, headers['if-none-match'] !== undefined])).toEqual([[metadata, true]]);
  });

  it('shows a new version to the next one who asks', async ({ bench }) => {
    const files = listing(['1.0']);
    const { context, repository } = await bench.one((await bench.serve(files)).url);
    const { store, clock } = openStore(bench);
    await store.get(context, repository, metadata);
    put(files, metadata, versionsText(['1.0', '2.0'], '20250101000000'));
    clock.ms += minuteMs;
    expect(versionsOf(await store.get(context, repository, metadata))).toEqual(['1.0']);
    await expect.poll(async () => versionsOf(await store.get(context, repository, metadata))).toEqual(['1.0', '2.0']);
  });

  it('is asked for first if the copy is older than an hour', async ({ bench }) => {
    const files = listing(['1.0']);
    const server = await bench.serve(files);
    const { context, repository } = await bench.one(server.url);
    const { store, clock } = openStore(bench);
    await store.get(context, repository, metadata);
    clock.ms += hourMs;
    server.clear();
    expect(await store.get(context, repository, metadata)).toMatchObject({ status: 'confirmed', ageMs: 0 });
    expect(server.count()).toBe(1);
    put(files, metadata, versionsText(['1.0', '2.0'], '20250101000000'));
    clock.ms += hourMs;
    const found = await store.get(context, repository, metadata);
    expect(found).toMatchObject({ status: 'miss', ageMs: 0 });
    expect(versionsOf(found)).toEqual(['1.0', '2.0']);
  });

  it('is fetched once for many, and the first of them may leave', async ({ bench }) => {
    const server = await bench.serve(listing(['1.0']), { fault: { delayMs: 100 } });
    const { context, repository } = await bench.one(server.url);
    const { store } = openStore(bench);
    const leaving = new AbortController();
    const first = store.get(context, repository, metadata, { signal: leaving.signal });
    const others = Array.from({ length: 50 }, () => store.get(context, repository, metadata));
    await expect.poll(() => server.count()).toBeGreaterThan(0);
    leaving.abort(new Error('gone'));
    await expect(first).rejects.toThrow('gone');
    expect(new Set((await Promise.all(others)).map(({ status }) => status))).toEqual(new Set(['miss']));
    expect(server.count(metadata)).toBe(1);
  });

  it('that is absent is an error each time, is asked for again after ten seconds, and nothing is kept', async ({ bench }) => {
    const server = await bench.serve(new Map());
    const { context, repository } = await bench.one(server.url);
    const { store, clock } = openStore(bench);
    for (const [laterMs, requests] of [
      [0, 1],
      [9_999, 1],
      [1, 2],
    ] as const) {
      clock.ms += laterMs;
      expect(await errorOf(store.get(context, repository, metadata))).toMatchObject({ code: 'ERR_NOT_FOUND', reason: 'absent' });
      expect(server.count(metadata)).toBe(requests);
    }
    expect(await bench.placed()).toEqual([]);
  });
});

describe('while no mirror answers', () => {
  it.for([['status', { status: 503 }] as const, ['page', 'html'] as const, ['wrong checksums', 'corrupt-checksum'] as const])(
    'the copy is served however old: %s',
    async ([, fault], { bench }) => {
      const files = listing(['1.0']);
      const server = await bench.serve(files);
      const { context, repository } = await bench.one(server.url);
      const { store, clock } = openStore(bench);
      await store.get(context, repository, metadata);
      put(files, metadata, versionsText(['1.0', '2.0'], '20250101000000'));
      server.setFault(fault);
      clock.ms += yearMs;
      const stale = { status: 'stale', ageMs: yearMs, mirror: server.url };
      expect(await store.get(context, repository, metadata)).toMatchObject(stale);
      expect(versionsOf(await store.get(context, repository, metadata))).toEqual(['1.0']);
      server.setFault(null);
      await expect.poll(async () => versionsOf(await store.get(context, repository, metadata))).toEqual(['1.0', '2.0']);
    },
  );

  it('the copy is stale as soon as it is no longer fresh, for every path of the repository, until a mirror answers', async ({ bench }) => {
    const other = metadata.replace('greeter', 'other');
    const files = listing(['1.0']);
    put(files, other, versionsText(['1.0']).replace('greeter', 'other'));
    const server = await bench.serve(files);
    const { context, repository } = await bench.one(server.url);
    const { store, clock } = openStore(bench);
    for (const path of [metadata, other]) await store.get(context, repository, path);
    server.setFault({ status: 503 });
    clock.ms += minuteMs;
    await expect.poll(() => store.get(context, repository, metadata)).toMatchObject({ status: 'stale', ageMs: minuteMs });
    expect(await store.get(context, repository, other)).toMatchObject({ status: 'stale' });
    server.setFault(null);
    await expect.poll(() => store.get(context, repository, metadata)).toMatchObject({ status: 'hit', ageMs: 0 });
  });

  it('a copy older than allowed is an error, and is not served while it is asked for either', async ({ bench }) => {
    const server = await bench.serve(listing(['1.0']));
    const { context, repository } = await bench.one(server.url);
    const { store, clock } = openStore(bench, { maxStaleMs: 10 * minuteMs });
    await store.get(context, repository, metadata);
    server.setFault({ status: 503 });
    clock.ms += 10 * minuteMs;
    expect(await store.get(context, repository, metadata)).toMatchObject({ status: 'stale', ageMs: 10 * minuteMs });
    clock.ms += 1;
    expect(await errorOf(store.get(context, repository, metadata))).toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'status' });
  });

  it('a request without a copy ends after the time to wait, and its answer is kept all the same', async ({ bench }) => {
    const server = await bench.serve(listing(['1.0']), { fault: { delayMs: 300 } });
    const { context, repository } = await bench.one(server.url);
    const { store } = openStore(bench, { waitMs: 20 });
    expect(await errorOf(store.get(context, repository, metadata))).toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'timeout' });
    await expect.poll(() => bench.placed()).toEqual([metadata]);
    await expect.poll(() => store.get(context, repository, metadata)).toMatchObject({ status: 'hit' });
    expect(server.count(metadata)).toBe(1);
  });

  it('and the mirror hangs, the copy is served after the time to wait', async ({ bench }) => {
    const server = await bench.serve(listing(['1.0']));
    const { context, repository } = await bench.one(server.url);
    await openStore(bench).store.get(context, repository, metadata);
    server.setFault('hang');
    const { store, clock } = openStore(bench, { waitMs: 20 });
    clock.ms += 2 * hourMs;
    expect(await store.get(context, repository, metadata)).toMatchObject({ status: 'stale', ageMs: 2 * hourMs });
  });

  it('and an untrusted mirror alone answers, the copy is served', async ({ bench }) => {
    const canonical = await bench.serve(listing(['1.0']));
    const liar = await bench.secure(listing(['1.0', '9.9'], '20300101000000'));
    const { context, repository } = await bench.one(canonical.url, [liar.url]);
    const { store, clock } = openStore(bench);
    await store.get(context, repository, metadata);
    canonical.setFault({ status: 503 });
    clock.ms += 2 * hourMs;
    const found = await store.get(context, repository, metadata);
    expect(found.status).toBe('stale');
    expect(versionsOf(found)).toEqual(['1.0']);
  });
});

describe('offline', () => {
  it('no mirror is asked: the copy is served, and without one it is an error', async ({ bench }) => {
    const server = await bench.serve(listing(['1.0']));
    const { context, repository } = await bench.one(server.url);
    const { store, clock } = openStore(bench);
    const offline = { ...context, run: { ...context.run, offline: true } };
    const error = await errorOf(store.get(offline, repository, metadata));
    expect(error).toMatchObject({ code: 'ERR_OFFLINE', reason: 'absent' });
    await store.get(context, repository, metadata);
    server.clear();
    clock.ms += yearMs;
    expect(await store.get(offline, repository, metadata)).toMatchObject({ status: 'hit', ageMs: yearMs });
    expect(server.count()).toBe(0);
  });
});

describe('after a restart', () => {
  it('the copy is known, with its age and its tag', async ({ bench }) => {
    const server = await bench.serve(listing(['1.0']));
    const { context, repository } = await bench.one(server.url);
    const { store, clock, reopen } = openStore(bench);
    await store.get(context, repository, metadata);
    server.clear();
    clock.ms += 1000;
    expect(await reopen().get(context, repository, metadata)).toMatchObject({ status: 'hit', ageMs: 1000, mirror: server.url });
    expect(server.count()).toBe(0);
    clock.ms += 2 * hourMs;
    expect(await reopen().get(context, repository, metadata)).toMatchObject({ status: 'confirmed', ageMs: 0 });
    expect(server.requests.map(({ headers }) => headers['if-none-match'] !== undefined)).toEqual([true]);
  });

  const damage = {
    'the file was changed': async (bench: MetadataBench) => {
      await bench.write(metadata, versionsText(['1.0', '6.6.6'], '20300101000000'));
    },
    'the file is gone': (bench: MetadataBench) => rm(join(bench.m2, metadata)),
    'a folder is in its place': async (bench: MetadataBench) => {
      await rm(join(bench.m2, metadata));
      await mkdir(join(bench.m2, metadata));
    },
    'the notes are gone': (bench: MetadataBench) => rm(bench.stateFolder, { recursive: true }),
    'the notes are cut off': (bench: MetadataBench) => overwriteNotes(bench, (text) => text.slice(0, text.length / 2)),
    'the notes are of another form': (bench: MetadataBench) => overwriteNotes(bench, () => '[["r org",{"sha256":1}],null,[1,2,3]]'),
    'the notes have an endless list': (bench: MetadataBench) => overwriteNotes(bench, () => `[${'[],'.repeat(10_000)}0]`),
  };
  it.for(Object.keys(damage) as (keyof typeof damage)[])('the copy is ignored if %s', async (name, { bench }) => {
    const server = await bench.serve(listing(['1.0']));
    const { context, repository } = await bench.one(server.url);
    const { store, reopen } = openStore(bench);
    await store.get(context, repository, metadata);
    await damage[name](bench);
    server.clear();
    const found = await reopen().get(context, repository, metadata);
    expect(found.status).toBe('miss');
    expect(versionsOf(found)).toEqual(['1.0']);
    expect(server.requests.some(({ headers }) => headers['if-none-match'] !== undefined)).toBe(false);
  });

  it('a damaged copy is never served, not even if no mirror answers', async ({ bench }) => {
    const server = await bench.serve(listing(['1.0']));
    const { context, repository } = await bench.one(server.url);
    const { store, reopen } = openStore(bench);
    await store.get(context, repository, metadata);
    await bench.write(metadata, versionsText(['6.6.6']));
    server.setFault({ status: 503 });
    expect(await errorOf(reopen().get(context, repository, metadata))).toMatchObject({ code: 'ERR_UNREACHABLE' });
  });

  it('the notes of thousands of files stay small', async ({ bench }) => {
    const files = new Map<string, Buffer>();
    const paths = Array.from({ length: 300 }, (_, index) => `org/example/a${index}/maven-metadata.xml`);
    for (const [index, path] of paths.entries()) put(files, path, versionsText(['1.0']).replace('greeter', `a${index}`));
    const server = await bench.serve(files);
    const { context, repository } = await bench.one(server.url);
    const { store, reopen } = openStore(bench);
    await Promise.all(paths.map((path) => store.get(context, repository, path)));
    expect((await readdir(bench.stateFolder)).length).toBeLessThanOrEqual(256);
    server.clear();
    const again = reopen();
    for (const path of paths) expect(await again.get(context, repository, path)).toMatchObject({ status: 'hit' });
    expect(server.count()).toBe(0);
  });
});

async function overwriteNotes({ stateFolder }: MetadataBench, change: (text: string) => string): Promise<void> {
  for (const name of await readdir(stateFolder)) {
    const file = join(stateFolder, name);
    await writeFile(file, change(await readFile(file, 'utf8')));
  }
}

describe('a clock that jumps', () => {
  it('a year ahead and back again leaves the copy usable', async ({ bench }) => {
    const server = await bench.serve(listing(['1.0']));
    const { context, repository } = await bench.one(server.url);
    const { store, clock, reopen } = openStore(bench);
    await store.get(context, repository, metadata);
    clock.ms += yearMs;
    expect(await store.get(context, repository, metadata)).toMatchObject({ status: 'confirmed', ageMs: 0 });
    clock.ms -= yearMs;
    for (const one of [store, reopen()]) {
      server.clear();
      expect(await one.get(context, repository, metadata)).toMatchObject({ status: 'hit', ageMs: 0 });
      clock.ms += minuteMs / 2;
      expect(await one.get(context, repository, metadata)).toMatchObject({ status: 'hit', ageMs: minuteMs / 2 });
      clock.ms -= minuteMs / 2;
    }
  });

  it('back by a year does not make a copy fresh for a year', async ({ bench }) => {
    const server = await bench.serve(listing(['1.0']));
    const { context, repository } = await bench.one(server.url);
    const { store, clock } = openStore(bench);
    await store.get(context, repository, metadata);
    clock.ms -= yearMs;
    server.clear();
    expect(await store.get(context, repository, metadata)).toMatchObject({ status: 'hit', ageMs: 0 });
    clock.ms += minuteMs;
    expect(await store.get(context, repository, metadata)).toMatchObject({ status: 'hit' });
    await expect.poll(() => server.count(metadata)).toBe(1);
  });

  it('back by a year does not make a copy too old, and ahead it is still served while no mirror answers', async ({ bench }) => {
    const server = await bench.serve(listing(['1.0']));
    const { context, repository } = await bench.one(server.url);
    const { store, clock } = openStore(bench);
    await store.get(context, repository, metadata);
    server.setFault({ status: 503 });
    for (const jumpMs of [yearMs, -yearMs, -yearMs, yearMs]) {
      clock.ms += jumpMs;
      const { ageMs, bytes } = await store.get(context, repository, metadata);
      expect(ageMs).toBeGreaterThanOrEqual(0);
      expect(parseMetadata(bytes).versions).toEqual(['1.0']);
    }
  });
});

describe('a rollback', () => {
  it('is served as before, and reported once', async ({ bench }) => {
    const files = listing(['1.0', '1.1'], '20240201000000');
    const { context, repository } = await bench.one((await bench.serve(files)).url);
    const { store, clock } = openStore(bench);
    const { bytes } = await store.get(context, repository, metadata);
    put(files, metadata, versionsText(['1.0'], '20240101000000'));
    for (let turn = 0; turn < 3; turn += 1) {
      clock.ms += 2 * hourMs;
      expect(await store.get(context, repository, metadata)).toMatchObject({ status: 'stale', bytes });
    }
    expect(bench.warnings('metadata-rollback')).toHaveLength(1);
    put(files, metadata, versionsText(['1.0', '1.1', '1.2'], '20240301000000'));
    clock.ms += 2 * hourMs;
    expect(versionsOf(await store.get(context, repository, metadata))).toEqual(['1.0', '1.1', '1.2']);
  });
});

describe('a disk that cannot be written', () => {
  it('does not keep metadata from being served, or from staying fresh', async ({ bench }) => {
    const server = await bench.serve(listing(['1.0']));
    const { context, repository } = await bench.one(server.url);
    await bench.write('org', 'a file where a folder should be');
    const { store } = openStore(bench);
    expect(await store.get(context, repository, metadata)).toMatchObject({ status: 'miss' });
    expect(bench.warnings('metadata')).toEqual([expect.stringContaining('the metadata cannot be kept: ')]);
    expect(await store.get(context, repository, metadata)).toMatchObject({ status: 'hit' });
    expect(server.count(metadata)).toBe(1);
  });
});

describe('close', () => {
  it('ends refreshes that are under way', async ({ bench }) => {
    const server = await bench.serve(listing(['1.0']), { fault: 'hang' });
    const { context, repository } = await bench.one(server.url);
    const { store } = openStore(bench);
    const asked = errorOf(store.get(context, repository, metadata));
    await expect.poll(() => server.count()).toBe(1);
    await store.close();
    expect(await asked).toMatchObject({ code: 'ERR_ABORTED' });
  });
});
