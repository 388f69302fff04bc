/** Servers, folders and clients of one test, and their end. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { type Client, createClientWith } from '../../src/app/client/client.js';
import type { Tuning } from '../../src/app/client/session.js';
import { type ClojarsFetchError, isClojarsFetchError } from '../../src/base/error.js';
import type { ClientEvent } from '../../src/base/event.js';
import type { ClientOptions } from '../../src/local/settings/client-options.js';
import { type FaultServer, type FaultServerOptions, startFaultServer } from './fault-server.js';
import { createFixtureRepository, type FixtureOptions } from './maven-repository.js';

export interface Workbench {
  /** Holds `m2`, `cache`, `state`. */
  readonly folder: string;
  /** The local repository. */
  readonly m2: string;
  /** Everything that any client told. */
  readonly events: ClientEvent[];
  serve(files: ReadonlyMap<string, Buffer>, options?: Omit<FaultServerOptions, 'files'>): Promise<FaultServer>;
  /** A client with folders of its own on this bench and no user files. */
  client(options: ClientOptions, tuning?: Tuning): Client;
  /** Events of one type. */
  of<T extends ClientEvent['type']>(type: T): Extract<ClientEvent, { type: T }>[];
  /** Names of all files of the local repository, sorted, without lock files. */
  placed(): Promise<string[]>;
  read(path: string): Promise<Buffer>;
  write(path: string, content: string | Buffer): Promise<string>;
  close(): Promise<void>;
}

export async function createWorkbench(): Promise<Workbench> {
  const folder = await mkdtemp(join(tmpdir(), 'clojars-fetch-artifact-'));
  const m2 = join(folder, 'm2');
  const events: ClientEvent[] = [];
  const servers: FaultServer[] = [];
  const clients: Client[] = [];
  return {
    folder,
    m2,
    events,
    async serve(files, options = {}) {
      const server = await startFaultServer({ files, ...options });
      servers.push(server);
      return server;
    },
    client(options, tuning = {}) {
      const client = createClientWith(
        {
          settings: false,
          localRepository: m2,
          cacheFolder: join(folder, 'cache'),
          stateFolder: join(folder, 'state'),
          onEvent: (event) => events.push(event),
          timeoutMs: 30_000,
          ...options,
        },
        tuning,
      );
      clients.push(client);
      return client;
    },
    of: <T extends ClientEvent['type']>(type: T) =>
      events.filter((event): event is Extract<ClientEvent, { type: T }> => event.type === type),
    async placed() {
      const entries = await readdir(m2, { recursive: true, withFileTypes: true }).catch(() => []);
      return entries
        .filter((entry) => entry.isFile() && !entry.parentPath.includes('.clojars-fetch-locks'))
        .map((entry) => join(entry.parentPath, entry.name).slice(m2.length + 1))
        .sort();
    },
    read: (path) => readFile(join(m2, path)),
    async write(path, content) {
      const file = join(m2, path);
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
      return file;
    },
    async close() {
      await Promise.all(clients.map((client) => client.close()));
      await Promise.all(servers.map((server) => server.close()));
      await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** One library `org.example:greeter`, versions 1.0.0 and 1.1.0 unless told otherwise. */
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

/** The error that the promise ends with; fails when it does not. */
export async function errorOf(promise: Promise<unknown>): Promise<ClojarsFetchError> {
  try {
    await promise;
  } catch (error) {
    if (isClojarsFetchError(error)) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
