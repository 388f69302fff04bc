import { writeFile } from 'node:fs/promises';

import * as openpgp from 'openpgp';
import { afterEach, beforeAll, expect } from 'vitest';

import { coverKeys, type KeyCoverage } from '../../src/app/keys/coverage.js';
import { coverageDocument } from '../../src/cli/output/keys-json.js';
import { createStyle } from '../../src/cli/output/render.js';
import { formatCoverage } from '../../src/cli/output/render-keys.js';
import type { TrustOptions } from '../../src/local/settings/client-options.js';
import { type FaultServer, startFaultServer } from '../support/fault-server.js';
import { schemaViolations } from '../support/json-schema.js';
import { createFixtureRepository } from '../support/maven-repository.js';
import { it, type Workspace } from './workspace.js';

const { files } = createFixtureRepository({
  artifacts: [
    {
      group: 'org.example',
      artifact: 'app',
      versions: ['1.0'],
      dependencies: [
        { group: 'org.example', artifact: 'known', version: '1.0' },
        { group: 'org.example', artifact: 'certified', version: '1.0' },
        { group: 'org.other', artifact: 'stranger', version: '1.0' },
        { group: 'org.other', artifact: 'bare', version: '1.0' },
      ],
    },
    { group: 'org.example', artifact: 'known', versions: ['1.0'] },
    { group: 'org.example', artifact: 'certified', versions: ['1.0'] },
    { group: 'org.other', artifact: 'stranger', versions: ['1.0'] },
    { group: 'org.other', artifact: 'bare', versions: ['1.0'] },
  ],
});

interface Person {
  readonly secret: openpgp.PrivateKey;
  readonly fingerprint: string;
}

async function person(name: string): Promise<Person> {
  const { privateKey } = await openpgp.generateKey({ userIDs: [{ name, email: `${name.toLowerCase()}@example.org` }], format: 'object' });
  return { secret: privateKey, fingerprint: privateKey.getFingerprint().toUpperCase() };
}

let me: Person;
let ada: Person;
let eve: Person;
let nobody: Person;
let server: FaultServer;
let served: Map<string, Buffer>;

beforeAll(async () => {
  [me, ada, eve, nobody] = await Promise.all([person('Me'), person('Ada'), person('Eve'), person('Nobody')]);
  served = new Map(files);
  const signers: Readonly<Record<string, Person | null>> = { app: ada, known: eve, certified: ada, stranger: nobody, bare: null };
  for (const [path, content] of files) {
    const signer = signers[path.split('/')[2] ?? ''] ?? null;
    if (signer === null || !/\.(?:jar|pom)$/.test(path)) continue;
    const signature: unknown = await openpgp.sign({
      message: await openpgp.createMessage({ binary: content }),
      signingKeys: signer.secret,
      detached: true,
      format: 'armored',
    });
    served.set(`${path}.asc`, Buffer.from(String(signature)));
  }
});
it.beforeEach(async ({ workspace }) => {
  server = await startFaultServer({ files: served });
  const certified = await ada.secret.toPublic().signPrimaryUser([me.secret]);
  await workspace.write('ring/keys.asc', [me.secret.toPublic().armor(), certified.armor(), eve.secret.toPublic().armor()].join('\n'));
  await writeFile(workspace.path('ring', 'ownertrust.txt'), `${me.fingerprint}:6:\n`);
});
afterEach(() => server.close());

const cover = (workspace: Workspace, trust: TrustOptions = {}): Promise<KeyCoverage> =>
  coverKeys(['org.example:app:1.0'], {
    settings: false,
    repositories: [{ id: 'r', url: server.url }],
    localRepository: workspace.path('m2'),
    cacheFolder: workspace.path('cache'),
    stateFolder: workspace.path('state'),
    trust: { keyrings: [workspace.path('ring')], ...trust },
  });

