/** A canonical repository over https, mirrors of other operators, a hostile server or two, and the real client. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';

import { vi } from 'vitest';

import type { Client } from '../../src/app/client/client.js';
import type { Tuning } from '../../src/app/client/tuning.js';
import { run } from '../../src/cli/run.js';
import type { ClientOptions } from '../../src/local/settings/client-options.js';
import { testCertificates } from '../support/certificate.js';
import { type Mirror, testWith, Workbench } from '../support/workbench.js';

/** Maps paths to contents, as a server has them. */
export type Files = ReadonlyMap<string, Buffer>;

/** Text, or its effect on a terminal. */
export interface Shown {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const { ca, valid } = await testCertificates();

export class Stage extends Workbench {
  /** PEM of the authority of all https servers here, for the option `ca` of clients. */
  readonly ca = ca;

  /** Serves the result of `answer` for a path without its leading slash. The returned URL ends in a slash. */
  hostile(
    answer: (path: string, request: IncomingMessage, response: ServerResponse) => unknown,
    protocol: 'http' | 'https' = 'https',
  ): Promise<string> {
    const handle = (request: IncomingMessage, response: ServerResponse): void => {
      response.on('error', () => undefined);
      void answer(decodeURIComponent((request.url ?? '/').slice(1)), request, response);
    };
    const running = protocol === 'https' ? this.https(valid, handle) : this.http(handle);
    return running.then(({ url }) => url);
  }

  /** Raw TCP: hands over each connection once it has sent something. */
  async raw(answer: (socket: Socket) => void): Promise<string> {
    return (await this.tcp((socket) => void socket.once('data', () => answer(socket)))).url;
  }

  /** A client as in every workbench that also trusts the authority of the https servers here. */
  override against(
    canonical: string,
    mirrors: readonly (string | Mirror)[] = [],
    options: Partial<ClientOptions> = {},
    tuning: Tuning = {},
  ): Client {
    return super.against(canonical, mirrors, { ca, ...options }, tuning);
  }

  /** The command line, in this process, with folders of this bench. */
  async cli(words: readonly string[], terminal = false): Promise<Shown> {
    const texts = { stdout: '', stderr: '' };
    const stream = (name: 'stdout' | 'stderr') => ({ write: (text: string) => (texts[name] += text), isTTY: terminal, columns: 100 });
    const argv = ['--no-config', '--local-repo', this.m2, ...words];
    // The library reads its folders from the environment of the process.
    vi.stubEnv('XDG_CACHE_HOME', join(this.folder, 'xdg-cache'));
    vi.stubEnv('XDG_STATE_HOME', join(this.folder, 'xdg-state'));
    try {
      const code = await run(argv, {
        stdout: stream('stdout'),
        stderr: stream('stderr'),
        environment: { TERM: 'xterm' },
        signal: new AbortController().signal,
      });
      return { code, ...texts };
    } finally {
      vi.unstubAllEnvs();
    }
  }

  /** Everything that the client keeps on disk, by name, as Latin-1 text. */
  async kept(): Promise<ReadonlyMap<string, string>> {
    const texts = new Map<string, string>();
    for (const entry of await readdir(this.folder, { recursive: true, withFileTypes: true })) {
      const file = join(entry.parentPath, entry.name);
      if (entry.isFile()) texts.set(file.slice(this.folder.length + 1), await readFile(file, 'latin1'));
    }
    return texts;
  }
}

/** Vitest's `it` with a {@link Stage} as the fixture `stage`, which is its workbench. */
export const it = testWith(() => new Stage()).extend<{ stage: Stage }>({
  stage: async ({ bench }, use) => {
    await use(bench);
  },
});

/** The checksum file of a content, as repositories have it. */
export const sha1Of = (content: Buffer | string): Buffer => Buffer.from(createHash('sha1').update(content).digest('hex'));

/** These files with some replaced, and matching checksums, as a liar serves them. */
export function forge(files: Files, changes: Readonly<Record<string, Buffer | string>>): Map<string, Buffer> {
  const forged = new Map(files);
  for (const [path, content] of Object.entries(changes)) {
    const bytes = Buffer.from(content);
    forged.set(path, bytes);
    for (const algorithm of ['sha1', 'md5'])
      forged.set(`${path}.${algorithm}`, Buffer.from(createHash(algorithm).update(bytes).digest('hex')));
  }
  return forged;
}

/** `maven-metadata.xml` of `org.example:greeter`, or of another artifact. */
export function metadataXml(
  versions: readonly string[],
  { lastUpdated = '20240102030405', group = 'org.example', artifact = 'greeter', release = versions.at(-1) ?? '' } = {},
): string {
  return `<metadata><groupId>${group}</groupId><artifactId>${artifact}</artifactId><versioning><latest>${release}</latest><release>${release}</release><versions>${versions.map((one) => `<version>${one}</version>`).join('')}</versions><lastUpdated>${lastUpdated}</lastUpdated></versioning></metadata>`;
}

/** An untrusted mirror of this operator, asked before the canonical URL unless a priority says otherwise. */
export const untrusted = (url: string, operator: string, priority = -1): Mirror => ({ url, operator, trusted: false, priority });
