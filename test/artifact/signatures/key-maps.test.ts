/** Key maps through the whole client: which signers count for which artifacts, and what a map exempts. */
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeAll, describe, expect } from 'vitest';

import type { TrustOptions } from '../../../src/local/settings/client-options.js';
import { contentOf, coordinate, errorOf, greeter, it, jar, pom, type Workbench } from '../../support/workbench.js';
import { createPerson, type Person, publish, signAll, writeKeyring } from './bench.js';

const files = greeter();
let ada: Person;
let eve: Person;
beforeAll(async () => {
  [ada, eve] = await Promise.all([createPerson(), createPerson({ name: 'Eve' })]);
});

interface Case {
  readonly map: string;
  readonly served: ReadonlyMap<string, Buffer>;
  /** The people whose keys are in the keyring. Default: Ada and Eve. */
  readonly people?: readonly Person[];
  readonly trust?: TrustOptions;
}

/** `level status` of the jar, or the error's `code reason`. */
async function outcome(bench: Workbench, { map, served, people = [ada, eve], trust = {} }: Case): Promise<string> {
  const file = join(bench.folder, 'keys.map');
  await writeFile(file, map);
  const server = await bench.serve(served);
  const client = bench.client({
    repositories: [{ id: 'r', url: server.url }],
    trust: { signatures: 'require', keyrings: [await writeKeyring(bench, people)], keyMaps: [file], ...trust },
  });
  const result = await client.resolveArtifact(coordinate).catch((error: unknown) => error);
  if (result instanceof Error) {
    const { code, reason } = await errorOf(Promise.reject(result));
    return `${code} ${reason}`;
  }
  const { verification } = result as Awaited<ReturnType<typeof client.resolveArtifact>>;
  return `${verification.level} ${verification.signature?.status ?? 'none'}`;
}

const gradle = (configuration: string, components = ''): string =>
  `<?xml version="1.0"?><verification-metadata><configuration>${configuration}</configuration><components>${components}</components></verification-metadata>`;

describe('a signature counts', () => {
  it.for<[string, (key: string) => string]>([
    ['by group', (key) => `org.example = 0x${key}`],
    ['by wildcard', (key) => `org.* = 0x${key}`],
    ['by version range', (key) => `org.example:greeter:[1.0,1.1) = 0x${key}`],
    ['by extension, jar and POM', (key) => `org.example:greeter:jar = 0x${key}\norg.example:greeter:pom = 0x${key}`],
    ['as any', () => 'org.example = any'],
    ['in JSON', (key) => JSON.stringify({ 'org.example:greeter': [key] })],
    [
      "in Gradle's file",
      (key) => gradle(`<trusted-keys><trusted-key id="${key}" group="^org[.]example($|([.].*))" regex="true"/></trusted-keys>`),
    ],
    [
      "in Gradle's file, by file",
      (key) =>
        gradle(
          '',
          `<component group="org.example" name="greeter" version="1.0.0"><artifact name="greeter-1.0.0.jar"><pgp value="${key}"/></artifact><artifact name="greeter-1.0.0.pom"><pgp value="${key}"/></artifact></component>`,
        ),
    ],
  ] as const)('where the map lists its signer %s', async ([_name, map], { bench }) => {
    expect(await outcome(bench, { map: map(ada.fingerprint), served: await signAll(files, ada) })).toBe('signed good');
  });

  it.for<[string, (key: string) => string]>([
    ['another key', () => `org.example = 0x${eve.fingerprint}`],
    ['another group', (key) => `org.example.sub = 0x${key}\norg = 0x${key}`],
    ['another version', (key) => `org.example:greeter:[1.1,) = 0x${key}`],
    ['the jar only: the signer of its POM is not listed', (key) => `org.example:greeter:jar = 0x${key}`],
    ['nothing', () => '# nobody'],
    [
      'the key, and ignores it',
      (key) =>
        gradle(
          `<ignored-keys><ignored-key id="${key}"/></ignored-keys><trusted-keys><trusted-key id="${key}" group="org.example"/></trusted-keys>`,
        ),
    ],
  ] as const)('for nothing where the map lists %s', async ([_name, map], { bench }) => {
    expect(await outcome(bench, { map: map(ada.fingerprint), served: await signAll(files, ada) })).toBe('ERR_SIGNATURE untrusted');
  });

  it('after a change of signer if the map lists both: the map names them, so no signer is remembered', async ({ bench }) => {
    const map = `org.example = 0x${ada.fingerprint}, 0x${eve.fingerprint}`;
    expect(await outcome(bench, { map, served: await signAll(files, ada) })).toBe('signed good');
    const file = join(bench.folder, 'keys.map');
    const server = await bench.serve(await signAll(files, eve));
    const client = bench.client({
      repositories: [{ id: 'r', url: server.url }],
      trust: { signatures: 'require', keyrings: [await writeKeyring(bench, [ada, eve])], keyMaps: [file] },
    });
    expect((await client.resolveArtifact('org.example:greeter:1.1.0')).verification.signature).toMatchObject({
      status: 'good',
      fingerprint: eve.fingerprint,
    });
  });

  it('differently after the map changed, also for a file that is already present', async ({ bench }) => {
    const served = await signAll(files, ada);
    expect(await outcome(bench, { map: `org.example = 0x${ada.fingerprint}`, served })).toBe('signed good');
    expect(await outcome(bench, { map: `org.example = 0x${eve.fingerprint}`, served })).toBe('ERR_SIGNATURE untrusted');
  });
});

