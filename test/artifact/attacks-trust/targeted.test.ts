/**
 * A targeted attack: one mirror, which the user trusts and asks first, lies to this client alone, with the jar, the POM
 * and all their checksums. No crawler that compares mirrors sees it. Each kind of proof by itself catches it.
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { ClientOptions } from '../../../src/settings/client-options.js';
import { createTestCertificates, type TestCertificates } from '../../support/certificate.js';
import type { FaultServer } from '../../support/fault-server.js';
import { contentOf, coordinate, createWorkbench, digest, errorOf, greeter, jar, pom, type Workbench } from '../workbench.js';
import { createPerson, signAll, trust, writeKeyring, type Person } from '../signatures/bench.js';

const right = greeter({ size: 5000 });
const forged = greeter({ size: 5000, seed: 'forged' });
const rightSha256 = digest('sha256', contentOf(right, jar));
const forgedSha256 = digest('sha256', contentOf(forged, jar));

let certificates: TestCertificates;
let ada: Person;
let bench: Workbench;
beforeAll(async () => {
  [certificates, ada] = await Promise.all([createTestCertificates(), createPerson()]);
});
beforeEach(async () => {
  bench = await createWorkbench();
});
afterEach(() => bench.close());

const https = () => ({ tls: certificates.valid });

interface Scene {
  readonly canonical: FaultServer;
  readonly liar: FaultServer;
  /** The liar first, then the canonical URL, then whoever else is named. */
  readonly resolve: (options?: Partial<ClientOptions>, others?: readonly FaultServer[]) => Promise<{ readonly sha256: string; readonly mirror: string | null; readonly level: string }>;
}

async function scene(canonicalFiles: ReadonlyMap<string, Buffer> = right, liarFiles: ReadonlyMap<string, Buffer> = forged): Promise<Scene> {
  const canonical = await bench.serve(canonicalFiles, https());
  const liar = await bench.serve(liarFiles, https());
  return {
    canonical,
    liar,
    resolve: async (options = {}, others = []) => {
      const mirrors = [{ url: liar.url, operator: 'liar', priority: -1 }, ...others.map(({ url }, index) => ({ url, operator: `other-${index}` }))];
      const { sha256, mirror, verification } = await bench.client({ ca: certificates.ca, repositories: [{ id: 'r', url: canonical.url, operator: 'canonical', mirrors }], ...options }).resolveArtifact(coordinate);
      return { sha256, mirror, level: verification.level };
    },
  };
}

it('for comparison: a mirror that the user trusts suffices by itself, and the lie is taken', async () => {
  const { resolve, liar } = await scene();
  expect(await resolve()).toEqual({ sha256: forgedSha256, mirror: liar.url, level: 'transport' });
});

it('caught by origin: the canonical checksum over https does not fit', async () => {
  const { resolve, canonical, liar } = await scene();
  expect(await resolve({ trust: { level: 'origin' } })).toEqual({ sha256: rightSha256, mirror: canonical.url, level: 'origin' });
  expect(liar.count(jar)).toBe(1);
  expect((await bench.read(pom)).equals(contentOf(right, pom))).toBe(true);
});

it('caught by quorum: the others publish another checksum', async () => {
  const { resolve, liar } = await scene();
  const other = await bench.serve(right, https());
  const found = await resolve({ trust: { quorum: 2 } }, [other]);
  expect(found).toMatchObject({ sha256: rightSha256, level: 'quorum' });
  expect(found.mirror).not.toBe(liar.url);
});

it('caught by quorum, the canonical repository being down: no two say what he says', async () => {
  const { liar } = await scene();
  const dead = await bench.serve(right, { ...https(), fault: { status: 503 } });
  const others = [await bench.serve(right, https()), await bench.serve(right, https())];
  const mirrors = [{ url: liar.url, operator: 'liar', priority: -1 }, ...others.map(({ url }, index) => ({ url, operator: `other-${index}` }))];
  const result = await bench.client({ ca: certificates.ca, repositories: [{ id: 'r', url: dead.url, operator: 'canonical', mirrors }], trust: { quorum: 2 } }).resolveArtifact(coordinate).catch((error: unknown) => error);
  // Two honest ones agree, or their disagreement with the liar is told: never the lie.
  if (result instanceof Error) expect(result).toMatchObject({ code: 'ERR_QUORUM' });
  else expect(result).toMatchObject({ sha256: rightSha256 });
});

it('caught by a pin', async () => {
  const { resolve, canonical } = await scene();
  const pins = join(bench.folder, 'pins.sha256');
  await writeFile(pins, [jar, pom].map((path) => `${digest('sha256', contentOf(right, path))}  ${path}\n`).join(''));
  expect(await resolve({ trustedChecksums: [pins] })).toEqual({ sha256: rightSha256, mirror: canonical.url, level: 'pinned' });
});

it.each(['require', 'if-present'] as const)('caught by the signature, %s: it is on other bytes', async (mode) => {
  const signed = await signAll(right, ada);
  const liarFiles = new Map([...forged, ...[...signed].filter(([path]) => path.endsWith('.asc'))]);
  const { resolve, canonical } = await scene(signed, liarFiles);
  expect(await resolve(trust(mode, await writeKeyring(bench, [ada])))).toEqual({ sha256: rightSha256, mirror: canonical.url, level: 'signed' });
});

it('caught by the first-seen record: a release does not change', async () => {
  const { resolve, canonical, liar } = await scene();
  const early = await bench.client({ ca: certificates.ca, repositories: [{ id: 'r', url: canonical.url, operator: 'canonical' }] }).resolveArtifact(coordinate);
  expect(early).toMatchObject({ sha256: rightSha256, verification: { level: 'origin' } });
  // The files are gone, and what was verified is forgotten; the record is in the state folder.
  for (const name of ['m2', 'cache']) await rm(join(bench.folder, name), { recursive: true, force: true });
  expect(await resolve()).toMatchObject({ sha256: rightSha256, mirror: canonical.url });
  expect(liar.count(jar)).toBe(1);
  for (const name of ['m2', 'cache']) await rm(join(bench.folder, name), { recursive: true, force: true });
  const alone = await errorOf(bench.client({ ca: certificates.ca, repositories: [{ id: 'r', url: liar.url, operator: 'canonical' }] }).resolveArtifact(coordinate));
  expect([alone.code, alone.reason]).toEqual(['ERR_CHECKSUM', 'changed']);
});
