/** Opens the source that a text names: a folder, a bucket, a repository over http, or a module of rsync. */
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { lookAt } from '../../../base/disk/stat-file.js';
import { ClojarsFetchError } from '../../../base/error.js';
import { parseUrl } from '../../../base/parse-url.js';
import type { ClientOptions } from '../../../local/settings/client-options.js';
import { loadConfiguration } from '../../../local/settings/effective.js';
import { parseRepositoryUrl, redactUrl } from '../../../network/mirrors/repository-url.js';
import { createNetworkTransport } from '../../client/network-transport.js';
import { agentComment, type Purpose } from '../bucket/purpose.js';
import { FolderSource } from './folder-source.js';
import { HttpSource } from './http-source.js';
import { refuseMavenCentral } from './maven-central.js';
import { Politeness, type PolitenessOptions } from './politeness.js';
import type { MirrorSource } from './source.js';

export interface OpenSourceOptions extends PolitenessOptions {
  /** The name of the option, for errors. */
  readonly where: '--from' | '--other-origin' | `--list ${string}`;
  /** How an http source is listed. */
  readonly listing: 'index' | 'crawl';
  /** How to reach the operator of this mirror; null if it is not given. */
  readonly contact: string | null;
  /** The purpose of the requests, for the header User-Agent. */
  readonly purpose: Purpose;
  /** Network settings: authorities, proxies, hosts with plain http. */
  readonly client: ClientOptions;
  /** A folder of this sync alone, for files that are not verified yet. */
  readonly stagingFolder: string;
}

/** A server under load answers late, and there is no other to ask. */
const firstByteTimeoutMs = 60_000;

/** @throws {ClojarsFetchError} `ERR_CONFIG` */
export async function openSource(text: string, options: OpenSourceOptions): Promise<MirrorSource> {
  const url = /^[a-z][a-z0-9+.-]+:/i.test(text) ? parseUrl(text) : null;
  if (url === null || url.protocol === 'file:') return openFolder(url === null ? resolve(text) : fileURLToPath(url));
  refuseMavenCentral(url);
  if (url.protocol === 's3:') return openS3(text, options);
  if (url.protocol === 'rsync:') return openRsync(text, url, options);
  if (url.protocol === 'https:' || url.protocol === 'http:') return openHttp(text, options);
  throw new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    message: `${options.where}: the scheme ${url.protocol} is not supported: ${redactUrl(text)}`,
    hint: 'Allowed are folders, https:, s3:, rsync:, file:, and http: on this machine.',
  });
}

function openFolder(root: string): MirrorSource {
  const stats = lookAt(root);
  if (stats?.isDirectory() === true) return new FolderSource(root);
  throw new ClojarsFetchError('ERR_CONFIG', {
    reason: 'unreadable',
    message: stats === null ? `${root}: the folder to copy from does not exist` : `${root} is not a folder`,
    hint: 'Give a folder, or the URL of a repository.',
    path: root,
  });
}

async function openRsync(text: string, url: URL, { stagingFolder, bandwidth, where }: OpenSourceOptions): Promise<MirrorSource> {
  if (/^rsync:\/\/(?:[\w.-]+@)?[\w.:[\]-]+\/[^\s?#]+$/.test(text) && !url.hostname.startsWith('-')) {
    const { RsyncSource } = await import('./rsync-source.js');
    return new RsyncSource({ url: new URL(url.href.replace(/\/*$/, '/')), stagingFolder, bandwidth });
  }
  throw new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    message: `${where}: not the address of a module of rsync`,
    hint: 'Write rsync://HOST/MODULE/ or rsync://HOST/MODULE/FOLDER/.',
  });
}

async function openS3(text: string, options: OpenSourceOptions): Promise<MirrorSource> {
  // Code for other sources is not loaded: an hourly sync that finds nothing new takes hardly longer than loading its code.
  const [{ openBucket }, { S3Source }] = await Promise.all([import('../bucket/open-bucket.js'), import('./s3-source.js')]);
  const { asking, transport } = await openBucket(text, options);
  return new S3Source({ asking, transport, politeness: new Politeness(options) });
}

async function openHttp(text: string, options: OpenSourceOptions): Promise<MirrorSource> {
  const { contact, purpose, connections, listing, client, where } = options;
  const configuration = await loadConfiguration({ options: client, env: process.env, homeFolder: homedir() });
  const { url } = parseRepositoryUrl(text, where, configuration.allowHttp);
  const { allowHttp, ca, proxyFor, cacheFolder } = configuration;
  const transport = await createNetworkTransport({ allowHttp, ca, proxyFor, cacheFolder, concurrency: connections }, process.env, {
    firstByteTimeoutMs,
    userAgentComment: agentComment(purpose, contact),
  });
  return new HttpSource({ base: url, transport, politeness: new Politeness(options), listing, connections });
}
