/** The proxy in front of real build tools: unchanged projects, empty local repositories, mirrors that fail and lie. */
import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';

import { it } from '../proxy/bench.js';
import type { Fault, FaultServer, PortFault } from '../support/fault-server.js';
import { createFixtureRepository } from '../support/maven-repository.js';
import { contentOf, digest } from '../support/workbench.js';
import {
  type Build,
  type BuildTool,
  type BuildToolName,
  createBuildTools,
  missingBuildTools,
  type Needed,
  toolNames,
} from './build-tools.js';
import { skipUnlessThere } from './programs.js';
import { createClosureRepository, createFolder } from './workspace.js';

const missing = missingBuildTools();
const { files } = createClosureRepository('first');
const app: Needed = { artifact: 'app', version: '1.0.0' };
const snapshot: Needed = { artifact: 'nightly', version: '0.3-SNAPSHOT' };
const range: Needed = { artifact: 'util', version: '[1.0.0,2.0)' };
const corruptJar = /text-0\.9-beta1\.jar$/;

const r = (proxy: { readonly url: string }): string => `${proxy.url}r/`;

/** Paths that were asked more than once. */
function repeated(servers: readonly FaultServer[]): string[] {
  const paths = servers.flatMap(({ requests }) => requests.map(({ path }) => path));
  return paths.filter((path, index) => paths.indexOf(path) !== index);
}

const largeBytes = 20_000_000;

function createLarge(): { readonly files: Map<string, Buffer>; readonly path: string; readonly content: Buffer } {
  const path = 'org/example/large/1.0.0/large-1.0.0.jar';
  const { files } = createFixtureRepository({
    artifacts: [{ group: 'org.example', artifact: 'large', versions: ['1.0.0'], size: largeBytes }],
  });
  return { files, path, content: contentOf(files, path) };
}

/** Contents of the jars of a build, each as its hash, sorted. Maven keeps two copies of a snapshot's jar. */
const jarsOf = ({ files }: Build): string[] => hashesOf([...files].filter(([path]) => path.endsWith('.jar')).map(([, content]) => content));

/** The same, as the repository has them: of the newest versions and builds of these artifacts. */
function servedJars(artifacts = ['app', 'core', 'nightly', 'text', 'util']): string[] {
  const newest = ['app-1.0.0', 'core-2.0.0', 'nightly-0.3-20240103.040506-2', 'text-0.9-beta1', 'util-1.1.0'];
  const names = newest.filter((name) => artifacts.includes(name.slice(0, name.indexOf('-'))));
  return hashesOf([...files].filter(([path]) => names.some((name) => path.endsWith(`/${name}.jar`))).map(([, content]) => content));
}

const hashesOf = (contents: readonly Buffer[]): string[] => [...new Set(contents.map((content) => digest('sha256', content)))].sort();

function expectSuccess({ succeeded, output }: Build): void {
  expect(succeeded, output).toBe(true);
}

