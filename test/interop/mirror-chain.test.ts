/**
 * A mirror from its source to the builds that need it: copied from a bucket of Swift by the command that `mirror setup` wrote, served by nginx
 * with the site that it wrote, and used by Leiningen and Maven while the primary is gone.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect } from 'vitest';

import { Cancellation } from '../../src/base/async/cancellation.js';
import { writeMirrorSetup } from '../../src/mirror.js';
import { putObject } from '../../src/network/s3/put-object.js';
import { sourceOf } from '../../src/network/s3/upload.js';
import { readServed, sortedTree } from '../mirror/repository-tree.js';
import { createCertificateAuthority } from '../support/certificate.js';
import { createRefusingPort } from '../support/dead-port.js';
import { KillableProxy } from '../support/killable-proxy.js';
import { runCli } from '../support/processes.js';
import { contentOf, it } from '../support/workbench.js';
import { startMirrorSite } from './mirror-site.js';
import { expectSuccess, ProxyTools } from './proxy-tools.js';
import { createBucket, needSwift, startSwift } from './swift.js';
import { closure, createClosureRepository } from './workspace.js';

const { files } = createClosureRepository('first');
const domain = 'clojars.example.org';

describe('a mirror', () => {
  const tools = new ProxyTools();

  it('of a bucket, served as the setup says, stands in for a primary that is gone', async ({ bench, skip }) => {
    await needSwift({ skip }, ['nginx']);
    const place = await startSwift(bench);
    const asking = await createBucket(bench, place);
    const options = { contentType: 'application/octet-stream', signal: new Cancellation() };
    for (const [key, body] of files) await putObject(asking, `maven/${key}`, sourceOf(body), options);
    const authority = await createCertificateAuthority();
    const { key, cert } = await authority.issue({ names: [domain], addresses: ['127.0.0.1'] });
    const [folder, home] = [bench.folder, join(bench.folder, 'home')];
    const [ca, keyFile, certFile] = ['ca.pem', 'key.pem', 'cert.pem'].map((name) => join(folder, name)) as [string, string, string];
    for (const [file, text] of [
      [ca, authority.ca],
      [keyFile, key],
      [certFile, cert],
    ] as const)
      writeFileSync(file, text);
    mkdirSync(home);
    await writeMirrorSetup({
      domain,
      contact: 'mirror@example.org',
      from: `s3://bucket/maven?region=eu-central-1&endpoint=${place.endpoint}`,
      to: join(folder, 'mirror'),
      certificate: certFile,
      certificateKey: keyFile,
      output: join(folder, 'setup'),
    });

    // The words of the container are those of the service and of the cron line.
    const entry = /^ENTRYPOINT (.*)$/m.exec(readFileSync(join(folder, 'setup/Containerfile'), 'utf8'))?.[1] ?? '[]';
    const [program, ...entryWords] = JSON.parse(entry) as string[];
    expect(program).toBe('clojars-fetch');
    const env = { AWS_ACCESS_KEY_ID: place.id, AWS_SECRET_ACCESS_KEY: place.secret };
    const synced = await runCli(entryWords, { home, env, timeoutMs: 120_000 });
    expect(synced, synced.stderr).toMatchObject({ code: 0 });
    expect(sortedTree(readServed(join(folder, 'mirror')))).toEqual(sortedTree(files));

    const site = await startMirrorSite(folder, domain);
    bench.atEnd(() => site.stop());
    const gone = await createRefusingPort();
    bench.atEnd(() => gone.close());
    const mirror = `https://127.0.0.1:${site.port}/`;
    const trust = { NODE_EXTRA_CA_CERTS: ca };
    const common = ['--mirror', `r=${mirror}`, '--accept-mirror-checksums'];
    const proxy = await KillableProxy.start({ home, url: `http://127.0.0.1:${gone.port}/`, words: common, env: trust });
    const reached = { url: proxy.url, certificateAuthority: null };
    bench.atEnd(() => proxy.kill());
    for (const name of ['lein', 'mvn'] as const) {
      const build = await tools.through(name, reached, [{ artifact: 'app', version: '1.0.0' }]);
      expectSuccess(build);
      for (const { jar } of closure) {
        const kept = build.files.get(jar.slice('org/example/'.length));
        expect(kept !== undefined && kept.equals(contentOf(files, jar)), `${name}: ${jar}`).toBe(true);
      }
    }
    const words = ['org.example:app:1.0.0', '--no-config', '--repo', `r=http://127.0.0.1:${gone.port}/`, ...common];
    const fetched = await runCli(words, { home, env: trust, timeoutMs: 60_000 });
    expect(fetched, fetched.stderr).toMatchObject({ code: 0 });
  });
});
