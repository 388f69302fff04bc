/** SSH signatures in place of OpenPGP ones: reported as what they are, and worth no more than a missing signature. */
import { beforeAll, describe, expect } from 'vitest';

import { contentOf, coordinate, errorOf, greeter, it, jar, pom } from '../../support/workbench.js';
import { createPerson, type Person, shortOf, signAll, trust, writeKeyring } from './bench.js';

const files = greeter();
const ssh = Buffer.from('-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQ==\n-----END SSH SIGNATURE-----\n');
const unsupported = 'is an SSH signature, which is not supported yet';
let ada: Person;
let keyring: string;
let signed: Map<string, Buffer>;
beforeAll(async () => {
  ada = await createPerson();
  signed = await signAll(files, ada);
});
it.beforeEach(async ({ bench }) => {
  keyring = await writeKeyring(bench, [ada]);
});

const withSsh = (base: ReadonlyMap<string, Buffer>): Map<string, Buffer> => new Map(base).set(`${jar}.asc`, ssh).set(`${pom}.asc`, ssh);

describe('an SSH signature in a repository', () => {
  it('is named, not called malformed, and the file is used', async ({ bench }) => {
    const server = await bench.serve(withSsh(files));
    const found = await bench
      .client({ ...trust('if-present', keyring), repositories: [{ id: 'r', url: server.url }] })
      .resolveArtifact(coordinate);
    expect(shortOf(found.verification.signature)).toBe('missing');
    expect(found.verification.signature?.sentence).toBe(`its signature ${unsupported}`);
    expect(bench.of('warning').map(({ warning }) => warning)).toEqual(['signature-missing', 'signature-missing']);
  });

  it('does not satisfy a required signature', async ({ bench }) => {
    const server = await bench.serve(withSsh(files));
    const error = await errorOf(
      bench.client({ ...trust('require', keyring), repositories: [{ id: 'r', url: server.url }] }).resolveArtifact(coordinate),
    );
    expect(error).toMatchObject({ code: 'ERR_SIGNATURE', reason: 'missing' });
    expect(error.message).toContain(unsupported);
    expect(error.hint).not.toContain('Do not use that file');
  });

  it('does not replace the signer of earlier releases', async ({ bench }) => {
    const server = await bench.serve(new Map([...withSsh(files), [`${jar}.asc`, ssh]]));
    const before = await bench.serve(signed);
    const options = (url: string) => ({ ...trust('if-present', keyring), repositories: [{ id: 'r', url }] });
    await bench.client(options(before.url)).resolveArtifact('org.example:greeter:1.1.0');
    const error = await errorOf(bench.client(options(server.url)).resolveArtifact(coordinate));
    expect(error).toMatchObject({ code: 'ERR_SIGNATURE', reason: 'signer-lost' });
    expect(error.message).toContain('and this one has an SSH signature, which is not supported yet');
  });

  it.for(['if-present', 'require'] as const)('from a mirror does not displace a good OpenPGP one: %s', async (mode, { bench }) => {
    const canonical = await bench.serve(signed);
    const mirror = await bench.serve(withSsh(signed));
    const found = await bench
      .client({
        ...trust(mode, keyring),
        repositories: [{ id: 'r', url: canonical.url, mirrors: [{ url: mirror.url, priority: -1 }] }],
      })
      .resolveArtifact(coordinate);
    expect(shortOf(found.verification.signature)).toBe(`good ${ada.fingerprint}`);
  });

  it('next to a local file makes the client ask the repository', async ({ bench }) => {
    const server = await bench.serve(signed);
    for (const path of [jar, pom]) {
      await bench.write(path, contentOf(files, path));
      await bench.write(`${path}.asc`, ssh);
    }
    const options = { ...trust('require', keyring), repositories: [{ id: 'r', url: server.url }] };
    const offline = await errorOf(bench.client({ ...options, offline: true }).resolveArtifact(coordinate));
    expect(offline).toMatchObject({ code: 'ERR_SIGNATURE', reason: 'unreachable' });
    expect(offline.message).toContain(unsupported);
    expect(shortOf((await bench.client(options).resolveArtifact(coordinate)).verification.signature)).toBe(`good ${ada.fingerprint}`);
  });
});
