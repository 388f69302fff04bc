import { expect, it } from 'vitest';

import { startDelayProxy } from './delay-proxy.mjs';
import { startFaultServer } from './fault-server.js';
import { rawRequest } from './raw-request.js';

it('passes bytes on unchanged, and counts its long pauses', async () => {
  const body = Buffer.alloc(9_000_000, 'clojars');
  const server = await startFaultServer({ files: new Map([['a', body]]) });
  const proxy = await startDelayProxy({ targetPort: server.port, roundTripMs: 20, jitterMs: 10, spikeMs: 30, spikeShare: 1 });
  try {
    const answer = await rawRequest(`http://127.0.0.1:${proxy.port}/repo/a`, { patienceMs: 10_000, idleMs: 5_000 });
    expect(answer.ended).toBe('end');
    expect(answer.body.equals(body)).toBe(true);
    expect(proxy.spikes).toBeGreaterThan(0);
  } finally {
    await proxy.close();
    await server.close();
  }
});
