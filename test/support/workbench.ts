/** A folder, servers and clients for each test, and the small fixtures that most tests share. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { dirname, join } from 'node:path';

import { test } from 'vitest';

import { type Client, createClientWith } from '../../src/app/client/client.js';
import type { Tuning } from '../../src/app/client/tuning.js';
import { type ClojarsFetchError, isClojarsFetchError } from '../../src/base/error.js';
import type { ClientEvent } from '../../src/base/event.js';
import type { ClientOptions } from '../../src/local/settings/client-options.js';
import { type ServerCertificate, testCertificates } from './certificate.js';
import { createBlackHolePort, createRefusingPort, type DeadPort } from './dead-port.js';
import { type FaultServer, type FaultServerOptions, startFaultServer } from './fault-server.js';
import { createTemporaryFolder, type TemporaryFolder } from './folder.js';
import { type ForwardProxy, type ForwardProxyOptions, startForwardProxy } from './forward-proxy.js';
import { listen, type Listening } from './listening.js';
import { createFixtureRepository, type FixtureOptions } from './maven-repository.js';

/** A server of this machine under a URL that ends in a slash. */
export interface Running extends Listening {
  readonly url: string;
}

/** A mirror as a user configures it. */
export interface Mirror {
  readonly url: string;
  readonly operator?: string;
  readonly trusted?: boolean;
  readonly priority?: number;
}

/** The folder, servers, clients and events of one test. Tests get it as the fixture `bench`. */
export class Workbench {
  #folder: TemporaryFolder | null = null;
  #events: ClientEvent[] = [];
  #ends: (() => Promise<unknown>)[] = [];

  async open(): Promise<void> {
    this.#folder = await createTemporaryFolder();
    this.#events = [];
  }

  /** Closes clients before servers, and removes the folder last. */
  async close(): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end();
    await this.#folder?.remove();
  }

  /** Runs at the end of the test; the last one registered runs first. */
  atEnd(end: () => Promise<unknown>): void {
    this.#ends.push(end);
  }

  /** Holds `m2`, `cache`, `state`. */
  get folder(): string {
    if (this.#folder === null) throw new Error('the bench is not open');
    return this.#folder.path;
  }

  /** The local repository. */
  get m2(): string {
    return join(this.folder, 'm2');
  }

  /** The events of every client. */
  get events(): ClientEvent[] {
    return this.#events;
  }

  /** Events of one type. */
  of<T extends ClientEvent['type']>(type: T): Extract<ClientEvent, { type: T }>[] {
    return this.#events.filter((event): event is Extract<ClientEvent, { type: T }> => event.type === type);
  }

  async serve(files: ReadonlyMap<string, Buffer>, options: Omit<FaultServerOptions, 'files'> = {}): Promise<FaultServer> {
    const server = await startFaultServer({ files, ...options });
    this.atEnd(() => server.close());
    return server;
  }

  /** Serves files over https, on `localhost`, with the valid one of the {@link testCertificates}. */
  async secure(files: ReadonlyMap<string, Buffer>, options: Omit<FaultServerOptions, 'files'> = {}): Promise<FaultServer> {
    return this.serve(files, { tls: (await testCertificates()).valid, hostname: 'localhost', ...options });
  }

  /** Has a server listen until the end of the test. */
  async listen(server: Server, origin = 'http://127.0.0.1', host?: string): Promise<Running> {
    const listening = await listen(server, host);
    this.atEnd(() => listening.close());
    return { ...listening, url: `${origin}:${listening.port}/` };
  }

  /** A server over http, for answers that no repository gives. */
  http(listener: RequestListener): Promise<Running> {
    return this.listen(createHttpServer(listener));
  }

  /** The same over https, on `localhost`. */
  https(certificate: ServerCertificate, listener: RequestListener): Promise<Running> {
    return this.listen(createHttpsServer(certificate, listener), 'https://localhost');
  }

  /** Raw TCP, for answers that no HTTP server gives. */
  tcp(onConnection: (socket: Socket) => void): Promise<Running> {
    return this.listen(createTcpServer(onConnection));
  }

  async proxy(options: ForwardProxyOptions = {}): Promise<ForwardProxy> {
    const proxy = await startForwardProxy(options);
    this.atEnd(() => proxy.close());
    return proxy;
  }

  /** A port that refuses connections. */
  async refusingPort(): Promise<number> {
    return this.#portOf(await createRefusingPort());
  }

  /** A port that never answers. */
  async blackHolePort(): Promise<number> {
    return this.#portOf(await createBlackHolePort());
  }

  #portOf(dead: DeadPort): number {
    this.atEnd(() => dead.close());
    return dead.port;
  }

  /** Options for calls that use the folders of this bench, record their events here, and read no user files. */
  ownFolders(): ClientOptions {
    const events = this.#events;
    return {
      settings: false,
      localRepository: this.m2,
      cacheFolder: join(this.folder, 'cache'),
      stateFolder: join(this.folder, 'state'),
      onEvent: (event) => events.push(event),
      // Just under the time-out of a test, so that a busy machine shows what it was waiting for.
      timeoutMs: 55_000,
    };
  }

  client(options: ClientOptions, tuning: Tuning = {}): Client {
    const client = createClientWith({ ...this.ownFolders(), ...options }, tuning);
    this.atEnd(() => client.close());
    return client;
  }

  /** A client whose only repository has this canonical URL and these mirrors. */
  against(
    canonical: string,
    mirrors: readonly (string | Mirror)[] = [],
    options: Partial<ClientOptions> = {},
    tuning: Tuning = {},
  ): Client {
    return this.client({ repositories: [{ id: 'r', url: canonical, mirrors: [...mirrors] }], ...options }, tuning);
  }

  /** Names of all files of the local repository, sorted, without lock files. */
  async placed(): Promise<string[]> {
    const entries = await readdir(this.m2, { recursive: true, withFileTypes: true }).catch(() => []);
    return entries
      .filter((entry) => entry.isFile() && !entry.parentPath.includes('.clojars-fetch-locks'))
      .map((entry) => join(entry.parentPath, entry.name).slice(this.m2.length + 1))
      .sort();
  }

  /** Reads a file of the local repository. */
  read(path: string): Promise<Buffer> {
    return readFile(join(this.m2, path));
  }

  /** Writes a file into the local repository. */
  async write(path: string, content: string | Buffer): Promise<string> {
    const file = join(this.m2, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, content);
    return file;
  }
}

