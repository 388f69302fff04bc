/** Three mirrors of one repository, some of them faulty, and a client with folders of its own. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

import type { Client } from '../../src/app/client/client.js';
import type { Tuning } from '../../src/app/client/tuning.js';
import type { ClientOptions } from '../../src/local/settings/client-options.js';
import { createTestCertificates, type TestCertificates } from '../support/certificate.js';
import type { Fault, FaultServer, PortFault } from '../support/fault-server.js';
import { createFixtureRepository } from '../support/maven-repository.js';
import { testWith, Workbench } from '../support/workbench.js';
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

/** Makes certificates for the mirrors' names. */
export const createNamedCertificates = (): Promise<TestCertificates> => createTestCertificates({ names });

export interface StageOptions {
  readonly tuning?: Tuning;
  readonly client?: Partial<ClientOptions>;
  /** Host names whose address (127.0.0.1) an earlier process remembered. */
  readonly remembered?: readonly string[];
  /** Whether the POM is there already, so that the jar alone is fetched. Default true. */
  readonly pom?: boolean;
}

export interface Cell {
  readonly client: Client;
  readonly servers: readonly FaultServer[];
}

/** A workbench whose clients have mirrors of one repository. */
export class MirrorBench extends Workbench {
  /** A client for these servers: the first is the canonical URL, the others are the user's mirrors. */
  async over(servers: readonly FaultServer[], { pom = true, remembered, client, tuning }: StageOptions = {}): Promise<Client> {
    if (pom) await this.write(pomPath, files.get(pomPath) ?? '');
    if (remembered) {
      const record = { addresses: [{ address: '127.0.0.1', family: 4 }], atMs: Date.now() - 3600_000 };
      await mkdir(join(this.folder, 'cache'), { recursive: true });
      await writeFile(
        join(this.folder, 'cache', 'addresses.json'),
        JSON.stringify(Object.fromEntries(remembered.map((name) => [name, record]))),
      );
    }
    const [canonical, ...mirrors] = servers.map(({ url }) => url);
    return this.against(canonical ?? '', mirrors, client, tuning);
  }

  /** Repository paths in the local repository, sorted; held locks are listed too. */
  async local(): Promise<readonly string[]> {
    const entries = await readdir(this.m2, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => relative(this.m2, join(entry.parentPath, entry.name)))
      .sort();
  }

  /** Opens one cell of the matrix: the first `faulty` of three mirrors behave as the row says. */
  async openCell(row: FaultRow, faulty: number, certificates: TestCertificates): Promise<Cell> {
    const https = row.reach === 'https';
    const fault = faultOf(row);
    const servers = await Promise.all(
      names.map((hostname, index) => {
        const bad = index < faulty;
        return this.serve(files, {
          ...(bad ? { fault } : {}),
          ...(https ? { hostname, tls: (bad && row.certificate && certificates[row.certificate]) || certificates.valid } : {}),
        });
      }),
    );
    const client = await this.over(servers, {
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
      client: { ...(https ? { ca: certificates.ca } : {}), ...(row.untilDeadline && faulty === names.length ? { timeoutMs: 8_000 } : {}) },
      ...(row.remembered ? { remembered: names } : {}),
    });
    return { client, servers };
  }
}

/** Vitest's `it` with a {@link MirrorBench} as the fixture `bench`. */
export const it = testWith(() => new MirrorBench());

function faultOf({ fault, match }: FaultRow): Fault | PortFault | null {
  if (fault === undefined) return null;
  if (typeof fault === 'function') return fault();
  if (fault === 'refuse' || fault === 'black-hole') return fault;
  return match ? { fault, match } : fault;
}
