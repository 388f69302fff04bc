/** Files that do not end where they must: the audit must stop to read at its limits. */
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import type { Finding } from '../../src/app/audit/contract.js';
import { runAudit } from '../../src/app/audit/engine/run-audit.js';
import { metadataMaxBytes } from '../../src/network/transport/contract/limits.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { clientOf, keyOf, makeWorld, type Site } from './stage.js';

const piece = Buffer.alloc(64 * 1024, 'a');
/**
 * Enough to be too long for any file whose bytes an audit reads. The server then waits, and an audit that read on would wait, too, and find
 * something else. How much a server can send depends on the buffers of the kernel, and tells little of what was read.
 */
const tooMany = metadataMaxBytes + piece.length;

/** Sends too much in place of each of these files, without saying so before, and no end. Returns those that the audit has hung up on. */
function sendWithoutEnd(site: Site, keys: readonly string[]): ReadonlySet<string> {
  const left = new Set<string>();
  site.trick = (request, response, key) => {
    if (request.method === 'HEAD' || !keys.includes(key)) return false;
    response.once('close', () => left.add(key));
    send(response);
    return true;
  };
  return left;
}

function send(response: ServerResponse): void {
  let sent = 0;
  const more = (): void => {
    for (let hasRoom = true; hasRoom && sent < tooMany && !response.destroyed; sent += piece.length) hasRoom = response.write(piece);
    if (sent < tooMany) response.once('drain', more);
  };
  more();
}

const base = (artifact: number): string => `org/g${artifact}/lib0000${artifact}/1.1/lib0000${artifact}-1.1`;

test('an audit stops to read where a file has become too long for what it is', async () => {
  const home = await temporaryFolder();
  const world = await makeWorld(home, { artifacts: 7, differences: 0 });
  onTestFinished(world.close);
  const metadata = 'org/g6/lib00006/maven-metadata.xml';
  const ofMirror = sendWithoutEnd(world.mirrors['one']!, [`${base(3)}.pom.sha1`, `${base(4)}.jar.asc`, `${base(5)}.pom`, metadata]);
  const ofOrigin = sendWithoutEnd(world.origin, [`${base(2)}.pom.md5`]);

  await runAudit({ plan: world.plan.file, output: join(home, 'result'), client: clientOf(home), rate: 100_000 });

  const lines = readFileSync(join(home, 'result'), 'utf8').split('\n');
  const found = lines.flatMap((line) => (line.startsWith('{"finding"') ? [keyOf(JSON.parse(line) as Finding)] : []));
  expect(found.filter((key) => !world.planted.has(key))).toEqual([
    `wrong-sum origin ${base(2)}.pom.md5`,
    `sidecar-wrong one ${base(3)}.pom.sha1`,
    `signature-differs one ${base(4)}.jar.asc`,
    `content-differs one ${base(5)}.pom`,
    `content-differs one ${metadata}`,
  ]);
  await expect.poll(() => ofMirror.size + ofOrigin.size).toBe(5);
});
