/** A repository with a release feed and an index, and mirrors of it. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';

import { admitMirror } from '../../src/app/mirror-check/admit-mirror.js';
import { checkMirrors } from '../../src/app/mirror-check/check-mirrors.js';
import type { MirrorCheckOptions } from '../../src/app/mirror-check/check-options.js';
import type { CheckedMirror } from '../../src/app/mirror-check/verdict/model.js';
import type { ClientOptions } from '../../src/local/settings/client-options.js';
import { formatLastSync, formatTrace, lastSyncPath, tracePath } from '../../src/maven/mirror-trace/trace.js';
import type { FaultServer, FaultServerOptions } from '../support/fault-server.js';
import { testWith, Workbench } from '../support/workbench.js';
import { pathOf, world } from '../support/world.js';

export const hour = 3_600_000;

type Files = Map<string, Buffer>;

const names = Array.from({ length: 25 }, (_, index) => `lib${index}`);

/** Version 2.0 of each library is new: that of `lib0` came an hour ago, that of `lib1` two hours ago, and so on. */
export function releasedMs(index: number): number {
  return Date.now() - (index + 1) * hour;
}

export class Stage extends Workbench {
  readonly canonicalFiles: Files = world(...names.flatMap((name) => [`${name}:1.0`, `${name}:2.0`]));
  /** Entries of the feed, as it sends them. */
  releases: unknown[] = names.map((name, index) => ({
    group_id: 'g',
    artifact_id: name,
    version: '2.0',
    released_at: new Date(releasedMs(index)).toISOString(),
  }));
  #feed = '';

  /** The feed's answer to a page that starts at this time. Tests replace it. */
  feedPage: (from: string) => string = (from) => {
    const releases = this.releases.filter((release) => JSON.stringify(release).split('"released_at":"')[1]! > from).reverse();
    const [last] = releases.slice(-1) as { released_at?: string }[];
    return JSON.stringify({ next_from: last?.released_at ?? from, releases });
  };

  /** Serves the canonical repository, its index of POMs and its feed. */
  async canonical(options: Omit<FaultServerOptions, 'files'> = {}): Promise<FaultServer> {
    const poms = [...this.canonicalFiles.keys()].filter((path) => path.endsWith('.pom')).sort();
    this.putWithSum('all-poms.txt.gz', gzipSync(poms.map((path) => `./${path}\n`).join('')));
    const feed = await this.http((request, response) => {
      const from = new URL(request.url ?? '/', 'http://feed.invalid').searchParams.get('from') ?? '';
      response.setHeader('content-type', 'application/json').end(this.feedPage(from));
    });
    this.#feed = `${feed.url}api/release-feed`;
    return this.serve(this.canonicalFiles, options);
  }

  putWithSum(path: string, content: Buffer): void {
    this.canonicalFiles.set(path, content);
    this.canonicalFiles.set(`${path}.sha1`, Buffer.from(createHash('sha1').update(content).digest('hex')));
  }

  /** The files of a mirror that synced this many hours ago, with its trace. */
  mirrorFiles(hoursAgo = 0.5, intervalSeconds = 3600): Files {
    const finishedMs = Date.now() - hoursAgo * hour;
    const files: Files = new Map([...this.canonicalFiles].filter(([path]) => !path.startsWith('all-poms')));
    const trace = {
      operator: 'example',
      contact: 'mailto:mirror@example.org',
      source: 'https://repo.clojars.org/',
      cursorMs: null,
      startedMs: finishedMs - 1000,
      finishedMs,
      intervalSeconds,
      counts: {},
      filter: null,
      upstream: null,
    };
    files.set(tracePath, Buffer.from(formatTrace(trace)));
    files.set(lastSyncPath, Buffer.from(formatLastSync(finishedMs)));
    return files;
  }

  options(canonical: FaultServer, mirrors: readonly FaultServer[] = [], more: ClientOptions & MirrorCheckOptions = {}) {
    const repositories = [
      { id: 'clojars', url: canonical.url, mirrors: mirrors.map(({ url }, index) => ({ url, operator: `op${index}` })) },
    ];
    return { ...this.ownFolders(), repositories, releaseFeed: this.#feed, seed: 7, ...more };
  }

  /** The same as words of the command line. */
  commandWords(canonical: string, ...mirrors: readonly string[]): string[] {
    const words = ['--no-config', '--release-feed', this.#feed, '--repo', `clojars=${canonical}`];
    return [...words, ...mirrors.flatMap((url) => ['--mirror', `clojars=${url}`])];
  }

  check(canonical: FaultServer, mirrors: readonly FaultServer[], more: ClientOptions & MirrorCheckOptions = {}) {
    return checkMirrors(this.options(canonical, mirrors, more));
  }

  admit(canonical: FaultServer, url: string, more: ClientOptions & MirrorCheckOptions = {}) {
    return admitMirror(url, this.options(canonical, [], more));
  }
}

export const it = testWith(() => new Stage());

export const kinds = ({ problems }: CheckedMirror): string[] => problems.map(({ kind }) => kind).filter((kind) => kind !== 'address');

export function removeVersion(files: Files, name: string, version: string): void {
  const folder = pathOf(name, version).split('/').slice(0, -1).join('/');
  for (const path of [...files.keys()]) if (path.startsWith(`${folder}/`)) files.delete(path);
}
