/**
 * A TCP proxy that adds a round trip with jitter and an occasional long pause, for measuring hedges. The handshake costs a round trip, then
 * half of one each way; bytes keep their order, and bandwidth is not limited.
 */
import { once } from 'node:events';
import net from 'node:net';

import { createRandom } from './random.mjs';

const maxHeldBytes = 4 << 20;

/** @type {typeof import('./delay-proxy.mjs').startDelayProxy} */
export async function startDelayProxy({
  targetPort,
  targetHost = '127.0.0.1',
  roundTripMs,
  jitterMs = 0,
  spikeMs = 0,
  spikeShare = 0,
  seed = 1,
}) {
  const random = createRandom(seed);
  const sockets = new Set();
  let spikes = 0;
  const drawRoundTrip = () => Math.max(0, roundTripMs + (2 * random() - 1) * jitterMs);
  /** Only answers pause, so that the share is one of round trips; the way there has taken half of a usual one. */
  const drawAnswerDelay = () => {
    if (random() >= spikeShare) return drawRoundTrip() / 2;
    spikes += 1;
    return Math.max(0, spikeMs - roundTripMs / 2);
  };
  const server = net.createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    const target = net.connect({ host: targetHost, port: targetPort, noDelay: true, allowHalfOpen: true });
    const openedMs = performance.now();
    const destroy = () => {
      client.destroy();
      target.destroy();
    };
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.on('error', destroy);
      socket.on('close', () => {
        sockets.delete(socket);
        destroy();
      });
    }
    delayLane(client, target, () => drawRoundTrip() / 2, openedMs + drawRoundTrip());
    delayLane(target, client, drawAnswerDelay, openedMs);
  });
  server.listen({ port: 0, host: '127.0.0.1', backlog: 512 });
  await once(server, 'listening');
  return {
    port: server.address().port,
    get spikes() {
      return spikes;
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** First in, first out, each chunk at its due time; reading pauses while too much is held. */
function delayLane(from, to, drawDelay, earliestMs) {
  const queue = [];
  let held = 0;
  let lastDueMs = earliestMs;
  let timer = null;
  const flush = () => {
    timer = null;
    // Timers come up to a millisecond early or late: half a millisecond is close enough.
    while (queue.length > 0 && queue[0].dueMs <= performance.now() + 0.5) {
      const { chunk } = queue.shift();
      if (to.destroyed) continue;
      if (chunk === null) to.end();
      else {
        held -= chunk.length;
        to.write(chunk);
      }
    }
    if (held < maxHeldBytes && from.isPaused()) from.resume();
    if (queue.length > 0) timer = setTimeout(flush, Math.max(1, queue[0].dueMs - performance.now()));
  };
  const push = (chunk) => {
    // A chunk right behind another travels with it: only the first of a burst draws a delay.
    const now = performance.now();
    lastDueMs = queue.length > 0 ? lastDueMs : Math.max(lastDueMs, Math.max(now, earliestMs) + drawDelay());
    queue.push({ dueMs: lastDueMs, chunk });
    if (chunk !== null) held += chunk.length;
    if (held > maxHeldBytes) from.pause();
    timer ??= setTimeout(flush, Math.max(1, lastDueMs - now));
  };
  from.on('data', push);
  from.on('end', () => push(null));
  from.on('close', () => {
    if (to.destroyed && timer !== null) clearTimeout(timer);
  });
}
