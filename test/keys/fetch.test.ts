import { createHash } from 'node:crypto';

import fc from 'fast-check';
import * as openpgp from 'openpgp';
import { afterEach, beforeAll, beforeEach, describe, expect } from 'vitest';

import { addressOf, parseAddress } from '../../src/app/keys/address.js';
import { webKeyDirectoryUrls } from '../../src/app/keys/key-server.js';
import type { Keys } from '../../src/app/keys/keys.js';
import { openKeysWith } from '../../src/app/keys/open-keys.js';
import { encodeZBase32 } from '../../src/app/keys/z-base32.js';
import { TransportError } from '../../src/network/transport/contract/transport.js';
import { formatPacket, packetTag, readPackets } from '../../src/proof/openpgp/packet/packets.js';
import { codePoint } from '../support/code-point.js';
import { type Answer, files, type KeyHosts, startKeyHosts } from '../support/key-hosts.js';
import { it, type Workspace } from './workspace.js';

let hosts: KeyHosts;
let alice: openpgp.PublicKey;
let mallory: openpgp.PublicKey;
let aliceName = '';

beforeAll(async () => {
  const make = async (email: string): Promise<openpgp.PublicKey> =>
    (
      await openpgp.generateKey({ userIDs: [{ name: 'Somebody', email }], subkeys: [{ sign: true }], format: 'object' })
    ).privateKey.toPublic();
  [alice, mallory] = await Promise.all([make('Alice@Example.org'), make('mallory@example.com')]);
  aliceName = alice.getFingerprint().toUpperCase();
});
beforeEach(async () => {
  hosts = await startKeyHosts();
});
afterEach(() => hosts.close());

function keysOf(workspace: Workspace, options: { timeoutMs?: number; firstByteTimeoutMs?: number; signal?: AbortSignal } = {}): Keys {
  return openKeysWith(
    {
      settings: false,
      ca: hosts.ca,
      proxy: hosts.proxy,
      onEvent: (event) => {
        if (event.type === 'warning') workspace.warnings.push(event.message);
      },
      ...options,
    },
    { env: { XDG_CONFIG_HOME: workspace.path('config') }, homeFolder: workspace.path('home') },
  );
}

/** SHA-1 of `alice`, z-base-32. */
const hu = encodeZBase32(createHash('sha1').update('alice').digest());
const advanced = `/.well-known/openpgpkey/example.org/hu/${hu}?l=Alice`;
const direct = `/.well-known/openpgpkey/hu/${hu}?l=Alice`;
const lookup = (search: string): string => `/pks/lookup?op=get&options=mr&search=${search}`;

