/** A folder of its own for each test, and keyrings opened in it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { afterEach, beforeEach } from 'vitest';

import { openKeyrings } from '../../src/local/keyring/open-keyrings.js';
import type { CertificateBytes, CertificateSource } from '../../src/proof/openpgp/certificate/certificate-source.js';

export interface Workspace {
  readonly folder: string;
  readonly warnings: string[];
  path(...names: string[]): string;
  write(name: string, content: Uint8Array | string): Promise<string>;
  /** These keyrings; without names those of the default, in the workspace's `home` and `keys`. */
  open(
    keyrings?: readonly string[],
    options?: { readonly env?: Record<string, string>; readonly ownertrustFiles?: readonly string[] },
  ): Promise<CertificateSource>;
}

export function useWorkspace(): Workspace {
  let folder = '';
  let warnings: string[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cf-keys-'));
    warnings = [];
  });
  afterEach(() => rm(folder, { recursive: true, force: true, maxRetries: 3 }));
  const path = (...names: string[]): string => join(folder, ...names);
  return {
    get folder() {
      return folder;
    },
    get warnings() {
      return warnings;
    },
    path,
    async write(name, content) {
      await mkdir(dirname(path(name)), { recursive: true });
      await writeFile(path(name), content);
      return path(name);
    },
    open: (keyrings, { env = {}, ownertrustFiles } = {}) =>
      openKeyrings({
        keyrings,
        ownertrustFiles,
        env,
        homeFolder: path('home'),
        keyStoreFolder: path('keys'),
        platform: 'linux',
        warn: (message) => warnings.push(message),
      }),
  };
}

export async function allOf(source: CertificateSource): Promise<CertificateBytes[]> {
  const all: CertificateBytes[] = [];
  for await (const one of source.all()) all.push(one);
  return all;
}
