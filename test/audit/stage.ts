/** An origin and four mirrors over http, with differences planted in them, and what an audit must find. */
import { utimesSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';

import type { Finding, FindingKind } from '../../src/app/audit/contract.js';
import { planAudit, type PlannedAudit } from '../../src/app/audit/plan/plan-audit.js';
import { formatTrace, tracePath } from '../../src/maven/mirror-trace/trace.js';
import { digestOf } from '../../src/proof/checksum/digest.js';
import { put, release, type Tree, writeMetadata, writeTree } from '../mirror/repository-tree.js';
import { listen, type Listening } from '../support/listening.js';

/** Answers a request in its own way; false leaves it to the server. */
export type Trick = (request: IncomingMessage, response: ServerResponse, key: string) => boolean;

export interface Site extends Listening {
  readonly url: string;
  readonly tree: Tree;
  trick: Trick;
  /** Requests that a server of Clojars would count as downloads. */
  downloads: number;
  requests: number;
}

/** Serves a tree as a plain web server does: ranges, listings of folders, and nothing else. */
export async function serveTree(tree: Tree): Promise<Site> {
  const server = createServer((request, response) => {
    const key = decodeURIComponent(new URL(request.url ?? '/', 'http://site.invalid').pathname).slice(1);
    site.requests += 1;
    if (site.trick(request, response, key)) return;
    answer(site, request, response, key);
  });
  const listening = await listen(server);
  const site: Site = { ...listening, url: `http://127.0.0.1:${listening.port}/`, tree, trick: () => false, downloads: 0, requests: 0 };
  return site;
}

function answer(site: Site, request: IncomingMessage, response: ServerResponse, key: string): void {
  const bytes = site.tree.get(key) ?? (key.endsWith('/') ? pageOf(site.tree, key) : undefined);
  if (bytes === undefined) return void response.writeHead(404).end();
  const isRange = request.headers.range === 'bytes=0-' && bytes.length > 0;
  if (request.method === 'GET' && !isRange && key.endsWith('.jar')) site.downloads += 1;
  response.setHeader('content-length', bytes.length);
  if (isRange) response.setHeader('content-range', `bytes 0-${bytes.length - 1}/${bytes.length}`);
  response.writeHead(isRange ? 206 : 200);
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

const folders = new WeakMap<Tree, Map<string, Set<string>>>();

function pageOf(tree: Tree, folder: string): Buffer | undefined {
  let index = folders.get(tree);
  if (index === undefined) folders.set(tree, (index = indexOf(tree)));
  const names = index.get(folder);
  return names === undefined
    ? undefined
    : Buffer.from(`<html><pre>${[...names].map((name) => `<a href="${name}">${name}</a>`).join('\n')}</pre></html>`);
}

function indexOf(tree: Tree): Map<string, Set<string>> {
  const index = new Map<string, Set<string>>();
  for (const key of tree.keys()) {
    const parts = key.split('/');
    for (let depth = 1; depth <= parts.length; depth += 1) {
      const folder = parts
        .slice(0, depth - 1)
        .map((part) => `${part}/`)
        .join('');
      const name = depth === parts.length ? (parts[depth - 1] ?? '') : `${parts[depth - 1]}/`;
      const names = index.get(folder) ?? new Set();
      index.set(folder, names.add(name));
    }
  }
  return index;
}

/** A difference that an audit must find. */
export type Planted = `${FindingKind} ${string} ${string}`;

export function keyOf({ finding, place, path }: Finding): Planted {
  return `${finding} ${place} ${path}`;
}

/** Releases `count` artifacts with two versions each. */
export function makeTree(count: number): Tree {
  const tree: Tree = new Map();
  for (let number = 0; number < count; number += 1) {
    const group = `org.g${number % 10}`;
    const name = `lib${String(number).padStart(5, '0')}`;
    releaseQuickly(tree, group, name, ['1.0', '1.1']);
  }
  return tree;
}

/** Does as `release`, which rewrites the metadata by looking through the whole tree. */
function releaseQuickly(tree: Tree, group: string, artifact: string, versions: readonly string[]): void {
  const own: Tree = new Map();
  for (const version of versions) release(own, group, artifact, version);
  for (const [key, bytes] of own) tree.set(key, bytes);
}

/** Gives a mirror's own account of itself, which allows it a day. */
export function addTrace(tree: Tree, nowMs = Date.now()): void {
  const trace = {
    operator: 'example',
    contact: null,
    source: 'https://repo.example.org/',
    cursorMs: null,
    startedMs: nowMs - 1000,
    finishedMs: nowMs,
    intervalSeconds: 86_400,
    counts: {},
    upstream: null,
    filter: null,
  };
  tree.set(tracePath, Buffer.from(formatTrace(trace)));
}

type Plant = (tree: Tree, folder: string, artifact: string) => readonly [FindingKind, string][];

/** Each plants one difference into version 1.0 of an artifact. */
const plants: readonly Plant[] = [
  (tree, folder, artifact) => {
    tree.delete(`${folder}/${artifact}-1.0.jar`);
    return [['missing', `${folder}/${artifact}-1.0.jar`]];
  },
  (tree, folder, artifact) => {
    tree.delete(`${folder}/${artifact}-1.0.pom.sha1`);
    return [['sidecar-missing', `${folder}/${artifact}-1.0.pom.sha1`]];
  },
  (tree, folder, artifact) => {
    tree.delete(`${folder}/${artifact}-1.0.jar.asc`);
    return [['signature-missing', `${folder}/${artifact}-1.0.jar.asc`]];
  },
  (tree, folder, artifact) => {
    const key = `${folder}/${artifact}-1.0.jar`;
    tree.set(key, Buffer.from((tree.get(key) ?? Buffer.alloc(1)).map((byte, index) => (index === 3 ? byte ^ 1 : byte))));
    return [['content-differs', key]];
  },
  (tree, folder, artifact) => {
    const key = `${folder}/${artifact}-1.0.pom`;
    put(tree, key, '<project>another one</project>');
    return [
      ['content-differs', key],
      ['checksum-differs', `${key}.md5`],
      ['checksum-differs', `${key}.sha1`],
    ];
  },
  (tree, folder, artifact) => {
    const key = `${folder}/${artifact}-1.0.jar.sha1`;
    tree.set(key, Buffer.from(digestOf('something else', ['sha1']).sha1 ?? ''));
    return [['sidecar-wrong', key]];
  },
  (tree, folder, artifact) => {
    const key = `${folder}/${artifact}-1.0.jar.asc`;
    tree.set(key, Buffer.from('another signature'));
    return [['signature-differs', key]];
  },
  (tree, folder, artifact) => {
    const key = `${folder}/${artifact}-1.0.jar`;
    tree.set(key, Buffer.from('<!doctype html><html><title>Log in</title></html>'));
    return [['not-maven', key]];
  },
  (tree, folder, artifact) => {
    const key = `${folder}/${artifact}-1.0-extra.jar`;
    tree.set(key, Buffer.from('nobody published this'));
    return [['extra', key]];
  },
  (tree, folder) => {
    const own = folder.slice(0, folder.lastIndexOf('/'));
    const key = `${own}/maven-metadata.xml`;
    const old = (tree.get(key) ?? Buffer.alloc(0)).toString().replace('<version>1.1</version>', '');
    put(tree, key, old);
    return [['missing', key]];
  },
  (tree, folder) => {
    const own = folder.slice(0, folder.lastIndexOf('/'));
    const key = `${own}/maven-metadata.xml`;
    const other = (tree.get(key) ?? Buffer.alloc(0))
      .toString()
      .replace('<version>1.1</version>', '<version>1.1</version><version>6.6.6</version>');
    put(tree, key, other);
    return [['content-differs', key]];
  },
  (tree, folder, artifact) => {
    tree.set(`${folder}/${artifact}-1.0.pom.md5`, Buffer.from('no sum at all'));
    return [['sidecar-wrong', `${folder}/${artifact}-1.0.pom.md5`]];
  },
];

export interface World {
  readonly origin: Site;
  /** `one`, `slow`, `busy` and `late`, the last of which is behind by what is new. */
  readonly mirrors: Readonly<Record<string, Site>>;
  readonly planted: ReadonlySet<Planted>;
  readonly plan: PlannedAudit;
  readonly close: () => Promise<void>;
}

export interface WorldOptions {
  readonly artifacts: number;
  readonly differences: number;
}

/** Makes an origin with mirrors, plants differences, and plans the audit. @param home an empty folder */
export async function makeWorld(home: string, { artifacts, differences }: WorldOptions): Promise<World> {
  const base = makeTree(artifacts);
  const planted = new Set<Planted>();
  const ofOrigin = plantInOrigin(base, planted);
  const names = ['one', 'two', 'busy', 'late'] as const;
  const trees = names.map((): Tree => new Map(base));
  // The late mirror lacks what is new at the origin.
  const fresh: Tree = new Map();
  releaseQuickly(fresh, 'org.fresh', 'young', ['1.0']);
  for (const tree of [base, ...trees.slice(0, 3)]) for (const [key, bytes] of fresh) tree.set(key, bytes);
  for (const key of fresh.keys()) if (!/\.(?:md5|sha1|asc)$/.test(key)) planted.add(`lag late ${key}`);
  for (let number = 0; number < differences; number += 1) {
    // The first artifacts are those whose origin has faults.
    const artifact = `lib${String(ofOrigin + number).padStart(5, '0')}`;
    const folder = `org/g${(ofOrigin + number) % 10}/${artifact}/1.0`;
    // Each kind at one mirror after the other.
    const at = (number + Math.floor(number / plants.length)) % names.length;
    const tree = trees[at] ?? base;
    for (const [kind, path] of (plants[number % plants.length] ?? (() => []))(tree, folder, artifact))
      planted.add(`${kind} ${names[at] ?? ''} ${path}`);
  }
  for (const tree of trees) addTrace(tree);
  const folder = join(home, 'origin');
  writeTree(folder, base);
  for (const key of fresh.keys()) utimesSync(join(folder, key), Date.now() / 1000 - 3600, Date.now() / 1000 - 3600);
  const origin = await serveTree(base);
  const sites = await Promise.all(trees.map(serveTree));
  const mirrors = Object.fromEntries(names.map((name, index) => [name, sites[index]!]));
  const plan = await planAudit({
    output: join(home, 'plan.jsonl.gz'),
    from: folder,
    origin: origin.url,
    places: Object.fromEntries(Object.entries(mirrors).map(([name, { url }]) => [name, url])),
    seed: 1,
    client: clientOf(home),
  });
  const close = async (): Promise<void> => void (await Promise.all([origin, ...sites].map((site) => site.close())));
  return { origin, mirrors, planted, plan, close };
}

export function clientOf(home: string) {
  return { settings: false as const, cacheFolder: home, stateFolder: home, firstByteTimeoutMs: 1500 };
}

/** The faults of the origin itself, which its mirrors share. Returns the number of artifacts that it used. */
function plantInOrigin(tree: Tree, planted: Set<Planted>): number {
  writeMetadata(tree, 'org.g0', 'lib00000', ['0.9']);
  planted.add('dangling-metadata origin org/g0/lib00000/maven-metadata.xml');
  const key = 'org/g1/lib00001/1.0/lib00001-1.0.pom.md5';
  tree.set(key, Buffer.from('0'.repeat(32)));
  planted.add(`wrong-sum origin ${key}`);
  return 2;
}
