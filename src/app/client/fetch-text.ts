import type { NetworkSettings } from '../../local/settings/configuration.js';
import { createNetworkTransport, type TransportTuning } from './network-transport.js';

const maxBytes = 1 << 20;
const withinMs = 10_000;

/** Fetches a small text, such as a mirror list, within ten seconds. */
export async function fetchText(
  url: URL,
  settings: NetworkSettings,
  env: Readonly<Record<string, string | undefined>>,
  tuning?: TransportTuning,
): Promise<string> {
  const transport = await createNetworkTransport(settings, env, tuning);
  try {
    const answer = await transport.get({ url, maxBytes, signal: AbortSignal.timeout(withinMs) });
    if (answer.status !== 200) {
      answer.cancel();
      throw new Error(`HTTP status ${answer.status}`);
    }
    const chunks: Uint8Array[] = [];
    for await (const chunk of answer.body) chunks.push(chunk);
    return Buffer.concat(chunks).toString('utf8');
  } finally {
    await transport.close();
  }
}
