/** Three mirrors of one repository, some of them faulty, and a client with folders of its own. */
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

import { type Client, createClientWith } from '../../src/app/client/client.js';
import type { Tuning } from '../../src/app/client/tuning.js';
import type { ClientEvent } from '../../src/base/event.js';
import type { ClientOptions } from '../../src/local/settings/client-options.js';
import { createCertificateAuthority, type ServerCertificate } from '../support/certificate.js';
import { type Fault, type FaultServer, type PortFault, startFaultServer } from '../support/fault-server.js';
import { createFixtureRepository } from '../support/maven-repository.js';
import type { FaultRow } from './faults.js';

const base = 'org/example/greeter/1.0.0/greeter-1.0.0';
export const jarPath = `${base}.jar`;
export const pomPath = `${base}.pom`;
export const coordinate = 'org.example:greeter:1.0.0';
export const { files } = createFixtureRepository({
  artifacts: [{ group: 'org.example', artifact: 'greeter', versions: ['1.0.0'], size: 64 * 1024 }],
});

/** Names of the three mirrors if they are reached by name. */
const names = ['one.example', 'two.example', 'three.example'] as const;

/** Certificates for the mirrors' names. */
export interface NamedCertificates {
  readonly ca: string;
  readonly valid: ServerCertificate;
  readonly expired: ServerCertificate;
  readonly wrongName: ServerCertificate;
  readonly unknownAuthority: ServerCertificate;
}

/** About 50 ms. */
export async function createNamedCertificates(): Promise<NamedCertificates> {
  const dayMs = 86_400_000;
  const authority = await createCertificateAuthority();
  const stranger = await createCertificateAuthority('stranger');
  return {
    ca: authority.ca,
    valid: await authority.issue({ names }),
    expired: await authority.issue({ names, notBefore: new Date(Date.now() - 2 * dayMs), notAfter: new Date(Date.now() - dayMs) }),
    wrongName: await authority.issue({ names: ['other.example'] }),
    unknownAuthority: await stranger.issue({ names }),
  };
}

export interface Stage {
  readonly servers: readonly FaultServer[];
  readonly client: Client;
  readonly events: readonly ClientEvent[];
  /** Repository paths in the local repository, sorted; held locks are included. */
  local(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export interface StageOptions {
  readonly tuning?: Tuning;
  readonly client?: Partial<ClientOptions>;
  /** Host names whose address (127.0.0.1) an earlier process remembered. */
  readonly remembered?: readonly string[];
  /** Whether the POM is already present, so that only the jar is fetched. Default true. */
  readonly pom?: boolean;
}

/** A client for these servers: the first is the canonical URL, the others are the user's mirrors. */
export async function openStage(servers: readonly FaultServer[], options: StageOptions = {}): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'clojars-fetch-matrix-'));
  const localRepository = join(folder, 'repository');
  const cacheFolder = join(folder, 'cache');
  if (options.pom !== false) await put(join(localRepository, pomPath), files.get(pomPath) ?? Buffer.alloc(0));
  if (options.remembered) {
    const record = { addresses: [{ address: '127.0.0.1', family: 4 }], atMs: Date.now() - 3600_000 };
    await put(join(cacheFolder, 'addresses.json'), JSON.stringify(Object.fromEntries(options.remembered.map((name) => [name, record]))));
  }
  const events: ClientEvent[] = [];
  const [canonical, ...mirrors] = servers.map(({ url }) => url);
  const client = createClientWith(
    {
      settings: false,
      localRepository,
      cacheFolder,
      stateFolder: join(folder, 'state'),
      repositories: [{ id: 'fixture', url: canonical ?? '', mirrors }],
      onEvent: (event) => events.push(event),
      timeoutMs: 20_000,
      ...options.client,
    },
    options.tuning,
  );
  return {
    servers,
    client,
    events,
    async local() {
      const entries = await readdir(localRepository, { recursive: true, withFileTypes: true });
      return entries
        .filter((entry) => !entry.isDirectory())
        .map((entry) => relative(localRepository, join(entry.parentPath, entry.name)))
        .sort();
    },
    async close() {
      await client.close();
      await Promise.all(servers.map((server) => server.close()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The stage for one cell of the matrix: the first `faulty` of three mirrors behave as the row says. */
export async function openCell(row: FaultRow, faulty: number, certificates: NamedCertificates): Promise<Stage> {
  const https = row.reach === 'https';
  const servers = await Promise.all(
    names.map((hostname, index) => {
      const bad = index < faulty;
      return startFaultServer({
        files,
        ...(bad ? { fault: faultOf(row) } : {}),
        ...(https ? { hostname, tls: (bad && row.certificate && certificates[row.certificate]) || certificates.valid } : {}),
      });
    }),
  );
  const stage = await openStage(servers, {
    tuning: {
      connectTimeoutMs: row.slow ? 700 : 10_000,
      firstByteTimeoutMs: row.slow ? 700 : 10_000,
      stall: row.slow ? { minBytesPerSecond: 1024, windowMs: 500 } : { minBytesPerSecond: 1024, windowMs: 10_000 },
      // If the fault shows without waiting, nothing is hedged, so that the number of requests is exact.
      hedgeDelayMs: row.slow ? 150 : 10_000,
      dnsTimeoutMs: row.remembered ? 100 : 5_000,
      artifactMaxBytes: 256 * 1024,
      resolve: (host) => {
        const bad = names.findIndex((name) => name === host) < faulty;
        if (bad && row.resolver === 'silent') return new Promise(() => undefined);
        if (bad && row.resolver === 'unknown-name')
          return Promise.reject(Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: 'ENOTFOUND' }));
        return Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
      },
    },
    client: { ...(https ? { ca: certificates.ca } : {}), ...(row.untilDeadline && faulty === names.length ? { timeoutMs: 4_000 } : {}) },
    ...(row.remembered ? { remembered: names } : {}),
  });
  return stage;
}

function faultOf({ fault, match }: FaultRow): Fault | PortFault | null {
  if (fault === undefined) return null;
  if (fault === 'refuse' || fault === 'black-hole') return fault;
  return match ? { fault, match } : fault;
}

async function put(file: string, content: Buffer | string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, content);
}
