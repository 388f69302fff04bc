/** A site as Clojars is one: files, listings of folders and a release feed. It counts its requests, and the test sets its clock. */
import { createServer } from 'node:http';

import { listen, type Listening } from '../support/listening.js';
import { folderPage, release, type Tree } from './repository-tree.js';

interface Release {
  readonly group_id: string;
  readonly artifact_id: string;
  readonly version: string;
  readonly at: number;
}

export class FeedSite {
  /** The files that it serves; may change at any time. */
  tree: Tree;
  readonly releases: Release[] = [];
  /** Paths in the order of the requests. */
  readonly requests: string[] = [];
  /** Answers that replace the feed. */
  feed: ((from: string) => string | number) | null = null;
  /** Statuses in place of files and folders. */
  fault: (path: string) => number | null = () => null;
  /** Releases on a page: fewer than a feed has, so that there are several pages. */
  pageSize = 2;
  /** Epoch milliseconds. */
  now = Date.UTC(2031, 0, 1);
  url = '';
  #listening: Listening | null = null;

  private constructor(tree: Tree) {
    this.tree = tree;
  }

  static async start(tree: Tree): Promise<FeedSite> {
    const site = new FeedSite(tree);
    site.#listening = await listen(
      createServer((request, response) => {
        const url = new URL(request.url ?? '/', 'http://site.invalid');
        site.requests.push(url.pathname);
        response.setHeader('date', new Date(site.now).toUTCString());
        const answer = site.fault(url.pathname) ?? site.#answer(url);
        response.statusCode = typeof answer === 'number' ? answer : 200;
        response.end(typeof answer === 'number' ? '' : answer);
      }),
    );
    site.url = `http://127.0.0.1:${site.#listening.port}/`;
    return site;
  }

  /** Another address of the same files, as of an origin of its own. */
  get otherOrigin(): string {
    return `${this.url}other-origin/`;
  }

  async close(): Promise<void> {
    await this.#listening?.close();
  }

  /** Releases a version, and names it in the feed. */
  publish(version: string, at = this.now, artifact = 'a'): void {
    release(this.tree, 'org.example', artifact, version);
    this.releases.push({ group_id: 'org.example', artifact_id: artifact, version, at });
  }

  #answer({ pathname, searchParams }: URL): Buffer | string | number {
    if (pathname === '/api/release-feed') return this.#feedPage(searchParams.get('from') ?? '');
    const key = decodeURIComponent(pathname.replace(/^\/(?:other-origin\/)?/, ''));
    return (key.endsWith('/') || key === '' ? folderPage(this.tree, key) : this.tree.get(key)) ?? 404;
  }

  #feedPage(from: string): string | number {
    if (this.feed !== null) return this.feed(from);
    const page = this.releases.filter(({ at }) => at > Date.parse(from)).slice(0, this.pageSize);
    const next = page.at(-1);
    return JSON.stringify({
      next_from: next === undefined ? from : new Date(next.at).toISOString(),
      releases: page.map(({ at, ...rest }) => ({ ...rest, released_at: new Date(at).toISOString(), description: null })),
    });
  }
}
