/** Reports: what is signed, how a receiver checks it, and when a report is sent again. */
import { createHash, createHmac, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { join } from 'node:path';

import { afterEach, describe, expect, it } from 'vitest';

import { prepareDownloadReport } from '../../src/mirror.js';
import { runCliHere } from '../support/cli-here.js';
import { listen, type Listening } from '../support/listening.js';
import { temporaryFolder } from '../support/temporary-folder.js';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let receiver: Listening | null = null;
afterEach(() => receiver?.close());

/** Starts a receiver; `answer` decides what it says to each report. */
async function startReceiver(
  answer: (response: ServerResponse, count: number) => void,
): Promise<{ readonly url: string; readonly received: readonly Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece: Buffer) => (body += piece.toString()));
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      answer(response, received.length);
    });
  });
  receiver = await listen(server);
  return { url: `http://127.0.0.1:${receiver.port}/report`, received };
}

/** Rebuilds what was signed, as RFC 9421 section 2.5 says. */
function signatureBase({ headers }: Received, url: string): string {
  const parameters = String(headers['signature-input']).replace(/^sig1=/, '');
  return [
    '"@method": POST',
    `"@target-uri": ${url}`,
    `"content-type": ${String(headers['content-type'])}`,
    `"content-digest": ${String(headers['content-digest'])}`,
    `"@signature-params": ${parameters}`,
  ].join('\n');
}

const signatureOf = ({ headers }: Received): Buffer => Buffer.from(/^sig1=:(.*):$/.exec(String(headers['signature']))?.[1] ?? '', 'base64');

const accept = (response: ServerResponse): void => void response.writeHead(204).end();

async function makeDay(): Promise<{ readonly folder: string; readonly day: { readonly date: string; readonly file: string } }> {
  const folder = await temporaryFolder();
  const file = join(folder, 'downloads-20261129.edn');
  writeFileSync(file, '{["a" "b"] {"1" 2, "__proto__" 1}}\n');
  return { folder, day: { date: '2026-11-29', file } };
}

describe('a report', () => {
  it('is signed with an Ed25519 key over its address and its bytes', async () => {
    const { url, received } = await startReceiver(accept);
    const { folder, day } = await makeDay();
    const { privateKey, publicKey } = generateKeyPairSync('ed25519', {
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    writeFileSync(join(folder, 'key.pem'), privateKey);
    await prepareDownloadReport({ url, keyFile: join(folder, 'key.pem') }).send([day]);
    const [report] = received;
    if (report === undefined) throw new Error('no report came');
    expect(verify(null, Buffer.from(signatureBase(report, url)), createPublicKey(publicKey), signatureOf(report))).toBe(true);
    expect(report.headers['content-digest']).toBe(`sha-256=:${createHash('sha256').update(report.body).digest('base64')}:`);
    expect(report.body).toBe(
      '{"schemaVersion":1,"days":[{"date":"2026-11-29","downloads":3,"artifacts":[{"group":"a","artifact":"b","versions":{"1":2,"__proto__":1}}]}]}',
    );
  });

  it('is signed with a shared secret', async () => {
    const { url, received } = await startReceiver(accept);
    const { folder, day } = await makeDay();
    writeFileSync(join(folder, 'secret'), 'a secret of the two\n');
    await prepareDownloadReport({ url, keyFile: join(folder, 'secret') }).send([day]);
    const [report] = received;
    if (report === undefined) throw new Error('no report came');
    expect(signatureOf(report)).toEqual(createHmac('sha256', 'a secret of the two').update(signatureBase(report, url)).digest());
  });

  it('is sent again until it is accepted, and waits as long as the receiver asks', async () => {
    const { url, received } = await startReceiver((response, count) => {
      if (count === 1) response.destroy();
      else if (count === 2) response.writeHead(503, { 'retry-after': '7' }).end();
      else if (count === 3) response.writeHead(429).end();
      else accept(response);
    });
    const { folder, day } = await makeDay();
    writeFileSync(join(folder, 'secret'), 'a secret of the two');
    const pauses: number[] = [];
    const pause = (ms: number): Promise<void> => Promise.resolve(void pauses.push(ms));
    await prepareDownloadReport({ url, keyFile: join(folder, 'secret'), pause }).send([day]);
    expect(pauses).toEqual([1000, 7000, 4000]);
    expect(new Set(received.map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  });

  it.each([
    [400, 1],
    [500, 5],
  ])('that is answered with %i is sent %i times, and then it is an error', async (status, times) => {
    const { url, received } = await startReceiver((response) => void response.writeHead(status).end());
    const { folder, day } = await makeDay();
    writeFileSync(join(folder, 'secret'), 'a secret of the two');
    const sending = prepareDownloadReport({ url, keyFile: join(folder, 'secret'), pause: () => Promise.resolve() }).send([day]);
    await expect(sending).rejects.toMatchObject({
      code: 'ERR_UNREACHABLE',
      message: `${url}: the report was not accepted (HTTP ${status})`,
    });
    expect(received).toHaveLength(times);
  });

  it('follows a count, and can be sent again without a log', async () => {
    const { url, received } = await startReceiver(accept);
    const { folder: home } = await makeDay();
    writeFileSync(join(home, 'secret'), 'a secret of the two');
    writeFileSync(join(home, 'log'), '::1 - - [29/Nov/2026:14:06:40 +0000] "GET /x/y/1/y-1.jar HTTP/1.1" 200 1 "-" "-"\n');
    const words = ['mirror', 'stats', '--report', url, '--report-key', 'secret'];
    expect(await runCliHere([...words, 'log'], { home })).toMatchObject({ code: 0 });
    expect(await runCliHere([...words, '--date', '2026-11-29'], { home })).toMatchObject({ code: 0 });
    expect(received.map(({ body }) => JSON.parse(body) as unknown)).toEqual(
      Array(2).fill({
        schemaVersion: 1,
        days: [{ date: '2026-11-29', downloads: 1, artifacts: [{ group: 'x', artifact: 'y', versions: { 1: 1 } }] }],
      }),
    );
  });
});
