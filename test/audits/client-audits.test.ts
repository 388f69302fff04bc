/** Signed audits through the client: as witnesses of a quorum, and against mirrors that were caught lying. */
import { describe, expect } from 'vitest';

import type { ClientOptions } from '../../src/local/settings/client-options.js';
import { testCertificates } from '../support/certificate.js';
import type { FaultServer } from '../support/fault-server.js';
import { coordinate, errorOf, greeter, it, jar, pom, type Workbench } from '../support/workbench.js';
import { type AuditFacts, auditor, signedAudit } from './signed-audit.js';

const files = greeter();
const forged = greeter({ seed: 'forged' });
const { valid: tls, ca } = await testCertificates();
const me = auditor();
const limits = { hedgeDelayMs: 20, connectTimeoutMs: 2_000 };

/** A canonical operator that is down, the mirror of another one, and an audit of the files. */
async function stage(bench: Workbench, facts: Partial<AuditFacts> = {}) {
  const canonical = `https://127.0.0.1:${await bench.refusingPort()}/`;
  const mirror = await bench.serve(files, { tls });
  const published = signedAudit(me, { repository: canonical, untilMs: Date.now() - 1000, files, ...facts });
  return { canonical, mirror, host: await bench.serve(published, { tls }) };
}

const trusting = (host: FaultServer, operator = 'auditors'): ClientOptions['trust'] => ({
  audits: [{ url: `${host.url}audit.note`, key: me.key, operator }],
});

const untrusted = ({ url }: FaultServer, operator: string) => ({ url, operator, trusted: false });

describe('a trusted audit', () => {
  it('makes a quorum with one mirror while the canonical operator is down', async ({ bench }) => {
    const { canonical, mirror, host } = await stage(bench);
    const client = bench.against(canonical, [untrusted(mirror, 'a')], { ca, trust: trusting(host) }, limits);
    const { verification } = await client.resolveArtifact(coordinate);
    expect(verification.proofs[0]).toBe('quorum:a,auditors');
    expect(verification.witnesses).toContainEqual(
      expect.objectContaining({ operator: 'auditors', mirror: `${host.url}audit.note`, agrees: true }),
    );
    expect(host.count('audit.sha256')).toBe(1);
  });

  it('does so offline, too, for files that lie in the local repository, if two audits make a quorum', async ({ bench }) => {
    const { canonical, host } = await stage(bench);
    const two = await bench.serve(signedAudit(auditor(2), { repository: canonical, untilMs: Date.now() - 1000, files }), { tls });
    for (const path of [jar, pom]) await bench.write(path, files.get(path) ?? '');
    const trust: ClientOptions['trust'] = {
      level: 'quorum',
      audits: [
        { url: `${host.url}audit.note`, key: me.key, operator: 'one' },
        { url: `${two.url}audit.note`, key: auditor(2).key, operator: 'two' },
      ],
    };
    expect(await errorOf(bench.against(canonical, [], { ca, trust, offline: true }).resolveArtifact(coordinate))).toMatchObject({
      code: 'ERR_QUORUM',
    });
    const online = bench.against(canonical, [], { ca, trust }, limits);
    expect((await online.resolveArtifact(coordinate)).verification.proofs).toContain('quorum:one,two');
    const offline = bench.client({
      repositories: [{ id: 'r', url: canonical }],
      trust,
      offline: true,
      ca,
      localRepository: bench.m2,
    });
    expect((await offline.resolveArtifact(coordinate)).verification.level).toBe('quorum');
    expect([host, two].map((server) => server.count('audit.note'))).toEqual([1, 1]);
  });

  it('is not asked for its list while the canonical operator answers', async ({ bench }) => {
    const server = await bench.serve(files, { tls });
    const { host } = await stage(bench, { repository: server.url });
    const client = bench.against(server.url, [], { ca, trust: trusting(host) });
    expect((await client.resolveArtifact(coordinate)).verification.level).toBe('origin');
    expect(host.count('audit.sha256')).toBe(0);
  });

  it('contradicts a mirror that serves other bytes, and is named', async ({ bench }) => {
    const { canonical, host } = await stage(bench);
    const liar = await bench.serve(forged, { tls });
    const second = await bench.serve(forged, { tls });
    const mirrors = [untrusted(liar, 'a'), untrusted(second, 'b')];
    const client = bench.against(canonical, mirrors, { ca, trust: trusting(host) }, limits);
    const error = await errorOf(client.resolveArtifact(coordinate));
    expect(error).toMatchObject({ code: 'ERR_QUORUM', reason: 'disagreement' });
    expect(error.message).toContain('auditors');
    expect(await bench.placed()).not.toContain(jar);
  });

  it('of the same operator as the mirror does not count twice', async ({ bench }) => {
    const { canonical, mirror, host } = await stage(bench);
    const client = bench.against(canonical, [untrusted(mirror, 'a')], { ca, trust: trusting(host, 'a') }, limits);
    expect(await errorOf(client.resolveArtifact(coordinate))).toMatchObject({ code: 'ERR_QUORUM', reason: 'too-few' });
  });

  it('costs nothing that mirrors do not need: a quorum of mirrors does not wait for a silent host', async ({ bench }) => {
    const { canonical, mirror } = await stage(bench);
    const other = await bench.serve(files, { tls });
    const silent = await bench.serve(new Map(), { tls, fault: 'hang' });
    const mirrors = [untrusted(mirror, 'a'), untrusted(other, 'b')];
    const client = bench.against(canonical, mirrors, { ca, trust: trusting(silent) }, { ...limits, firstByteTimeoutMs: 300 });
    expect((await client.resolveArtifact(coordinate)).verification.proofs[0]).toBe('quorum:a,b');
  });

  it('drops the verdicts that rest on it when it is no longer trusted', async ({ bench }) => {
    const { canonical, mirror, host } = await stage(bench);
    const mirrors = [untrusted(mirror, 'a')];
    const level = { level: 'quorum' } as const;
    await bench.against(canonical, mirrors, { ca, trust: { ...level, ...trusting(host) } }, limits).resolveArtifact(coordinate);
    const without = bench.against(canonical, mirrors, { ca, trust: level }, limits);
    expect(await errorOf(without.resolveArtifact(coordinate))).toMatchObject({ code: 'ERR_QUORUM' });
  });
});

