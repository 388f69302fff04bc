/** The proxy over https: real clients accept its certificates for this machine, and refuse the same authority for any other name. */
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';

import { beforeEach, describe, expect } from 'vitest';

import { issueCertificates } from '../../src/app/loopback-tls/issue.js';
import { it } from '../proxy/bench.js';
import { findProgram, missingPrograms, runProgram, skipUnlessThere } from './programs.js';
import { expectSame, ProxyTools } from './proxy-tools.js';
import { createClosureRepository } from './workspace.js';

const { files } = createClosureRepository('first');
const handshake = join(import.meta.dirname, 'Handshake.java');
const foreign = 'repo.clojars.org';

describe('over https', () => {
  const tools = new ProxyTools();
  beforeEach(({ skip }) => skipUnlessThere({ skip }, missingPrograms(['curl'])));

  it('Leiningen, Maven and Ivy build with nothing but the truststore', async ({ bench }) => {
    const server = await bench.serve(files);
    const proxy = await bench.inFrontOf(server.url, { tls: true });
    expect(proxy.url).toMatch(/^https:\/\//);
    const { certificateAuthority } = proxy;
    const byName = { certificateAuthority, url: proxy.url.replace('127.0.0.1', 'localhost') };
    const byAddress = { certificateAuthority, url: proxy.url.replace('localhost', '127.0.0.1') };
    for (const [name, address] of [
      ['lein', byName],
      ['mvn', byAddress],
      ['ivy', byName],
    ] as const)
      expectSame(await tools.through(name, address), await tools.direct(name, server));
    const distrustful = await tools.build('ivy', `${byName.url}r/`);
    expect(distrustful.succeeded, 'Java must not trust the proxy without the truststore').toBe(false);
  });

  it('Java, Node and curl refuse a leaf for another name by the same authority', async ({ bench }) => {
    const cases = [
      { name: 'localhost', certificates: await issueCertificates(Date.now()) },
      { name: foreign, certificates: await issueCertificates(Date.now(), { dns: foreign, addresses: [] }) },
    ];
    const results: Record<string, readonly boolean[]> = {};
    for (const { name, certificates } of cases) {
      const { chain, key, root } = certificates;
      const { port } = await bench.listen(createServer({ cert: chain, key }, (_request, response) => response.end('ok')));
      const home = join(bench.folder, name);
      await mkdir(home);
      const rootFile = join(home, 'root.pem');
      await writeFile(rootFile, root);
      const trust = await tools.trust({ url: '', certificateAuthority: rootFile });
      const java = await runProgram(findProgram('java') ?? 'java', [...trust, handshake, name, String(port)], { home, cwd: home });
      const curl = await runProgram(
        findProgram('curl') ?? 'curl',
        ['-sS', '--noproxy', '*', '--cacert', rootFile, '--resolve', `${name}:${port}:127.0.0.1`, `https://${name}:${port}/`],
        { home, cwd: home },
      );
      results[name] = [java.code === 0, curl.code === 0, await isAcceptedByNode(port, name, root)];
      if (name === foreign) {
        expect(java.output).toContain('name constraints');
        // 60: the certificate cannot be verified.
        expect(curl.code, curl.output).toBe(60);
      }
    }
    expect(results).toEqual({ localhost: [true, true, true], [foreign]: [false, false, false] });
  });
});

function isAcceptedByNode(port: number, servername: string, ca: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, servername, ca }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
