/** Files of a gigabyte that a server really sends: the audit must stop to read at its limits. */
import { readFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import type { Finding } from '../../src/app/audit/contract.js';
import { runAudit } from '../../src/app/audit/engine/run-audit.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { clientOf, keyOf, makeWorld, type Site } from './stage.js';

const gigabyte = 1_000_000_000;
/** The longest file that may be read is metadata, and a socket keeps some megabytes of what the server wrote. */
const mostSent = 40_000_000;
const piece = Buffer.alloc(64 * 1024, 'a');

/** Sends a gigabyte in place of each of these files, without saying so before. Returns what was sent. */
function sendWithoutEnd(site: Site, keys: readonly string[]): ReadonlyMap<string, number> {
  const sent = new Map<string, number>();
  site.trick = (request, response, key) => {
    if (request.method === 'HEAD' || !keys.includes(key)) return false;
    send(response, (bytes) => sent.set(key, (sent.get(key) ?? 0) + bytes));
    return true;
  };
  return sent;
}

function send(response: ServerResponse, onSent: (bytes: number) => void): void {
  let left = gigabyte;
  const more = (): void => {
    for (let hasRoom = true; hasRoom && left > 0 && !response.destroyed; left -= piece.length) {
      hasRoom = response.write(piece);
      onSent(piece.length);
    }
    if (left <= 0) response.end();
    else response.once('drain', more);
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
  for (const [key, bytes] of [...ofMirror, ...ofOrigin]) expect(bytes, key).toBeLessThan(mostSent);
  expect([...ofMirror.keys(), ...ofOrigin.keys()]).toHaveLength(5);
});