describe('a mirror that a trusted audit caught lying', () => {
  it('is asked last, and named by the lists of mirrors and by the diagnosis', async ({ bench }) => {
    const { canonical, mirror } = await stage(bench);
    const liar = await bench.serve(files, { tls });
    const places = [{ url: liar.url, counts: { lie: 3 } }];
    const host = await bench.serve(signedAudit(me, { repository: canonical, untilMs: Date.now() - 1000, files, places }), { tls });
    const mirrors = [
      { url: liar.url, operator: 'liar', priority: -1 },
      { url: mirror.url, operator: 'a' },
    ];
    const options = { ca, trust: trusting(host) };
    const first = bench.against(canonical, mirrors, options, limits);
    const { checks } = await first.diagnose();
    expect(checks).toContainEqual(expect.objectContaining({ name: 'audit of auditors', status: 'ok' }));
    const lying = checks.find(({ name, status }) => name === `mirror ${liar.url}` && status === 'warn');
    expect(lying?.detail).toContain('caught lying');
    const asked = liar.requests.length;
    const later = bench.against(canonical, mirrors, options, { hedgeDelayMs: 20_000 });
    await later.resolveArtifact(coordinate);
    expect(liar.requests).toHaveLength(asked);
    const statuses = await later.listMirrors();
    expect(statuses.map(({ url, caughtBy }) => [url, caughtBy.map(({ operator, lies }) => `${operator} ${lies}`)])).toEqual([
      [liar.url, ['auditors 3']],
      [canonical, []],
      [mirror.url, []],
    ]);
  });
});

describe('the options of audits', () => {
  it.for<[object, string]>([
    [{ url: 'https://a.example/audit.note', key: me.key }, 'options: trust.audits[0].operator must be given'],
    [
      { url: 'https://a.example/audit.note', key: 'x', operator: 'o' },
      'options: trust.audits[0].key must be a key NAME+ID+BASE64, as the maker of the audit publishes it',
    ],
    [
      { url: 'https://a.example/audit.note', key: me.key.replace(/\+[0-9a-f]{8}\+/, '+00000000+'), operator: 'o' },
      'options: trust.audits[0].key: not an Ed25519 key, or one of its characters is wrong',
    ],
    [{ url: 'https://a.example/', key: me.key, operator: 'o' }, 'options: trust.audits[0].url must be the URL or the file of a note'],
    [
      { url: 'http://a.example/audit.note', key: me.key, operator: 'o' },
      'options: trust.audits[0].url: over plain http, anyone on the way can change what is served: http://a.example/',
    ],
    [
      { url: 'https://a.example/audit.note', key: me.key, operator: 'o', maxAgeDays: 91 },
      'options: trust.audits[0].maxAgeDays must be a whole number from 1 to 90, not 91',
    ],
  ])('%j', async ([audit, message], { bench }) => {
    const trust = { audits: [audit] } as unknown as NonNullable<ClientOptions['trust']>;
    expect(await errorOf(bench.client({ trust }).listMirrors())).toMatchObject({ code: 'ERR_CONFIG', message });
  });
});
