/** Hostile coordinates, metadata and server text, through the public API and the command line. */
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import fc from 'fast-check';
import { beforeEach, describe, expect } from 'vitest';

import { run } from '../../src/cli/run.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { errorOf, greeter, it, type Workbench } from '../support/workbench.js';
import { hostileArbitrary, unsafeText, withHostileCheck } from './hostile-run.js';

let folder = '';
beforeEach(async () => {
  folder = await temporaryFolder();
});

const escapes = '\u001b]0;owned\u0007\u001b[2J\u009b31m\u202e';
const megabyte = 'x'.repeat(1 << 20);

/** Runs the command line in this process, with all its folders beneath one. */
async function cli(...argv: string[]): Promise<{ code: number; text: string }> {
  let text = '';
  const write = (chunk: string): void => void (text += chunk);
  const code = await run(['--no-config', '--local-repo', join(folder, 'repository'), ...argv], {
    stdout: { write },
    stderr: { write },
    environment: {},
    signal: new AbortController().signal,
  });
  return { code, text };
}

describe('hostile coordinates', () => {
  it('never leave the local repository, crash, or reach the terminal (generated)', async () => {
    await withHostileCheck(async (check) => {
      await fc.assert(
        fc.asyncProperty(hostileArbitrary, async (wanted) => {
          expect(await check(wanted)).toBeNull();
        }),
        { numRuns: 2000 },
      );
    });
  });

  it.for([
    '../../etc:passwd:1',
    '/etc/passwd',
    'a:b:../../x',
    'a:b:1:jar:../../x',
    'C:\\x:y:1',
    'con:lib:1',
    'org.nul:lib:1',
    'org:aux:1',
    'org:lib:1\u0000',
    'org:lib:1\n2',
    `org:lib:${escapes}`,
    'org:lib:1/../../2',
    `${megabyte}:lib:1`,
    `org:lib:${megabyte}`,
    `${'a.'.repeat(500_000)}b:lib:1`,
    `${'['.repeat(1 << 20)}`,
  ])('are refused with ERR_COORDINATE or ERR_RANGE: %#', async (wanted, { bench }) => {
    const server = await bench.serve(new Map());
    const error = await errorOf(bench.client({ repositories: [{ id: 'r', url: server.url }] }).resolveArtifact(wanted));
    expect(['ERR_COORDINATE', 'ERR_RANGE']).toContain(error.code);
    expect(error.message.length).toBeLessThan(2_000);
    expect(error.message).not.toMatch(unsafeText);
    expect(server.requests).toHaveLength(0);
    const shown = await cli('--', wanted);
    expect(shown.code === 2 || shown.code === 6).toBe(true);
    expect(shown.text).not.toMatch(unsafeText);
    expect(shown.text.length).toBeLessThan(4_000);
    const document = await cli('--json', '--', wanted);
    expect(document.code).toBe(shown.code);
    expect(document.text).not.toMatch(unsafeText);
    expect(JSON.parse(document.text)).toMatchObject({ error: { code: error.code } });
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('hostile metadata', () => {
  const path = 'org/example/greeter/maven-metadata.xml';
  const serve = async (bench: Workbench, xml: string) => {
    const files = greeter({ versions: ['1.0.0'] });
    files.set(path, Buffer.from(xml));
    for (const algorithm of ['sha1', 'md5'])
      files.set(`${path}.${algorithm}`, Buffer.from(createHash(algorithm).update(xml).digest('hex')));
    return bench.client({ repositories: [{ id: 'r', url: (await bench.serve(files)).url }] });
  };
  const listing = (...versions: string[]): string =>
    `<metadata><groupId>org.example</groupId><artifactId>greeter</artifactId><versioning><release>${versions.at(-1)}</release><versions>${versions.map((one) => `<version>${one}</version>`).join('')}</versions></versioning></metadata>`;

  it.for([
    ['traversal', listing('../../../../outside')],
    ['an absolute path', listing('/etc/passwd')],
    ['a device', listing('nul')],
    ['terminal escapes', listing('1&#27;[2J', '1\u009b31m', '1\u202e')],
    ['a megabyte in one version', listing(megabyte)],
    ['another artifact', listing('1.0.0').replace('greeter', 'other')],
    ['endless entities', `<!DOCTYPE m [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>${listing('&b;')}`],
    ['an external entity', `<!DOCTYPE m [<!ENTITY a SYSTEM "file:///etc/passwd">]>${listing('&a;')}`],
    ['endless depth', '<metadata>'.repeat(200_000)],
    ['no XML', `${escapes}${megabyte}`],
    ['nothing', ''],
  ] as const)('changes nothing: %s', async ([_name, xml], { bench }) => {
    const client = await serve(bench, xml);
    for (const wanted of ['org.example:greeter:RELEASE', 'org.example:greeter:[0,)']) {
      const error = await errorOf(client.resolveArtifact(wanted));
      expect(['ERR_NOT_FOUND', 'ERR_UNREACHABLE', 'ERR_RANGE', 'ERR_COORDINATE', 'ERR_LIMIT', 'ERR_CHECKSUM']).toContain(error.code);
      expect(`${error.message}${error.hint ?? ''}${error.attempts.map(({ detail }) => detail ?? '').join('')}`).not.toMatch(unsafeText);
      expect(error.message.length).toBeLessThan(4_000);
    }
    expect((await bench.placed()).filter((name) => /\.(jar|pom)$/.test(name))).toEqual([]);
  });

  it('of a snapshot cannot name a file elsewhere', async ({ bench }) => {
    const base = 'org/example/greeter/2.0-SNAPSHOT/maven-metadata.xml';
    const files = greeter({ versions: ['2.0-SNAPSHOT'] });
    const xml = `<metadata><groupId>org.example</groupId><artifactId>greeter</artifactId><version>2.0-SNAPSHOT</version><versioning><snapshot><timestamp>../../../x</timestamp><buildNumber>1</buildNumber></snapshot><snapshotVersions><snapshotVersion><extension>jar</extension><value>../../../../outside</value><updated>20240101000000</updated></snapshotVersion></snapshotVersions></versioning></metadata>`;
    files.set(base, Buffer.from(xml));
    files.set(`${base}.sha1`, Buffer.from(createHash('sha1').update(xml).digest('hex')));
    const server = await bench.serve(files);
    await errorOf(bench.client({ repositories: [{ id: 'r', url: server.url }] }).resolveArtifact('org.example:greeter:2.0-SNAPSHOT'));
    expect(server.requests.filter(({ path: asked }) => asked.includes('outside') || asked.includes('..'))).toEqual([]);
    expect(await readdir(bench.folder)).not.toContain('outside');
  });
});

describe('text from servers', () => {
  it('is shown escaped and shortened: checksum files, bodies, header values', async ({ bench }) => {
    const files = greeter({ versions: ['1.0.0'] });
    for (const path of [...files.keys()].filter((name) => /\.(sha1|md5)$/.test(name)))
      files.set(path, Buffer.from(`${escapes}${'y'.repeat(2_000)}`));
    const server = await bench.serve(files, {
      headers: () => ({ 'x-checksum-sha1': 'z'.repeat(4_000), etag: '"\u009b31m"', 'x-goog-hash': 'md5=!!!!,crc32c=' }),
    });
    const error = await errorOf(
      bench.client({ repositories: [{ id: 'r', url: server.url }] }).resolveArtifact('org.example:greeter:1.0.0'),
    );
    expect(error.code).toBe('ERR_CHECKSUM');
    const texts = [error.message, error.hint ?? '', ...error.attempts.map(({ detail }) => detail ?? '')];
    for (const text of texts) {
      expect(text).not.toMatch(unsafeText);
      expect(text.length).toBeLessThan(2_000);
    }
    expect(
      bench
        .of('attempt-ended')
        .map(({ detail }) => detail ?? '')
        .join(''),
    ).not.toMatch(unsafeText);
    expect(await bench.placed()).toEqual([]);
  });
});
