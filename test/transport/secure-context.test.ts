import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterEach, expect, it, vi } from 'vitest';

import { createSecureContext } from '../../src/network/transport/connection/secure-context.js';
import { createCertificateAuthority } from '../support/certificate.js';
import { temporaryFolder } from '../support/temporary-folder.js';

afterEach(() => {
  vi.unstubAllEnvs();
});

it('is made once for the clients that trust the same authorities', async () => {
  const [first, second] = [await createCertificateAuthority(), await createCertificateAuthority()];
  const context = createSecureContext(first.ca);
  expect(createSecureContext([first.ca])).toBe(context);
  expect(createSecureContext([first.ca, second.ca])).not.toBe(context);
  const file = join(await temporaryFolder(), 'extra.pem');
  await writeFile(file, second.ca);
  const before = createSecureContext(first.ca);
  vi.stubEnv('NODE_EXTRA_CA_CERTS', file);
  expect(createSecureContext(first.ca)).not.toBe(before);
});
