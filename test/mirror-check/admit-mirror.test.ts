import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { admissionConditions } from '../../src/app/mirror-check/verdict/admission.js';
import { lastSyncPath, tracePath } from '../../src/maven/mirror-trace/trace.js';
import { createCertificateAuthority } from '../support/certificate.js';
import { hour, it, removeVersion, type Stage } from './stage.js';

const names = { names: ['localhost'], addresses: ['127.0.0.1'] };

async function serveSecurely(bench: Stage, files: ReadonlyMap<string, Buffer>, days: number, options: Parameters<Stage['secure']>[1] = {}) {
  const authority = await createCertificateAuthority();
  const certificate = await authority.issue({ ...names, notAfter: new Date(Date.now() + (days * 24 + 1) * hour) });
  return { server: await bench.secure(files, { tls: certificate, ...options }), ca: authority.ca };
}

it('a sound candidate is admitted', async ({ bench }) => {
  const canonical = await bench.canonical();
  const headers = (path: string) => (path.endsWith('.xml') ? { 'cache-control': 'public, max-age=60' } : {});
  const { server, ca } = await serveSecurely(bench, bench.mirrorFiles(), 20, { headers });
  const { admitted, conditions, mirror } = await bench.admit(canonical, server.url, { ca });
  expect(conditions.filter(({ required, status }) => required && status !== 'met')).toEqual([]);
  expect(conditions.map(({ id }) => id)).toEqual(admissionConditions);
  expect(admitted).toBe(true);
  expect(mirror.certificate).toMatchObject({ daysLeft: 20, problem: null });
});

it('a candidate learns which conditions it misses', async ({ bench }) => {
  const canonical = await bench.canonical();
  const files = bench.mirrorFiles();
  files.delete(lastSyncPath);
  files.set(tracePath, Buffer.from(files.get(tracePath)!.toString().replace('"mailto:mirror@example.org"', 'null')));
  removeVersion(files, 'lib0', '2.0');
  const headers = () => ({ 'cache-control': 'max-age=86400' });
  const { server, ca } = await serveSecurely(bench, files, 3, { headers });
  const { admitted, conditions } = await bench.admit(canonical, server.url, { ca });
  expect(admitted).toBe(false);
  const missing = conditions.filter(({ required, status }) => required && status === 'missing');
  expect(missing.map(({ id }) => id)).toEqual(['certificate', 'trace', 'last-sync', 'metadata', 'metadata-caching']);
  expect(missing[0]!.detail).toBe('its certificate is valid for 3 more days, and 14 are required');
  expect(missing[1]!.detail).toBe('its trace does not name contact');
});

it('a candidate over http, with a bad certificate, down or in front of the canonical operator is not admitted', async ({ bench }) => {
  const canonical = await bench.canonical();
  const missingOf = async (url: string, ca?: string) =>
    (await bench.admit(canonical, url, { ca })).conditions.filter(({ status }) => status === 'missing').map(({ id }) => id);
  const plain = await bench.serve(bench.mirrorFiles());
  expect(await missingOf(plain.url)).toContain('https');
  const { server } = await serveSecurely(bench, bench.mirrorFiles(), 20);
  expect(await missingOf(server.url)).toEqual(expect.arrayContaining(['reachable', 'certificate']));
  const redirecting = await bench.serve(new Map(), { fault: { redirect: canonical.url } });
  expect(await missingOf(redirecting.url)).toContain('own-answers');
  const down = await bench.serve(new Map(), { fault: 'refuse' });
  expect(await missingOf(down.url)).toEqual(expect.arrayContaining(['reachable', 'https']));
});

test('docs/admission.md lists the conditions in their order', () => {
  const page = readFileSync(new URL('../../docs/admission.md', import.meta.url), 'utf8');
  expect([...page.matchAll(/^\| `([a-z0-9-]+)` \|/gm)].map(([, id]) => id)).toEqual(admissionConditions);
});