describe('exemptions of a map when signatures are required', () => {
  it.for<[string, string, () => Promise<Case['served']>, readonly ('ada' | 'eve')[]]>([
    ['no signature', 'org.example = noSig', () => Promise.resolve(files), ['ada']],
    ['an unknown key', 'org.example = noKey', () => signAll(files, ada), ['eve']],
    [
      "anything, as Gradle's trusted artifacts",
      gradle('<trusted-artifacts><trust group="org.example"/></trusted-artifacts>'),
      () => signAll(files, ada),
      ['ada'],
    ],
  ] as const)('let %s pass, without proof', async ([_name, map, served, people], { bench }) => {
    const result = await outcome(bench, { map, served: await served(), people: people.map((name) => (name === 'ada' ? ada : eve)) });
    expect(result).toMatch(/^(?:transport|origin) (?:missing|unknown-key|untrusted)$/);
  });

  it('let an unknown key pass by name, and no other', async ({ bench }) => {
    const map = `org.example = !0x${ada.fingerprint}`;
    expect(await outcome(bench, { map, served: await signAll(files, ada), people: [eve] })).toMatch(/unknown-key$/);
    expect(await outcome(bench, { map, served: await signAll(files, eve), people: [ada] })).toBe('ERR_SIGNATURE unknown-key');
  });

  it('let a bad signature pass only if the map says so', async ({ bench }) => {
    const served = await signAll(files, ada);
    publish(served, jar, contentOf(greeter({ seed: 'other' }), jar));
    expect(await outcome(bench, { map: `org.example = 0x${ada.fingerprint}, badSig`, served })).toMatch(/ bad$/);
    await bench.close();
    await bench.open();
    expect(await outcome(bench, { map: `org.example = 0x${ada.fingerprint}`, served })).toBe('ERR_SIGNATURE bad');
  });

  it('let the jar fail when only its POM may be unsigned', async ({ bench }) => {
    const served = await signAll(files, ada);
    served.delete(`${jar}.asc`);
    expect(await outcome(bench, { map: `org.example = 0x${ada.fingerprint}\norg.example:*:pom = noSig`, served })).toBe(
      'ERR_SIGNATURE missing',
    );
    served.set(`${jar}.asc`, await ada.sign(contentOf(files, jar)));
    served.delete(`${pom}.asc`);
    expect(await outcome(bench, { map: `org.example = 0x${ada.fingerprint}\norg.example:*:pom = noSig`, served })).toBe('signed good');
  });

  it('give way to a rule that names signers', async ({ bench }) => {
    const map = 'org.example = any, noSig';
    const trust: TrustOptions = { rules: [{ group: 'org.example', signers: [eve.fingerprint] }] };
    expect(await outcome(bench, { map, served: await signAll(files, ada), trust })).toBe('ERR_SIGNATURE untrusted');
    expect(await outcome(bench, { map, served: files, trust })).toBe('ERR_SIGNATURE missing');
  });
});

describe('a map that cannot be read', () => {
  it.for<[string, string]>([
    ['a short key ID', 'org.example = 0x12345678'],
    ['a web page', '<html><body>404</body></html>'],
    ['a regular expression with catastrophic backtracking in other programs', 'org.example:greeter:~(a*)*(?=b) = any'],
  ] as const)('is refused: %s', async ([_name, map], { bench }) => {
    expect(await outcome(bench, { map, served: await signAll(files, ada) })).toBe('ERR_CONFIG bad-value');
  });

  it.for<[string, (path: string) => void]>([
    ['an absent file', () => undefined],
    ['a pipe', (path) => void execFileSync('mkfifo', [path])],
  ] as const)('is reported: %s', async ([_name, prepare], { bench }) => {
    const keyMap = join(bench.folder, 'keys.list');
    prepare(keyMap);
    const server = await bench.serve(await signAll(files, ada));
    const client = bench.client({
      repositories: [{ id: 'r', url: server.url }],
      trust: { signatures: 'require', keyrings: [await writeKeyring(bench, [ada])], keyMaps: [keyMap] },
    });
    expect(await errorOf(client.resolveArtifact(coordinate))).toMatchObject({ code: 'ERR_CONFIG', reason: 'unreadable', path: keyMap });
  });
});