describe('through the proxy', () => {
  let folder: Awaited<ReturnType<typeof createFolder>> | null = null;
  let tools: Readonly<Record<BuildToolName, BuildTool>>;

  beforeAll(async () => {
    if (missing.length > 0) return;
    folder = await createFolder();
    tools = await createBuildTools(folder.path);
  });
  beforeEach(({ skip }) => skipUnlessThere({ skip }, missing));
  afterAll(() => folder?.remove());

  it.for(toolNames)('%s gets the same files as directly, and each is asked upstream once', async (name, { bench }) => {
    const server = await bench.serve(files);
    const plain = await tools[name](server.url, [app, snapshot, range]);
    expectSuccess(plain);
    server.clear();
    const proxy = await bench.inFrontOf(server.url, { lookAhead: true });
    const build = await tools[name](r(proxy), [app, snapshot, range]);
    expectSuccess(build);
    expect([...build.files.keys()]).toEqual([...plain.files.keys()]);
    expect(build.files).toEqual(plain.files);
    expect(build.files.size).toBeGreaterThan(8);
    expect(repeated([server])).toEqual([]);
  });

  const outages: readonly (readonly [Fault | PortFault, BuildToolName])[] = [
    ['black-hole', 'mvn'],
    ['hang', 'lein'],
    [{ status: 503 }, 'ivy'],
    [{ status: 429, retryAfter: 600 }, 'mvn'],
  ];

  it.for(outages)('with its primary in the state %j, %s builds from a trusted mirror', async ([fault, name], { bench }) => {
    const [primary, mirror] = [await bench.serve(files, { fault }), await bench.serve(files)];
    const repositories = [{ id: 'r', url: primary.url, mirrors: [{ url: mirror.url, trusted: true }] }];
    const proxy = await bench.start({ repositories });
    const build = await tools[name](r(proxy), [app, snapshot, range]);
    expectSuccess(build);
    expect(jarsOf(build)).toEqual(servedJars());
  });

  it.for(toolNames)('%s keeps nothing of a file that the only mirror changed, and fails', async (name, { bench }) => {
    const server = await bench.serve(files, { fault: { fault: 'corrupt', match: corruptJar } });
    const proxy = await bench.inFrontOf(server.url, { lookAhead: true });
    const { succeeded, output, files: kept } = await tools[name](r(proxy), [app]);
    expect(succeeded).toBe(false);
    // Ivy takes every refusal for an absence, and prints no reason.
    if (name !== 'ivy') expect(output).toMatch(/502 refused: sha1 differs from 127\.0\.0\.1/);
    expect([...kept.keys()].filter((path) => corruptJar.test(path))).toEqual([]);
  });

  it.for(toolNames)('%s gets the right bytes although a mirror lies, checksums included', async (name, { bench }) => {
    const [canonical, liar] = [await bench.serve(files), await bench.serve(files, { fault: 'corrupt-with-checksums' })];
    const proxy = await bench.start({
      repositories: [{ id: 'r', url: canonical.url, mirrors: [{ url: liar.url, operator: 'liar', trusted: false, priority: -1 }] }],
    });
    const build = await tools[name](r(proxy), [app]);
    expectSuccess(build);
    expect(liar.count()).toBeGreaterThan(0);
    expect(jarsOf(build)).toEqual(servedJars(['app', 'core', 'text', 'util']));
  });

  it.for(toolNames)('%s builds from a warm cache with all mirrors down, a snapshot and a range too', async (name, { bench }) => {
    let laterMs = 0;
    const server = await bench.serve(files);
    const repositories = [{ id: 'r', url: server.url, mirrors: [] }];
    const proxy = await bench.start({ repositories, patienceMs: 1_000 }, { clock: () => Date.now() + laterMs });
    expectSuccess(await tools[name](r(proxy), [app, snapshot, range]));
    await server.close();
    laterMs = 6 * 3_600_000;
    const build = await tools[name](r(proxy), [app, snapshot, range]);
    expectSuccess(build);
    expect(jarsOf(build)).toEqual(servedJars());
    expect(bench.answered.some(({ cache }) => cache === 'stale')).toBe(true);
  });

  it.for(toolNames)('%s keeps nothing of a large file that proves to be damaged after most of it was sent', async (name, { bench }) => {
    const { files: sound, path, content } = createLarge();
    const damaged = Buffer.from(content);
    damaged.writeUInt8(damaged.readUInt8(damaged.length - 1) ^ 1, damaged.length - 1);
    const server = await bench.serve(new Map([...sound, [path, damaged]]));
    const proxy = await bench.inFrontOf(server.url, { lookAhead: true });
    const { succeeded, files: kept } = await tools[name](r(proxy), [{ artifact: 'large', version: '1.0.0' }]);
    expect(succeeded).toBe(false);
    expect([...kept.keys()].filter((file) => file.endsWith('large-1.0.0.jar'))).toEqual([]);
    const sent = bench.answered.filter(({ method, target }) => method === 'GET' && target.endsWith('.jar')).map(({ bytes }) => bytes);
    expect(Math.max(...sent)).toBeGreaterThan(0);
    expect(Math.max(...sent)).toBeLessThan(content.length);
  });

  it('two builds at once, from empty local repositories, ask upstream for each file once', async ({ bench }) => {
    const server = await bench.serve(files);
    const proxy = await bench.inFrontOf(server.url, { lookAhead: true });
    const needed = [app, snapshot, range];
    const builds = await Promise.all([tools.mvn(r(proxy), needed), tools.lein(r(proxy), needed)]);
    for (const build of builds) {
      expectSuccess(build);
      expect(jarsOf(build)).toEqual(servedJars());
    }
    expect(repeated([server])).toEqual([]);
  });
});
