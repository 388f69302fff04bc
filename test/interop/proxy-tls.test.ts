/** The proxy over https: real clients accept its certificates for this machine, and refuse the same authority for any other name. */
import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { connect } from 'node:tls';

import { afterAll, beforeAll, beforeEach, describe, expect } from 'vitest';

import { issueCertificates } from '../../src/app/loopback-tls/issue.js';
import { openTruststore, truststorePassword } from '../../src/app/loopback-tls/truststore.js';
import { it } from '../proxy/bench.js';
import { type BuildTool, type BuildToolName, createBuildTools, missingBuildTools } from './build-tools.js';
import { findProgram, missingPrograms, runProgram, skipUnlessThere } from './programs.js';
import { createClosureRepository, createFolder } from './workspace.js';

const missing = [...missingBuildTools(), ...missingPrograms(['keytool', 'curl'])];
const { files } = createClosureRepository('first');
const handshake = join(import.meta.dirname, 'Handshake.java');
const foreign = 'repo.clojars.org';

describe('over https', () => {
  let folder: Awaited<ReturnType<typeof createFolder>> | null = null;
  let tools: Readonly<Record<BuildToolName, BuildTool>>;

  beforeAll(async () => {
    if (missing.length > 0) return;
    folder = await createFolder();
    tools = await createBuildTools(folder.path);
  });
  beforeEach(({ skip }) => skipUnlessThere({ skip }, missing));
  afterAll(() => folder?.remove());

  const truststoreOptions = (file: string): string[] => [
    `-Djavax.net.ssl.trustStore=${file}`,
    `-Djavax.net.ssl.trustStorePassword=${truststorePassword}`,
  ];

  it('Leiningen, Maven and Ivy build with nothing but the truststore', async ({ bench }) => {
    const server = await bench.serve(files);
    const proxy = await bench.inFrontOf(server.url, { tls: true });
    const rootFile = proxy.certificateAuthority ?? '';
    const truststore = await openTruststore({
      folder: bench.folder,
      root: readFileSync(rootFile, 'latin1'),
      rootFile,
      env: { PATH: process.env['PATH'], JAVA_HOME: process.env['JAVA_HOME'] },
    });
    const url = `${proxy.url}r/`;
    expect(url).toMatch(/^https:\/\//);
    const byName = url.replace('127.0.0.1', 'localhost');
    const byAddress = url.replace('localhost', '127.0.0.1');
    const needed = [{ artifact: 'app', version: '1.0.0' }];
    for (const [name, address] of [
      ['lein', byName],
      ['mvn', byAddress],
      ['ivy', byName],
    ] as const) {
      const build = await tools[name](address, needed, truststoreOptions(truststore));
      expect(build.succeeded, build.output).toBe(true);
      expect([...build.files.keys()].filter((path) => path.endsWith('.jar'))).toHaveLength(4);
    }
    const distrustful = await tools.ivy(byName, needed);
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
      const env = { PATH: process.env['PATH'], JAVA_HOME: process.env['JAVA_HOME'] };
      const truststore = await openTruststore({ folder: home, root, rootFile, env });
      const java = await runProgram(findProgram('java') ?? 'java', [...truststoreOptions(truststore), handshake, name, String(port)], {
        home,
        cwd: home,
      });
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
