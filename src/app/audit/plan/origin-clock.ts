/** The clock of the canonical origin: folders and inventories tell no time, and that of this machine may be wrong by years. */
import { homedir } from 'node:os';

import { parseUrl } from '../../../base/parse-url.js';
import { loadConfiguration } from '../../../local/settings/effective.js';
import { lastSyncPath } from '../../../maven/mirror-trace/trace.js';
import { ServerClock } from '../../../network/transport/contract/server-clock.js';
import { isTransportError, type Transport } from '../../../network/transport/contract/transport.js';
import { createNetworkTransport } from '../../client/network-transport.js';
import { agentComment } from '../../mirror/bucket/purpose.js';
import type { AuditClientOptions } from './plan-options.js';

/** An origin that is down must not hold up what needs only lists. */
const firstByteTimeoutMs = 5000;

export interface OriginClockOptions {
  readonly client: AuditClientOptions;
  readonly contact: string | null;
  readonly signal: AbortSignal;
}

/** Asks the origin for the time, once. The clock of this machine counts if it does not tell. */
export async function originClock(repository: string, { client, contact, signal }: OriginClockOptions): Promise<ServerClock> {
  const clock = new ServerClock();
  const url = parseUrl(repository);
  if (url === null || !/^https?:$/.test(url.protocol)) return clock;
  const { allowHttp, ca, proxyFor, cacheFolder } = await loadConfiguration({ options: client, env: process.env, homeFolder: homedir() });
  const transport = await createNetworkTransport({ allowHttp, ca, proxyFor, cacheFolder, concurrency: 1 }, process.env, {
    firstByteTimeoutMs,
    userAgentComment: agentComment('audit', contact),
  });
  try {
    await learn(clock, transport, new URL(lastSyncPath, url), signal);
    return clock;
  } finally {
    await transport.close();
  }
}

async function learn(clock: ServerClock, transport: Transport, url: URL, signal: AbortSignal): Promise<void> {
  try {
    const answer = await transport.get({ url, isHead: true, maxBytes: 1024, signal });
    clock.learn(answer);
    answer.cancel();
  } catch (error) {
    signal.throwIfAborted();
    if (!isTransportError(error)) throw error;
  }
}