it('lists the signer of each artifact, and the keys that would have to be certified or imported', async ({ workspace }) => {
  const coverage = await cover(workspace);
  expect(coverage.counts).toEqual({ good: 4, untrusted: 2, 'unknown-key': 2, missing: 2 });
  expect(coverage.signers.map(({ key, standing, files: count, artifacts }) => [key, standing, count, artifacts])).toEqual([
    [ada.fingerprint, 'trusted', 4, ['org.example:app', 'org.example:certified']],
    ...[
      [eve.fingerprint, 'untrusted', 2, ['org.example:known']],
      [nobody.fingerprint, 'unknown-key', 2, ['org.other:stranger']],
    ].sort(([one = ''], [other = '']) => (one < other ? -1 : 1)),
  ]);
  const of = (key: string) => coverage.signers.find((signer) => signer.key === key);
  expect(of(ada.fingerprint)).toMatchObject({ userId: 'Ada <ada@example.org>', sentences: [] });
  expect(of(eve.fingerprint)?.sentences.join(' ')).toMatch(/certified/);
  expect(of(nobody.fingerprint)?.sentences.join(' ')).toMatch(/is in none of the keyrings/);
  expect(schemaViolations(coverageDocument(coverage, []), 'keys-coverage')).toEqual([]);
  const text = formatCoverage(coverage, createStyle(false));
  expect(text).toContain('10 artifacts and POMs: ');
  expect(text).toMatch(new RegExp(`^4 +trusted +${ada.fingerprint} +Ada <ada@example\\.org>$`, 'm'));
  expect(text).toContain('org.other:bare:1.0: missing');
  // The second time everything is already present.
  expect((await cover(workspace)).counts).toEqual(coverage.counts);
});

it('shows a user without a key of their own how to get started', async ({ workspace }) => {
  expect((await cover(workspace)).hints).toEqual([
    `Look up a missing key with 'clojars-fetch keys fetch ${nobody.fingerprint}'.`,
    `Certify a key that you have checked with 'gpg --lsign-key ${eve.fingerprint}', and import it again.`,
  ]);
  await writeFile(workspace.path('ring', 'ownertrust.txt'), '');
  const { hints, signers } = await cover(workspace);
  const [first] = signers.filter(({ standing }) => standing === 'untrusted');
  expect(hints.slice(1)).toEqual([
    expect.stringContaining("'clojars-fetch keys trust FINGERPRINT ultimate'"),
    expect.stringContaining(`'${first?.artifacts[0] ?? ''} = 0x${first?.key ?? ''}', and give it with '--key-map FILE'`),
    expect.stringContaining("'--trust-model keyring --keyring PATH'"),
  ]);
  // Each suggestion works.
  const map = await workspace.write('keys.list', `${first?.artifacts[0] ?? ''} = 0x${first?.key ?? ''}\n`);
  const { counts } = await cover(workspace, { keyMaps: [map] });
  expect(counts).toMatchObject({ good: 2 });
  expect((await cover(workspace, { model: 'keyring' })).hints).toEqual([
    `Look up a missing key with 'clojars-fetch keys fetch ${nobody.fingerprint}'.`,
  ]);
});

it('counts every key in the keyring under the model keyring', async ({ workspace }) => {
  expect((await cover(workspace, { model: 'keyring' })).counts).toEqual({ good: 6, 'unknown-key': 2, missing: 2 });
});

it('still refuses a bad signature', async ({ workspace }) => {
  await server.close();
  const path = 'org/example/app/1.0/app-1.0.jar';
  server = await startFaultServer({
    files: new Map(served).set(`${path}.asc`, served.get('org/example/certified/1.0/certified-1.0.jar.asc') ?? Buffer.alloc(0)),
  });
  await expect(cover(workspace)).rejects.toMatchObject({ code: 'ERR_SIGNATURE', reason: 'bad' });
});

it('needs a coordinate', async () => {
  await expect(coverKeys([])).rejects.toMatchObject({ code: 'ERR_COORDINATE' });
});
