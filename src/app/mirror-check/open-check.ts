/** Opens what a check needs, and runs it within its time limit. */
import { join } from 'node:path';

import { type DocumentKind, ExtendedFile } from '../../base/disk/extended-file.js';
import { ClojarsFetchError } from '../../base/error.js';
import type { ClientOptions } from '../../local/settings/client-options.js';
import type { EffectiveConfiguration } from '../../local/settings/configuration.js';
import { loadConfiguration } from '../../local/settings/effective.js';
import { userEnvironment } from '../../local/settings/machine/user-environment.js';
import type { Repository } from '../../network/mirrors/repository.js';
import { proxyFromEnvironment } from '../../network/transport/connection/proxy-environment.js';
import { fetchText } from '../client/fetch-text.js';
import { createNetworkTransport } from '../client/network-transport.js';
import { runBounded } from '../client/operation.js';
import { type MirrorCheckOptions, readFeed, readSeed } from './check-options.js';
import { readLastAudit } from './last-audit.js';
import { RepositoryCheck } from './repository-check.js';
import { formatHistory, type History, parseHistory } from './verdict/history.js';
import type { AuditedMirror } from './verdict/model.js';

const historyKind: DocumentKind<History> = {
  name: 'a history of checks',
  maker: 'the next check',
  // More than 200 mirrors with 2,160 checks each.
  maxBytes: 128 * 1024 * 1024,
  empty: new Map(),
  format: formatHistory,
  parse: parseHistory,
};

export interface OpenCheck {
  readonly configuration: EffectiveConfiguration;
  readonly seed: number;
  readonly signal: AbortSignal;
  /** Null without one. */
  readonly history: ExtendedFile<History> | null;
  /** Findings of the last audit, by the URL of the mirror. */
  readonly audit: ReadonlyMap<string, AuditedMirror>;
  readonly checkOf: (repository: Repository) => RepositoryCheck;
}

/** @param subject of the check in error messages */
export async function withCheck<Result>(
  { releaseFeed, seed: givenSeed, history, audit, ...options }: ClientOptions & MirrorCheckOptions,
  subject: string,
  work: (check: OpenCheck) => Promise<Result>,
): Promise<Result> {
  const user = userEnvironment();
  const { env } = user;
  const seed = readSeed(givenSeed);
  const configuration = await loadConfiguration({ options, ...user, fetchText: (url, network) => fetchText(url, network, env) });
  const { offline, timeoutMs, ca, allowHttp, cacheFolder } = configuration;
  if (offline) throw refuseOffline(subject);
  const audited = audit === undefined ? new Map<string, AuditedMirror>() : await readLastAudit(audit, options.signal);
  const feed = readFeed(releaseFeed, allowHttp);
  const proxyFor = configuration.proxyFor ?? proxyFromEnvironment(env);
  const transport = await createNetworkTransport(configuration, env);
  const signals = options.signal === undefined ? [] : [options.signal];
  try {
    return await runBounded(subject, signals, timeoutMs, (signal) =>
      work({
        configuration,
        seed,
        signal,
        history: history === undefined ? null : new ExtendedFile(history, join(cacheFolder, 'locks'), historyKind),
        audit: audited,
        checkOf: (repository) =>
          new RepositoryCheck({ repository, transport, feed, seed, ca, isProxied: (url) => proxyFor(url) !== null, signal }),
      }),
    );
  } finally {
    await transport.close();
  }
}

function refuseOffline(subject: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_OFFLINE', {
    reason: 'absent',
    message: `${subject}: not checked, since --offline forbids all requests`,
    hint: 'Run again without --offline.',
  });
}
