/**
 * The files of `mirror setup` in the real programs: nginx serves a mirror with them, systemd and Ansible accept them. And Clojure reads the
 * counts of `mirror stats`.
 */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';

import { afterEach, describe, expect, test } from 'vitest';

import { countDownloads, writeMirrorSetup } from '../../src/mirror.js';
import { createCertificateAuthority } from '../support/certificate.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { type MirrorSite, startMirrorSite } from './mirror-site.js';
import { findProgram, missingPrograms, runProgram, skipUnlessThere } from './programs.js';

const domain = 'clojars.example.org';

let site: MirrorSite | null = null;
afterEach(async () => {
  await site?.stop();
  site = null;
});

interface Answer {
  readonly status: number | undefined;
  readonly cache: string | undefined;
  readonly type: string | undefined;
}

/** Makes a mirror and its setup, with a certificate. */
async function setUp(): Promise<{ readonly folder: string; readonly ca: string }> {
  const folder = await temporaryFolder();
  const authority = await createCertificateAuthority();
  const { key, cert } = await authority.issue({ names: [domain] });
  writeFileSync(join(folder, 'key.pem'), key);
  writeFileSync(join(folder, 'cert.pem'), cert);
  const version = join(folder, 'mirror/org/lib/1.0');
  for (const path of [version, join(folder, 'mirror/.well-known'), join(folder, 'mirror/.clojars-mirror')])
    mkdirSync(path, { recursive: true });
  for (const name of ['lib-1.0.jar', 'lib-1.0.pom', 'lib-1.0.jar.sha1', '../maven-metadata.xml', '../maven-metadata.xml.sha1'])
    writeFileSync(join(version, name), name);
  writeFileSync(join(folder, 'mirror/.well-known/clojars-mirror.json'), '{}');
  writeFileSync(join(folder, 'mirror/.clojars-mirror/inventory'), 'secret');
  writeFileSync(join(folder, 'mirror/lastsync'), '1764424000\n');
  symlinkSync('/etc/hostname', join(version, 'link.jar'));
  await writeMirrorSetup({
    domain,
    contact: 'mirror@example.org',
    to: join(folder, 'mirror'),
    certificate: join(folder, 'cert.pem'),
    certificateKey: join(folder, 'key.pem'),
    output: join(folder, 'setup'),
  });
  return { folder, ca: authority.ca };
}