/** A `test` function whose fixture `bench` is opened for each test that uses it, and closed after the test and its hooks. */
export function testWith<Bench extends Workbench>(create: () => Bench) {
  return test.extend<{ bench: Bench }>({
    // Vitest reads the names of the required fixtures from this pattern: none.
    bench: async ({}, use) => {
      const bench = create();
      await bench.open();
      try {
        await use(bench);
      } finally {
        await bench.close();
      }
    },
  });
}

/** Vitest's `it` with a {@link Workbench} as the fixture `bench`. */
export const it = testWith(() => new Workbench());

/** One library `org.example:greeter`, in versions 1.0.0 and 1.1.0 by default. */
export function greeter(
  options: Partial<FixtureOptions> & {
    versions?: readonly string[];
    size?: number;
    group?: string;
    snapshots?: FixtureOptions['artifacts'][number]['snapshots'];
  } = {},
): Map<string, Buffer> {
  const { versions = ['1.0.0', '1.1.0'], size = 600, group = 'org.example', snapshots, ...rest } = options;
  return createFixtureRepository({
    artifacts: [{ group, artifact: 'greeter', versions, size, ...(snapshots ? { snapshots } : {}) }],
    ...rest,
  }).files;
}

export const jar = 'org/example/greeter/1.0.0/greeter-1.0.0.jar';
export const pom = 'org/example/greeter/1.0.0/greeter-1.0.0.pom';
export const coordinate = 'org.example:greeter:1.0.0';
export const metadata = 'org/example/greeter/maven-metadata.xml';

export function contentOf(files: ReadonlyMap<string, Buffer>, path: string): Buffer {
  const content = files.get(path);
  if (!content) throw new Error(`the fixture has no ${path}`);
  return content;
}

export function digest(algorithm: string, content: Buffer): string {
  return createHash(algorithm).update(content).digest('hex');
}

/** The error with which the promise rejects; fails if it resolves. */
export async function errorOf(promise: Promise<unknown>): Promise<ClojarsFetchError> {
  try {
    await promise;
  } catch (error) {
    if (isClojarsFetchError(error)) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