describe('Web Key Directory', () => {
  it('uses the names of the draft', () => {
    // draft-koch-openpgp-webkey-service section 3.1
    const address = parseAddress('Joe.Doe@Example.ORG');
    expect(address === null ? [] : webKeyDirectoryUrls(address).map(String)).toEqual([
      'https://openpgpkey.example.org/.well-known/openpgpkey/example.org/hu/iy9q119eutrkn8s1mk4r39qejnbu3n5q?l=Joe.Doe',
      'https://example.org/.well-known/openpgpkey/hu/iy9q119eutrkn8s1mk4r39qejnbu3n5q?l=Joe.Doe',
    ]);
  });

  it('asks no further source if the advanced method succeeds', async ({ workspace }) => {
    await hosts.serve('openpgpkey.example.org', files({ [advanced]: alice.write() }));
    await hosts.serve('example.org', files({}));
    const keys = keysOf(workspace);
    expect(await keys.fetch('Alice@example.org')).toMatchObject({
      url: `https://openpgpkey.example.org${advanced}`,
      keys: [{ fingerprint: aliceName, outcome: 'new' }],
    });
    expect(hosts.requests).toEqual([`openpgpkey.example.org ${advanced}`]);
    expect((await keys.list()).map(({ fingerprint }) => fingerprint)).toEqual([aliceName]);
    expect((await keys.fetch('Alice@example.org')).keys).toMatchObject([{ outcome: 'unchanged' }]);
  });

  it('tries the direct method if the host is missing, then the key server', async ({ workspace }) => {
    await hosts.serve('example.org', files({ [direct]: alice.armor() }));
    expect((await keysOf(workspace).fetch('Alice@example.org')).url).toBe(`https://example.org${direct}`);
    const other = await hosts.serve('keys.openpgp.org', files({ [lookup('mallory%40example.com')]: mallory.armor() }));
    expect(other).toBeGreaterThan(0);
    expect((await keysOf(workspace).fetch('mallory@example.com')).url).toBe(`https://keys.openpgp.org${lookup('mallory%40example.com')}`);
  });

  describe('an answer later than the time for a first byte', () => {
    const late = (byPath: Readonly<Record<string, Uint8Array | string>>): Answer => {
      const answer = files(byPath);
      return (request, response) => void setTimeout(() => answer(request, response), 900);
    };

    it('does not end the only key server that has the key', async ({ workspace }) => {
      await hosts.serve('keys.openpgp.org', late({ [lookup(`0x${aliceName}`)]: alice.armor() }));
      const keys = keysOf(workspace, { firstByteTimeoutMs: 200 });
      expect((await keys.fetch(aliceName)).keys).toMatchObject([{ fingerprint: aliceName, outcome: 'new' }]);
      expect(hosts.requests).toHaveLength(1);
    });

    it('does not end a key directory if no other place has the key', async ({ workspace }) => {
      await hosts.serve('openpgpkey.example.org', late({ [advanced]: alice.write() }));
      await hosts.serve('example.org', files({}));
      await hosts.serve('keys.openpgp.org', files({}));
      const { url } = await keysOf(workspace, { firstByteTimeoutMs: 200 }).fetch('Alice@example.org');
      expect(url).toBe(`https://openpgpkey.example.org${advanced}`);
    });

    it('makes a directory give way to a server that has the key', async ({ workspace }) => {
      await hosts.serve('openpgpkey.example.org', () => undefined);
      await hosts.serve('example.org', files({}));
      await hosts.serve('keys.openpgp.org', files({ [lookup('Alice%40example.org')]: alice.armor() }));
      const { url } = await keysOf(workspace, { firstByteTimeoutMs: 200 }).fetch('Alice@example.org');
      expect(url).toContain('https://keys.openpgp.org/');
    });
  });

  it('a domain without a host for keys, and no source with the key: absent, not unreachable', async ({ workspace }) => {
    const answers: Record<string, number | 'dns'> = { 'openpgpkey.example.org': 'dns', 'example.org': 404, 'keys.openpgp.org': 404 };
    const keys = openKeysWith(
      { settings: false },
      {
        env: {},
        homeFolder: workspace.path('home'),
        transport: {
          get({ url }) {
            const answer = answers[url.host] ?? 'dns';
            if (answer === 'dns') return Promise.reject(new TransportError('dns', `${url.host} is not known`));
            return Promise.resolve({
              status: answer,
              headers: {},
              url,
              secure: true,
              contentLength: 0,
              body: (async function* none() {})(),
              cancel: () => undefined,
            });
          },
          close: () => Promise.resolve(),
        },
      },
    );
    await expect(keys.fetch('Alice@example.org')).rejects.toMatchObject({
      code: 'ERR_NOT_FOUND',
      attempts: [{ outcome: 'dns' }, { outcome: 'not-found' }, { outcome: 'not-found' }],
    });
    answers['keys.openpgp.org'] = 'dns';
    await expect(keys.fetch('Alice@example.org')).rejects.toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'dns' });
  });

  it('does not take a key with another address', async ({ workspace }) => {
    await hosts.serve('openpgpkey.example.org', files({ [advanced]: mallory.write() }));
    await hosts.serve('keys.openpgp.org', files({}));
    await hosts.serve('example.org', files({}));
    await expect(keysOf(workspace).fetch('Alice@example.org')).rejects.toMatchObject({
      code: 'ERR_NOT_FOUND',
      attempts: [{ outcome: 'untrusted', status: 200 }, { outcome: 'not-found' }, { outcome: 'not-found' }],
    });
    expect(await keysOf(workspace).list()).toEqual([]);
    expect(workspace.warnings).toEqual([expect.stringContaining('is not what was asked for; it was not taken')]);
  });

  it('ignores a user ID that the key itself did not sign', async ({ workspace }) => {
    const forged = [...readPackets(mallory.write())].map(({ tag, body }) =>
      formatPacket(tag, tag === packetTag.userId ? Buffer.from('Alice <alice@example.org>') : body),
    );
    await hosts.serve('openpgpkey.example.org', files({ [advanced]: Buffer.concat(forged) }));
    await expect(keysOf(workspace).fetch('Alice@example.org')).rejects.toMatchObject({ code: 'ERR_UNREACHABLE' });
    expect(await keysOf(workspace).list()).toEqual([]);
  });
});

