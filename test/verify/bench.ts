/** A workbench with `verifyFiles` on its folders. */
import { afterEach, beforeAll, beforeEach } from 'vitest';

import {
  type VerifiedFile,
  verifyFiles,
  type VerifyOptions,
  type VerifyReport,
  type VerifyTarget,
} from '../../src/app/verify/verify-files.js';
import type { ClientOptions } from '../../src/local/settings/client-options.js';
import { createTestCertificates, type TestCertificates } from '../support/certificate.js';
import type { FaultServer, FaultServerOptions } from '../support/fault-server.js';
import { createWorkbench, type Workbench } from '../support/workbench.js';

export interface VerifyBench {
  readonly bench: Workbench;
  readonly certificates: TestCertificates;
  /** Repository `r` at these servers, the first its canonical URL, by operator. */
  readonly options: (servers: readonly (readonly [operator: string, server: FaultServer])[], more?: ClientOptions) => ClientOptions;
  readonly verify: (targets: readonly VerifyTarget[], options?: ClientOptions & VerifyOptions) => Promise<VerifyReport>;
  /** Over https. */
  readonly serve: (files: ReadonlyMap<string, Buffer>, options?: Omit<FaultServerOptions, 'files'>) => Promise<FaultServer>;
}

/** Registers the hooks; the bench of the running test is behind the getter. */
export function useVerifyBench(): () => VerifyBench {
  let certificates: TestCertificates;
  let bench: Workbench;
  beforeAll(async () => {
    certificates = await createTestCertificates();
  });
  beforeEach(async () => {
    bench = await createWorkbench();
  });
  afterEach(() => bench.close());
  return () => ({
    bench,
    certificates,
    options: ([canonical, ...others], more = {}) => ({
      ca: certificates.ca,
      // Port 9 discards: whoever asks there anyway fails.
      repositories:
        canonical === undefined
          ? [{ id: 'r', url: 'https://127.0.0.1:9/' }]
          : [
              {
                id: 'r',
                url: canonical[1].url,
                operator: canonical[0],
                mirrors: others.map(([operator, { url }]) => ({ url, operator, trusted: false })),
              },
            ],
      ...more,
    }),
    verify: (targets, options = {}) =>
      verifyFiles(targets, {
        settings: false,
        localRepository: bench.m2,
        cacheFolder: `${bench.folder}/cache`,
        stateFolder: `${bench.folder}/state`,
        onEvent: (event) => bench.events.push(event),
        timeoutMs: 30_000,
        ...options,
      }),
    serve: (files, options = {}) => bench.serve(files, { tls: certificates.valid, ...options }),
  });
}

/** File name, status, level: what most tests look at. */
export function short({ files }: { readonly files: readonly VerifiedFile[] }): string[] {
  return files.map(({ path, status, verification }) => `${path.slice(path.lastIndexOf('/') + 1)} ${status} ${verification.level}`);
}