describe('the files of a mirror', () => {
  test('serve it by nginx: releases for a year, metadata for a minute, and nothing that is not of the mirror', async (context) => {
    skipUnlessThere(context, missingPrograms(['nginx']));
    const { folder, ca } = await setUp();
    site = await startMirrorSite(folder, domain);
    const { port } = site;
    const ask = (path: string, method = 'GET'): Promise<Answer> =>
      new Promise((resolve, reject) => {
        const options = { host: '127.0.0.1', port, path, method, ca, servername: domain, headers: { host: domain } };
        const asked = request(options, (answer) => {
          answer.resume();
          resolve({ status: answer.statusCode, cache: answer.headers['cache-control'], type: answer.headers['content-type'] });
        });
        asked.on('error', reject).end();
      });
    await expect
      .poll(() => ask('/lastsync').catch(() => null), { timeout: 30_000 })
      .toMatchObject({ status: 200, cache: 'public, max-age=60', type: 'text/plain' });
    const year = 'public, max-age=31536000, immutable';
    expect(await ask('/org/lib/1.0/lib-1.0.jar')).toEqual({ status: 200, cache: year, type: 'application/x-java-archive' });
    expect(await ask('/org/lib/1.0/lib-1.0.pom', 'HEAD')).toEqual({ status: 200, cache: year, type: 'application/xml' });
    for (const path of ['/org/lib/maven-metadata.xml', '/org/lib/maven-metadata.xml.sha1', '/org/lib/', '/.well-known/clojars-mirror.json'])
      expect(await ask(path), path).toMatchObject({ status: 200, cache: 'public, max-age=60' });
    for (const path of [
      '/org/lib/2.0/lib-2.0.jar',
      '/.clojars-mirror/inventory',
      '/org/.hidden',
      '/org/lib/1.0/link.jar',
      '/.well-known/other',
    ])
      expect(await ask(path), path).toMatchObject({ status: 404, cache: 'no-store' });
    for (const method of ['PUT', 'POST', 'DELETE', 'PROPFIND'])
      expect((await ask('/org/lib/1.0/lib-1.0.jar', method)).status, method).toBe(405);
    // The log of this site is one that can be counted.
    await expect
      .poll(
        async () => (await countDownloads([join(folder, `${domain}.access.log`)], { output: join(folder, 'stats') })).days[0]?.downloads,
      )
      .toBe(1);
  });

  test('are right for systemd', async (context) => {
    skipUnlessThere(context, missingPrograms(['systemd-analyze']));
    const { folder } = await setUp();
    const units = ['clojars-mirror.service', 'clojars-mirror.timer'].map((name) => join(folder, 'setup', name));
    const { code, output } = await runProgram(findProgram('systemd-analyze') ?? '', ['verify', '--man=no', ...units], {
      home: folder,
      cwd: folder,
    });
    expect({ code, output }).toEqual({ code: 0, output: '' });
  });

  test('are installed by Ansible, and the second run changes nothing', async (context) => {
    skipUnlessThere(context, missingPrograms(['ansible-playbook', 'nginx']));
    const { folder } = await setUp();
    const playbook = async (...words: readonly string[]): Promise<string> => {
      const common = ['-i', 'localhost,', '-c', 'local', '--skip-tags', 'system', '-e', `prefix=${folder}/root`, 'playbook.yml'];
      const { code, output } = await runProgram(findProgram('ansible-playbook') ?? '', [...words, ...common], {
        home: folder,
        cwd: join(folder, 'setup'),
      });
      expect(code, output).toBe(0);
      return output;
    };
    await playbook('--syntax-check');
    expect(await playbook()).toMatch(/ok=4 +changed=3 +unreachable=0 +failed=0/);
    expect(await playbook()).toMatch(/ok=4 +changed=0 +unreachable=0 +failed=0/);
    for (const [installed, name] of [
      ['nginx/conf.d/clojars-mirror.conf', 'clojars-mirror.nginx.conf'],
      ['systemd/system/clojars-mirror.timer', 'clojars-mirror.timer'],
    ])
      expect(readFileSync(join(folder, 'root/etc', installed ?? '')), installed).toEqual(readFileSync(join(folder, 'setup', name ?? '')));
  });
});

test('Clojure reads our counts, and its merge is ours', async (context) => {
  skipUnlessThere(context, missingPrograms(['clojure']));
  const folder = await temporaryFolder();
  const line = (path: string, day: number): string => `::1 - - [${day}/Nov/2026:14:06:40 +0000] "GET ${path} HTTP/1.1" 200 1 "-" "-"\n`;
  const paths = ['/a/b/1/b-1.jar', '/a/b/1/b-1.jar', '/a.b/c%2B/1-SNAPSHOT/c.jar', String.raw`/q/\"x\"/1\\2/x.jar`, '/grüße/b/1/b.jar'];
  writeFileSync(join(folder, 'log'), paths.flatMap((path, index) => [line(path, 28), index > 1 ? line(path, 29) : '']).join(''));
  await countDownloads([join(folder, 'log')], { output: folder, merge: join(folder, 'all.edn') });
  const code = `(let [in #(clojure.edn/read-string (slurp % :encoding "UTF-8"))
        days [(in "downloads-20261128.edn") (in "downloads-20261129.edn")]]
    (println (= (in "all.edn") (apply merge-with (partial merge-with +) days)) (get-in (in "all.edn") [["a" "b"] "1"]) (count (in "all.edn"))))`;
  const { output } = await runProgram(findProgram('clojure') ?? '', ['-e', `(require 'clojure.edn) ${code}`], {
    home: folder,
    cwd: folder,
  });
  expect(output.trim().split('\n').at(-1)).toBe('true 2 4');
});