describe('key servers', () => {
  it('answer by fingerprint and key ID, also for a subkey; a key without user ID is accepted by fingerprint', async ({ workspace }) => {
    const bare = await openpgp.readKey({ binaryKey: alice.write() });
    bare.users = [];
    const subkey = alice.subkeys[0]?.getFingerprint().toUpperCase() ?? '';
    await hosts.serve(
      'keys.openpgp.org',
      files(Object.fromEntries([aliceName, aliceName.slice(-16), subkey].map((name) => [lookup(`0x${name}`), bare.armor()]))),
    );
    const keys = keysOf(workspace);
    for (const name of [`0x${aliceName.toLowerCase()}`, aliceName.slice(-16), subkey]) {
      expect((await keys.fetch(name)).keys).toMatchObject([{ fingerprint: aliceName, userIds: [] }]);
    }
  });

  it('are not believed with a key other than the requested one, and nothing is stored', async ({ workspace }) => {
    await hosts.serve('keys.openpgp.org', files({ [lookup(`0x${aliceName}`)]: mallory.armor() }));
    await expect(keysOf(workspace).fetch(aliceName)).rejects.toMatchObject({
      code: 'ERR_NOT_FOUND',
      attempts: [{ mirror: 'https://keys.openpgp.org/', outcome: 'untrusted' }],
    });
    expect(await keysOf(workspace).list()).toEqual([]);
  });

  it('may answer with several keys, of which only the requested one is taken', async ({ workspace }) => {
    await hosts.serve('keys.openpgp.org', files({ [lookup(`0x${aliceName}`)]: Buffer.concat([mallory.write(), alice.write()]) }));
    expect((await keysOf(workspace).fetch(aliceName)).keys).toMatchObject([{ fingerprint: aliceName }]);
    expect((await keysOf(workspace).list()).length).toBe(1);
  });

  it('cannot pass off a key by attaching the requested subkey to it', async ({ workspace }) => {
    const forged = await openpgp.readKey({ binaryKey: mallory.write() });
    const stolen = alice.subkeys[0];
    if (stolen === undefined) throw new Error('no subkey');
    forged.subkeys = [stolen];
    const name = stolen.getFingerprint().toUpperCase();
    await hosts.serve('keys.openpgp.org', files({ [lookup(`0x${name}`)]: forged.write() }));
    await expect(keysOf(workspace).fetch(name)).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
  });

  it("of one's own are the only ones asked, by https on any port", async ({ workspace }) => {
    const port = await hosts.serve('own.example.net', files({ [lookup('Alice%40example.org')]: alice.armor() }));
    const keys = openKeysWith(
      { settings: false, ca: hosts.ca },
      { env: { XDG_CONFIG_HOME: workspace.path('config') }, homeFolder: workspace.path('home') },
    );
    for (const keyServer of [`https://127.0.0.1:${port}`, `hkps://127.0.0.1:${port}/`, `127.0.0.1:${port}`]) {
      expect((await keys.fetch('Alice@example.org', { keyServer })).keys).toMatchObject([{ fingerprint: aliceName }]);
    }
    expect(new Set(hosts.requests)).toEqual(new Set([`own.example.net ${lookup('Alice%40example.org')}`]));
  });
});

