/** The folder of a test, and keyrings opened in it. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { openKeyrings } from '../../src/local/keyring/open-keyrings.js';
import type { CertificateBytes, CertificateSource } from '../../src/proof/openpgp/certificate/certificate-source.js';
import { it as itWithBench } from '../support/workbench.js';

export interface OpenOptions {
  readonly env?: Record<string, string>;
  readonly ownertrustFiles?: readonly string[];
}

export class Workspace {
  readonly folder: string;
  readonly warnings: string[] = [];

  constructor(folder: string) {
    this.folder = folder;
  }

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  /** Writes a file of the folder and returns its path. */
  async write(name: string, content: Uint8Array | string): Promise<string> {
    await mkdir(dirname(this.path(name)), { recursive: true });
    await writeFile(this.path(name), content);
    return this.path(name);
  }

  /** Opens these keyrings, or without names the default ones in the workspace's `home` and `keys`. */
  open(keyrings?: readonly string[], { env = {}, ownertrustFiles }: OpenOptions = {}): Promise<CertificateSource> {
    return openKeyrings({
      keyrings,
      ownertrustFiles,
      env,
      homeFolder: this.path('home'),
      keyStoreFolder: this.path('keys'),
      platform: 'linux',
      warn: (message) => this.warnings.push(message),
    });
  }
}

/** Vitest's `it` with a {@link Workspace} in the folder of the bench as the fixture `workspace`. */
export const it = itWithBench.extend<{ workspace: Workspace }>({
  workspace: async ({ bench }, use) => {
    await use(new Workspace(bench.folder));
  },
});

export async function allOf(source: CertificateSource): Promise<CertificateBytes[]> {
  const all: CertificateBytes[] = [];
  for await (const one of source.all()) all.push(one);
  return all;
}
