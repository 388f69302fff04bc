/** A repository manager of a company as upstream: what it forbids, and what it says. */
import { describe, expect } from 'vitest';

import { greeter, jar, metadata } from '../../support/workbench.js';
import { it, type ProxyBench } from '../bench.js';

const files = greeter();

describe('an upstream that wants credentials', () => {
  it.for([401, 403] as const)('and answers %d is not asked again and again, and never becomes a 404', async (status, { bench }) => {
    const server = await bench.serve(files, { fault: { status } });
    const proxy = await bench.inFrontOf(server.url, { patienceMs: 600_000 });
    const answer = await bench.get(proxy, `r/${jar}`);
    expect(answer.status).toBe(503);
    expect(answer.phrase).toMatch(new RegExp(`^out of reach: 127\\.0\\.0\\.1:\\d+ answers ${status} \\(clojars-fetch doctor\\)$`));
  });

  it('gets those of its own repository, and no other does', async ({ bench }) => {
    const seen: (string | undefined)[] = [];
    const nexus = await bench.http((request, response) => {
      seen.push(request.headers.authorization);
      const body = request.headers.authorization === undefined ? undefined : files.get((request.url ?? '').slice(1));
      response.writeHead(body === undefined ? 401 : 200).end(body);
    });
    const proxy = await bench.start({
      repositories: [{ id: 'r', url: nexus.url, auth: { username: 'ann', password: 'secret' } }],
      lookAhead: false,
    });
    expect((await bench.get(proxy, `r/${jar}`)).status).toBe(200);
    expect(new Set(seen)).toEqual(new Set([`Basic ${Buffer.from('ann:secret').toString('base64')}`]));
  });
});

/** A repository manager that answers 404 in these words until it is told otherwise. */
async function startManager(bench: ProxyBench, phrase: string, body: string) {
  const state = { isBlocked: true };
  const { url } = await bench.http((request, response) => {
    const content = state.isBlocked ? undefined : files.get((request.url ?? '').slice(1));
    if (content !== undefined) response.writeHead(200).end(content);
    else response.writeHead(404, phrase, body.startsWith('{') ? { 'content-type': 'application/json;charset=ISO-8859-1' } : {}).end(body);
  });
  return { url, state };
}

/** As Artifactory sends it. */
const notFound = (message: string): string => JSON.stringify({ errors: [{ status: 404, message }] }, null, 2);
const offline = notFound("central: is assumed offline, 'central:org/x/1/x-1.jar' is not found at 'org/x/1/x-1.jar'.");

describe('a 404 of a repository manager', () => {
  it.for([
    ['that has blocked its upstream', 'Remote Auto Blocked until 2026-11-29T16:58:29.586Z', '<html>'],
    ['whose upstream an administrator has blocked', 'Remote Manually Blocked', ''],
    ['that assumes its upstream to be offline', 'Not Found', offline],
  ] as const)('%s says nothing about the file: another mirror is asked, and nothing is remembered', async ([, phrase, body], { bench }) => {
    const { url, state } = await startManager(bench, phrase, body);
    const proxy = await bench.inFrontOf(url, { patienceMs: 1_500 });
    for (const path of [jar, metadata]) {
      const answer = await bench.get(proxy, `r/${path}`);
      expect([answer.status, answer.phrase]).toEqual([
        503,
        expect.stringMatching(/^out of reach: 127\.0\.0\.1:\d+ cannot reach its own upstream /),
      ]);
    }
    const other = await bench.serve(files);
    const helped = await bench.start({ repositories: [{ id: 's', url, mirrors: [{ url: other.url, trusted: true }] }], lookAhead: false });
    expect((await bench.get(helped, `s/${jar}`)).status).toBe(200);
    state.isBlocked = false;
    for (const path of [jar, metadata]) expect((await bench.get(proxy, `r/${path}`)).status).toBe(200);
  });

  it.for([
    ['in HTML', 'Not Found', '<html>Remote Auto Blocked</html>'],
    ['in JSON', 'Not Found', notFound('File not found.')],
    ['that is too long to be one', 'Not Found', `{"a":"${'x'.repeat(100_000)}"${offline.slice(1)}`],
  ] as const)('%s that says nothing of that is an absence', async ([, phrase, body], { bench }) => {
    const { url } = await startManager(bench, phrase, body);
    const proxy = await bench.inFrontOf(url);
    expect((await bench.get(proxy, `r/${jar}`)).status).toBe(404);
  });
});
