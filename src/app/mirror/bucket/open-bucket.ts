/** Opens the bucket that a source or a target names. */
import { homedir } from 'node:os';

import { ClojarsFetchError } from '../../../base/error.js';
import type { ClientOptions } from '../../../local/settings/client-options.js';
import { loadConfiguration } from '../../../local/settings/effective.js';
import { parseRepositoryUrl } from '../../../network/mirrors/repository-url.js';
import type { Asking } from '../../../network/s3/ask.js';
import { S3Bucket } from '../../../network/s3/bucket.js';
import { parseS3Url } from '../../../network/s3/location.js';
import type { Transport } from '../../../network/transport/contract/transport.js';
import { createNetworkTransport } from '../../client/network-transport.js';
import { agentComment, type Purpose } from './purpose.js';

export interface OpenBucketOptions {
  /** The name of the option, for errors. */
  readonly where: '--from' | '--other-origin' | '--to' | `--list ${string}`;
  readonly connections: number;
  readonly contact: string | null;
  readonly purpose: Purpose;
  readonly client: ClientOptions;
}

export interface OpenBucket {
  readonly asking: Asking;
  /** To close at the end. */
  readonly transport: Transport;
  /** The user's folder for state. */
  readonly stateFolder: string;
}

/** A server under load answers late, and no other can be asked. */
const firstByteTimeoutMs = 20_000;

/** @throws {ClojarsFetchError} `ERR_CONFIG` */
export async function openBucket(text: string, { where, connections, contact, purpose, client }: OpenBucketOptions): Promise<OpenBucket> {
  const configuration = await loadConfiguration({ options: client, env: process.env, homeFolder: homedir() });
  const { url } = parseRepositoryUrl(text, where, configuration.allowHttp);
  const parsed = parseS3Url(url.href);
  if ('problem' in parsed) throw new ClojarsFetchError('ERR_CONFIG', { reason: 'bad-value', message: `${where}: ${parsed.problem}` });
  const { allowHttp, ca, proxyFor, cacheFolder, stateFolder } = configuration;
  const transport = await createNetworkTransport({ allowHttp, ca, proxyFor, cacheFolder, concurrency: connections }, process.env, {
    firstByteTimeoutMs,
    userAgentComment: agentComment(purpose, contact),
  });
  const places = { env: process.env, homeFolder: process.env['HOME'] ?? homedir(), now: Date.now };
  return { asking: { bucket: new S3Bucket(parsed.location, { http: transport, places }) }, transport, stateFolder };
}
