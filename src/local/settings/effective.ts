/**
 * The configuration in effect, from all its sources: built-in values, settings.xml, our configuration file, the
 * environment, the options; weakest first. `settings-table.ts` says which sources each setting has, and whether the
 * strongest replaces the others or all add up.
 */
import { lockfileName } from '../lockfile/name.js';
import { readAuthorities } from './authorities.js';
import type { ClientOptions } from './client-options.js';
import type { EffectiveConfiguration, NetworkSettings } from './configuration.js';
import { createRepositories } from './effective-repositories.js';
import { effectiveTrust, verifyAuditKeys } from './effective-trust.js';
import { misspelledVariables } from './environment.js';
import { addMirrorList } from './mirror-list/add.js';
import { createProxyRule } from './proxy.js';
import { readSources } from './read-sources.js';
import { type Given, settle } from './settings-table.js';
import { describeProfiles, unusedRepositories } from './settings-xml/describe-profiles.js';
import { SourceRecord } from './sources.js';
import { readText, type TextReader } from './text/read-text.js';

export interface LoadOptions {
  readonly options?: ClientOptions | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home folder, absolute. */
  readonly homeFolder: string;
  /** Determines where the user's folders are. Default: this process's. */
  readonly platform?: NodeJS.Platform | undefined;
  /** Where relative paths of options and variables start. Default: the process's. */
  readonly workingFolder?: string | undefined;
  /** Reads a file of at most 1 MiB; null if it does not exist. */
  readonly readFile?: TextReader | undefined;
  /** Fetches a mirror list of at most 1 MiB. A failure is a warning: the list's server may be the one that is down. */
  readonly fetchText?: ((url: URL, network: NetworkSettings) => Promise<string>) | undefined;
  /** Epoch milliseconds. Default: now. */
  readonly nowMs?: number | undefined;
}

/**
 * Reads all sources. A source that does not exist is skipped; one that the user names must exist.
 * @throws {ClojarsFetchError} `ERR_CONFIG`: `unknown-option`, `bad-value`, `unreadable` or `insecure-url`.
 */
export async function loadConfiguration(load: LoadOptions): Promise<EffectiveConfiguration> {
  const { env, homeFolder, options, fetchText, nowMs = Date.now() } = load;
  const { platform = process.platform, workingFolder = process.cwd(), readFile = readText } = load;
  const record = new SourceRecord();
  const given = await readSources({ options, env, homeFolder, workingFolder, platform, readFile }, record);
  const settled = settle(given, record);
  const { allowHttp, offline, mirrorList, proxy: proxies, cacheFolder } = settled;
  const trust = effectiveTrust(settled, given, record);
  await verifyAuditKeys(trust.audits);
  const ca = await readAuthorities(settled.ca, readFile);
  const proxyFor = proxies.length === 0 ? null : createProxyRule(proxies);
  const { repositories, repoFor } = createRepositories({ ...given, allowHttp, record });
  const profileWarnings = warnAboutProfiles(given, repositories, record);
  const fetchList = fetchText && ((url: URL) => fetchText(url, { allowHttp, ca, proxyFor, cacheFolder }));
  const listed =
    mirrorList === null
      ? { repositories, warnings: [] }
      : await addMirrorList(repositories, mirrorList, { readFile, fetchText: fetchList, offline, allowHttp, nowMs });
  return {
    repositories: listed.repositories,
    localRepository: settled.localRepository,
    cacheFolder,
    stateFolder: settled.stateFolder,
    offline,
    paranoid: settled.paranoid,
    lockfile: lockfileOf(given),
    frozen: given.options.frozen === true,
    timeoutMs: settled.timeoutMs,
    firstByteTimeoutMs: settled.firstByteTimeoutMs,
    concurrency: settled.concurrency,
    artifactMaxBytes: settled.artifactMaxBytes,
    pomEnvironment: settled.pomEnvironment,
    trust,
    repoFor,
    allowHttp,
    ca,
    proxies,
    proxyFor,
    warnings: [...misspelledVariables(env), ...(given.settings?.warnings ?? []), ...profileWarnings, ...listed.warnings],
    sources: record.entries(),
  };
}

/** Frozen without a named lockfile means the lockfile of the working folder. */
function lockfileOf({ options: { lockfile, frozen }, absolute }: Given): string | null {
  return lockfile === undefined && frozen !== true ? null : absolute(lockfile ?? lockfileName);
}

function warnAboutProfiles(
  { settings, fromSettings }: Given,
  inEffect: readonly { readonly id: string }[],
  record: SourceRecord,
): readonly string[] {
  if (settings === null || settings.profiles.length === 0) return [];
  record.note('settings.profiles', `not used: ${describeProfiles(settings.profiles)}`, fromSettings);
  return unusedRepositories(settings.profiles, fromSettings, inEffect);
}