describe('a server that misbehaves', () => {
  const fetch = (workspace: Workspace, options = {}): Promise<unknown> => keysOf(workspace, options).fetch(aliceName);

  it('by sending more than 1 MiB', async ({ workspace }) => {
    await hosts.serve('keys.openpgp.org', (_, response) => {
      response.writeHead(200);
      const pour = (): void => {
        while (response.write(Buffer.alloc(64 * 1024, 0x99)));
      };
      response.on('drain', pour);
      pour();
    });
    await expect(fetch(workspace)).rejects.toMatchObject({ code: 'ERR_UNREACHABLE', attempts: [{ outcome: 'too-large' }] });
  });

  it('by showing a certificate for another name', async ({ workspace }) => {
    await hosts.serve('keys.openpgp.org', files({ [lookup(`0x${aliceName}`)]: alice.armor() }), 'other.example');
    await expect(fetch(workspace)).rejects.toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'tls' });
    expect(hosts.requests).toEqual([]);
  });

  it('by redirecting to plain http', async ({ workspace }) => {
    await hosts.serve('keys.openpgp.org', (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:9/key' }).end());
    await expect(fetch(workspace)).rejects.toMatchObject({ code: 'ERR_UNREACHABLE', attempts: [{ outcome: 'redirect' }] });
  });

  it('by failing, staying silent, or sending noise', async ({ workspace }) => {
    await hosts.serve('keys.openpgp.org', (_, response) => response.writeHead(500).end());
    await expect(fetch(workspace)).rejects.toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'status', attempts: [{ status: 500 }] });
    await hosts.serve('keys.openpgp.org', () => undefined);
    await expect(fetch(workspace, { timeoutMs: 700 })).rejects.toMatchObject({ code: 'ERR_UNREACHABLE', reason: 'timeout' });
    await hosts.serve('keys.openpgp.org', (_, response) => response.end('<html>\u001b[31m</html>'));
    await expect(fetch(workspace)).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
  });

  it('is not confused with the key being absent everywhere', async ({ workspace }) => {
    await hosts.serve('keys.openpgp.org', files({}));
    await expect(fetch(workspace)).rejects.toMatchObject({
      code: 'ERR_NOT_FOUND',
      reason: 'absent',
      hint: expect.stringContaining('--keyserver') as unknown,
    });
    await expect(keysOf(workspace).fetch('Alice@example.org')).rejects.toMatchObject({ code: 'ERR_UNREACHABLE' });
  });

  it('does not prevent an abort', async ({ workspace }) => {
    const controller = new AbortController();
    await hosts.serve('keys.openpgp.org', () => controller.abort(new Error('enough')));
    await expect(fetch(workspace, { signal: controller.signal })).rejects.toMatchObject({ code: 'ERR_ABORTED' });
  });
});

it('no key is ever fetched without being asked for', async ({ workspace }) => {
  await hosts.serve('keys.openpgp.org', files({}));
  const keys = keysOf(workspace);
  await keys.import([alice.write()]);
  await keys.list();
  await keys.show('somebody');
  await keys.trust(aliceName, 'full');
  await keys.explain(aliceName);
  await expect(keys.show('F'.repeat(40))).rejects.toMatchObject({ code: 'ERR_NOT_FOUND' });
  expect(hosts.requests).toEqual([]);
});

describe('addresses', () => {
  it.each([
    ['alice@example.org', 'alice', 'example.org'],
    ['Alice.B+tag@EXAMPLE.org', 'Alice.B+tag', 'example.org'],
    ['jürgen@bücher.example', 'jürgen', 'xn--bcher-kva.example'],
  ])('%s', (text, local, domain) => {
    expect(parseAddress(text)).toEqual({ local, domain });
    expect(addressOf(`Somebody (note) <${text}>`)).toEqual({ local, domain });
  });

  it.each([
    ['alice'],
    ['@example.org'],
    ['alice@'],
    ['alice@localhost'],
    ['alice@127.0.0.1'],
    ['alice@[::1]'],
    ['a b@example.org'],
    ['a@b@example.org'],
    ['alice@example.org/x'],
    ['alice@exa mple.org'],
    ['alice@example.org:8443'],
    [`${'a'.repeat(65)}@example.org`],
    ['alice@-x.org'],
    ['a\u0000@example.org'],
  ])('%j is not an address', (text) => {
    expect(parseAddress(text)).toBeNull();
  });

  it('never lead to a URL outside their domain', () => {
    fc.assert(
      fc.property(fc.string({ unit: codePoint }), fc.domain(), (local, domain) => {
        const address = parseAddress(`${local}@${domain}`);
        if (address === null) return;
        const [first, second] = webKeyDirectoryUrls(address);
        expect([first.host, second.host]).toEqual([`openpgpkey.${address.domain}`, address.domain]);
        expect(second.pathname).toMatch(/^\/\.well-known\/openpgpkey\/hu\/[a-z0-9]{32}$/);
      }),
      { numRuns: 40 },
    );
  });
});

it.each([
  ['', ''],
  ['f0bfc7', '6n9hq'],
  ['d47a04', '4t7ye'],
  ['00', 'yy'],
  ['ff', '9h'],
])('z-base-32 of %s is %s', (hex, text) => {
  expect(encodeZBase32(Buffer.from(hex, 'hex'))).toBe(text);
});
