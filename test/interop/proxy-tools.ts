/** Build tools in front of a proxy: what all tests of the proxy with real programs share. */
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, expect } from 'vitest';

import { openTruststore, truststorePassword } from '../../src/app/loopback-tls/truststore.js';
import type { FaultServer } from '../support/fault-server.js';
import type { Reachable } from '../support/killable-proxy.js';
import { digest } from '../support/workbench.js';
import { type Build, type BuildOptions, type BuildToolName, createBuildTools, missingBuildTools, type Needed } from './build-tools.js';
import { missingPrograms, skipUnlessThere } from './programs.js';
import { createFolder } from './workspace.js';

/** A release, a snapshot and a range. */
export const everything: readonly Needed[] = [
  { artifact: 'app', version: '1.0.0' },
  { artifact: 'nightly', version: '0.3-SNAPSHOT' },
  { artifact: 'util', version: '[1.0.0,2.0)' },
];

/** How a tool reaches the proxy. */
export type Protocol = 'http' | 'https';

/** Maven, Leiningen and Ivy in a folder of their own. Registers its preparation and its end with the running test file. */
export class ProxyTools {
  readonly #missing = [...missingBuildTools(), ...missingPrograms(['keytool'])];
  readonly #direct = new Map<BuildToolName, Promise<Build>>();
  #folder: Awaited<ReturnType<typeof createFolder>> | null = null;
  #tools: Awaited<ReturnType<typeof createBuildTools>> | null = null;

  constructor() {
    beforeAll(async () => {
      if (this.#missing.length > 0) return;
      this.#folder = await createFolder();
      this.#tools = await createBuildTools(this.#folder.path);
    });
    beforeEach(({ skip }) => skipUnlessThere({ skip }, this.#missing));
    afterAll(() => this.#folder?.remove());
  }

  get folder(): string {
    if (this.#folder === null) throw new Error('the build tools are not ready');
    return this.#folder.path;
  }

  /** Options that let proxies of all tests share their certificates, and so the truststore of the tools. */
  options(protocol: Protocol): { readonly tls?: true; readonly stateFolder?: string } {
    return protocol === 'https' ? { tls: true, stateFolder: join(this.folder, 'state') } : {};
  }

  /** Builds straight from this repository. */
  build(name: BuildToolName, url: string, needed = everything, options: BuildOptions = {}): Promise<Build> {
    if (this.#tools === null) throw new Error('the build tools are not ready');
    return this.#tools[name](url, needed, options);
  }

  /** Builds from the repository `r` of the proxy. */
  async through(name: BuildToolName, proxy: Reachable, needed = everything, options: BuildOptions = {}): Promise<Build> {
    return this.build(name, `${proxy.url}r/`, needed, {
      ...options,
      jvmOptions: [...(options.jvmOptions ?? []), ...(await this.trust(proxy))],
    });
  }

  /** Returns the tool's files after a build of {@link everything} straight from the server, which is done once. */
  async direct(name: BuildToolName, server: FaultServer): Promise<ReadonlyMap<string, Buffer>> {
    const known = this.#direct.get(name);
    const build = known ?? this.build(name, server.url);
    this.#direct.set(name, build);
    expectSuccess(await build);
    if (known === undefined) server.clear();
    return (await build).files;
  }

  /** The options of a JVM that trusts the proxy; none over http. */
  async trust({ certificateAuthority }: Reachable): Promise<readonly string[]> {
    if (certificateAuthority === null) return [];
    const folder = join(this.folder, 'truststores');
    await mkdir(folder, { recursive: true });
    const file = await openTruststore({
      folder,
      root: readFileSync(certificateAuthority, 'latin1'),
      rootFile: certificateAuthority,
      env: { PATH: process.env['PATH'], JAVA_HOME: process.env['JAVA_HOME'] },
    });
    return [`-Djavax.net.ssl.trustStore=${file}`, `-Djavax.net.ssl.trustStorePassword=${truststorePassword}`];
  }
}

export function expectSuccess({ succeeded, output }: Build): void {
  expect(succeeded, output).toBe(true);
}

/** Expects the same files with the same bytes. Compares hashes: a difference of large files would fill the report. */
export function expectSame(build: Build, files: ReadonlyMap<string, Buffer>): void {
  expectSuccess(build);
  expect(hashesOf(build.files)).toEqual(hashesOf(files));
  expect(build.files.size).toBeGreaterThan(0);
}

/** Expects that each file is right, though some may be missing. */
export function expectPart({ files: found }: Build, files: ReadonlyMap<string, Buffer>): void {
  const right = hashesOf(files);
  for (const [path, hash] of hashesOf(found)) expect(hash, path).toBe(right.get(path));
}

function hashesOf(files: ReadonlyMap<string, Buffer>): ReadonlyMap<string, string> {
  return new Map([...files].map(([path, content]) => [path, digest('sha256', content)]));
}

/** Paths that were asked more than once. */
export function repeated(servers: readonly FaultServer[]): string[] {
  const paths = servers.flatMap(({ requests }) => requests.map(({ path }) => path));
  return paths.filter((path, index) => paths.indexOf(path) !== index);
}
