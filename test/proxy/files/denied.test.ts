/** A repository manager of a company as upstream: what it forbids, and what it says. */
import { describe, expect } from 'vitest';

import { greeter, jar } from '../../support/workbench.js';
import { it } from '../bench.js';

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
