/**
 * The configuration in effect, from all its sources: built-in values, settings.xml, our configuration file, the
 * environment, the options; weakest first. Single values are replaced by a stronger source; `mirrors`, `repoFor`,
 * `allowHttp`, `ca` and trusted-checksum files add up.
 */
import { join } from 'node:path';

import { isClojarsFetchError } from '../../base/error.js';
import { userFolders } from '../../base/user-folders.js';
import type { ComparisonMode } from '../../network/mirrors/comparison.js';
import { redactUrl } from '../../network/mirrors/repository-url.js';
import { compareLevels } from '../../proof/level.js';
import { lockfileName } from '../lockfile/name.js';
import { readAuthorities } from './authorities.js';
import type { ChecksumPolicy, ClientOptions, TrustLevel, TrustRule } from './client-options.js';
import { readClientOptions } from './client-options-reader.js';
import type { EffectiveConfiguration, EffectiveTrust, NetworkSettings } from './configuration.js';
import { type Configuration, defaultConfigurationFile, parseConfiguration } from './configuration-file.js';
import { createRepositories } from './effective-repositories.js';
import { effectiveSignatures } from './effective-signatures.js';
import { environmentVariables as variables, readEnvironment } from './environment.js';
import { mapDefined } from './map-defined.js';
import { displayList, readMirrorList } from './mirror-list/source.js';
import { createProxyRule, parseProxy } from './proxy.js';
import type { ProxySetting, Settings } from './settings-xml/settings-xml.js';
import { SourceRecord } from './sources.js';
import { isWebUrl, resolvePath } from './text/path.js';
import { decodeXmlText, missingFile, readText, type TextReader } from './text/read-text.js';

export interface LoadOptions {
  readonly options?: ClientOptions | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home folder, absolute. */
  readonly homeFolder: string;
  /** Decides where the user's folders are. Default: this process's. */
  readonly platform?: NodeJS.Platform | undefined;
  /** Where relative paths of options and variables start. Default: the process's. */
  readonly workingFolder?: string | undefined;
  /** Reads a file of at most 1 MiB, null when it does not exist. */
  readonly readFile?: TextReader | undefined;
  /** Fetches a mirror list of at most 1 MiB. Its failure is a warning: the list may be what is down. */
  readonly fetchText?: ((url: URL, network: NetworkSettings) => Promise<string>) | undefined;
  /** Epoch milliseconds. Default: now. */
  readonly nowMs?: number | undefined;
}

/**
 * Reads all sources. A source that does not exist is skipped; one that the user names must exist.
 * @throws {ClojarsFetchError} `ERR_CONFIG`: `unknown-option`, `bad-value`, `unreadable` or `insecure-url`.
 */
export async function loadConfiguration(load: LoadOptions): Promise<EffectiveConfiguration> {
  const { env, homeFolder, workingFolder = process.cwd(), readFile = readText } = load;
  const options = readClientOptions(load.options);
  const environment = readEnvironment(env);
  const absolute = (path: string): string => resolvePath(path, workingFolder, homeFolder);
  const record = new SourceRecord();
  const folders = userFolders(env, load.platform ?? process.platform, homeFolder);

  const useFiles = options.settings !== false;
  const namedFile = options.configurationFile ?? (useFiles ? environment.configurationFile : undefined);
  const configurationFile = namedFile !== undefined ? absolute(namedFile) : useFiles ? defaultConfigurationFile(folders) : null;
  const namedSettings = typeof options.settings === 'string' ? options.settings : undefined;
  const settingsFile = namedSettings !== undefined ? absolute(namedSettings) : useFiles ? join(homeFolder, '.m2', 'settings.xml') : null;

  const [configurationText, settingsText] = await Promise.all([
    readSource(configurationFile, namedFile !== undefined, 'configurationFile', readFile),
    readSource(settingsFile, namedSettings !== undefined, 'settings', (path) => readFile(path, decodeXmlText)),
  ]);
  const file: Configuration =
    configurationFile === null || configurationText === null ? {} : parseConfiguration(configurationText, configurationFile, homeFolder);
  const settings: Settings | null =
    settingsFile === null || settingsText === null
      ? null
      : await (await import('./settings-xml/settings-xml.js')).parseSettings(settingsText, settingsFile, { env, homeFolder });
  const fromFile = configurationFile ?? 'the configuration file';
  const fromSettings = settingsFile ?? 'settings.xml';
  noteFile(record, 'configurationFile', configurationFile, configurationText !== null);
  noteFile(record, 'settings', settingsFile, settings !== null);

  const fromOptions = 'options';
  const warnings: string[] = [...environment.warnings, ...(settings?.warnings ?? [])];
  const localRepository = record.choose<string>(
    'localRepository',
    [
      [fromOptions, mapDefined(options.localRepository, absolute)],
      [variables.localRepository, mapDefined(environment.localRepository, absolute)],
      [fromFile, file.localRepository],
      [fromSettings, mapDefined(settings?.localRepository, absolute)],
    ],
    join(homeFolder, '.m2', 'repository'),
  );
  const offline = record.choose<boolean>(
    'offline',
    [
      [fromOptions, options.offline],
      [variables.offline, environment.offline],
      [fromFile, file.offline],
      [fromSettings, settings?.offline === true ? true : undefined],
    ],
    false,
  );
  const timeoutMs = record.choose<number>(
    'timeoutMs',
    [
      [fromOptions, options.timeoutMs],
      [variables.timeoutMs, environment.timeoutMs],
      [fromFile, file.timeoutMs],
    ],
    300_000,
  );
  const firstByteTimeoutMs = record.choose<number>(
    'firstByteTimeoutMs',
    [
      [fromOptions, options.firstByteTimeoutMs],
      [fromFile, file.firstByteTimeoutMs],
    ],
    5000,
  );
  const concurrency = record.choose<number>(
    'concurrency',
    [
      [fromOptions, options.concurrency],
      [variables.concurrency, environment.concurrency],
      [fromFile, file.concurrency],
    ],
    48,
  );
  const artifactMaxBytes = record.choose<number>(
    'artifactMaxBytes',
    [
      [fromOptions, options.artifactMaxBytes],
      [fromFile, file.artifactMaxBytes],
    ],
    4 * 2 ** 30,
  );
  const trust: EffectiveTrust = withQuorum(record, options.trust?.quorum ?? file.trust?.quorum, {
    level: record.choose<TrustLevel | null>(
      'trust.level',
      [
        [fromOptions, options.trust?.level],
        [variables.level, environment.level],
        [fromFile, file.trust?.level],
      ],
      null,
      (level) => level ?? 'transport from the canonical operator or a trusted mirror, else origin',
    ),
    checksums: record.choose<ChecksumPolicy>(
      'trust.checksums',
      [
        [fromOptions, options.trust?.checksums],
        [variables.checksums, environment.checksums],
        [fromFile, file.trust?.checksums],
      ],
      'fail',
    ),
    quorum: record.choose<number>(
      'trust.quorum',
      [
        [fromOptions, options.trust?.quorum],
        [fromFile, file.trust?.quorum],
      ],
      2,
    ),
    acceptMirrorChecksums: record.choose<boolean>(
      'trust.acceptMirrorChecksums',
      [
        [fromOptions, options.trust?.acceptMirrorChecksums],
        [fromFile, file.trust?.acceptMirrorChecksums],
      ],
      false,
    ),
    compareRepositories: record.choose<ComparisonMode>(
      'trust.compareRepositories',
      [
        [fromOptions, options.trust?.compareRepositories],
        [fromFile, file.trust?.compareRepositories],
      ],
      'public',
    ),
    trustedChecksums: record.gather<string>('trust.trustedChecksums', [
      [fromOptions, [...(options.trustedChecksums ?? []), ...(options.trust?.trustedChecksums ?? [])].map(absolute)],
      [fromFile, file.trust?.trustedChecksums],
    ]),
    ...effectiveSignatures({
      options: options.trust,
      file: file.trust,
      environment,
      record,
      absolute,
      fromOptions,
      fromFile,
      context: { allowHttp: [...(options.allowHttp ?? []), ...(file.allowHttp ?? [])], env },
    }),
    rules: record.choose<readonly TrustRule[]>(
      'trust.rules',
      [
        [fromOptions, options.trust?.rules],
        [fromFile, file.trust?.rules],
      ],
      [],
      (rules) =>
        rules.length === 0
          ? 'none'
          : rules
              .map(
                (rule) =>
                  `${rule.group}: ${[rule.level, rule.checksums, rule.signatures && `signatures ${rule.signatures}`, rule.signers && `${rule.signers.length} signers`, rule.weak && `weak ${rule.weak}`].filter((part) => part !== undefined).join(' ') || 'default'}`,
              )
              .join(', '),
    ),
  });
  const pomEnvironment = record.gather<string>('pomEnvironment', [
    [fromOptions, options.pomEnvironment],
    [fromFile, file.pomEnvironment],
  ]);
  const allowHttp = record.gather<string>('allowHttp', [
    [fromOptions, options.allowHttp],
    [fromFile, file.allowHttp],
  ]);
  const ca = await readAuthorities(options.ca, file.ca, { absolute, readFile, record, fromOptions, fromFile });
  const proxies = record.choose<readonly ProxySetting[]>(
    'proxy',
    [
      [fromOptions, mapDefined(options.proxy, (proxy) => [parseProxy(proxy, 'options: proxy')])],
      [fromFile, mapDefined(file.proxy, (proxy) => [parseProxy(proxy, `${fromFile}: proxy`)])],
      [fromSettings, settings === null || settings.proxies.length === 0 ? undefined : settings.proxies],
    ],
    [],
    (list) => (list.length === 0 ? 'as the environment says' : list.map(({ host, port }) => `${host}:${port}`).join(', ')),
  );

  const proxyFor = proxies.length === 0 ? null : createProxyRule(proxies);
  const cacheFolder = record.choose<string>('cacheFolder', [[fromOptions, mapDefined(options.cacheFolder, absolute)]], folders.cache);

  const created = createRepositories({ options, file, settings, env, allowHttp, fromOptions, fromFile, fromSettings, record });
  let { repositories } = created;
  if (settings !== null) warnings.push(...describeProfiles(settings, fromSettings, repositories, record));
  const mirrorList = record.choose<string | null>(
    'mirrorList',
    [
      [fromOptions, mapDefined(options.mirrorList, (list) => (isWebUrl(list) ? list : absolute(list)))],
      [fromFile, file.mirrorList],
    ],
    null,
    (list) => (list === null ? 'none' : displayList(list)),
  );
  if (mirrorList !== null) {
    const source = displayList(mirrorList);
    const { fetchText } = load;
    const text = await readMirrorList(mirrorList, {
      readFile,
      fetchText: fetchText && ((url) => fetchText(url, { allowHttp, ca, proxyFor, cacheFolder })),
      offline,
      allowHttp,
    });
    if (text !== null) {
      const { applyMirrorList, parseMirrorList } = await import('./mirror-list/document.js');
      try {
        const applied = applyMirrorList(repositories, parseMirrorList(text, source), {
          source,
          nowMs: load.nowMs ?? Date.now(),
          allowHttp,
        });
        repositories = applied.repositories;
        warnings.push(...applied.warnings);
      } catch (error) {
        // What a server sends (a captive portal's page, say) may not stop a download; a file of the user's is his to mend.
        if (!isWebUrl(mirrorList) || !isClojarsFetchError(error)) throw error;
        warnings.push(`${error.message}; its mirrors are not used`);
      }
    } else if (!offline) {
      warnings.push(`${source}: the mirror list could not be fetched; its mirrors are not used`);
    }
  }
  return {
    repositories,
    localRepository,
    cacheFolder,
    stateFolder: record.choose<string>('stateFolder', [[fromOptions, mapDefined(options.stateFolder, absolute)]], folders.state),
    offline,
    paranoid: record.choose<boolean>('paranoid', [[fromOptions, options.paranoid]], false),
    lockfile: options.lockfile === undefined && options.frozen !== true ? null : absolute(options.lockfile ?? lockfileName),
    frozen: options.frozen === true,
    timeoutMs,
    firstByteTimeoutMs,
    concurrency,
    artifactMaxBytes,
    pomEnvironment,
    trust,
    repoFor: created.repoFor,
    allowHttp,
    ca,
    proxies,
    proxyFor,
    warnings,
    sources: record.entries(),
  };
}

async function readSource(path: string | null, named: boolean, setting: string, readFile: TextReader): Promise<string | null> {
  if (path === null) return null;
  const text = await readFile(path).catch((error: unknown) => {
    throw isClojarsFetchError(error) && error.setting === undefined ? error.with({ setting }) : error;
  });
  if (text === null && named) throw missingFile(path, setting);
  return text;
}

function noteFile(record: SourceRecord, key: string, path: string | null, found: boolean): void {
  record.note(key, path === null ? 'not read' : path, path === null ? 'options' : found ? path : 'not found');
}

/**
 * Names the repositories of settings.xml's profiles, which are not used. Warns of those in active profiles, except where
 * a repository in effect has the id: companies write Central's id into a profile, and mirror it.
 */
function describeProfiles(
  { profiles }: Settings,
  source: string,
  inEffect: readonly { readonly id: string }[],
  record: SourceRecord,
): readonly string[] {
  if (profiles.length === 0) return [];
  const list = (repositories: Settings['profiles'][number]['repositories']): string =>
    repositories.map(({ id, url }) => `${id} (${redactUrl(url)})`).join(', ');
  const all = profiles.map(({ id, active, repositories }) => `${id}${active ? ' (active)' : ''}: ${list(repositories)}`);
  record.note('settings.profiles', `not used: ${all.join('; ')}`, source);
  return profiles
    .filter(({ active }) => active)
    .map(({ id, repositories }) => ({ id, missing: repositories.filter((one) => !inEffect.some((known) => known.id === one.id)) }))
    .filter(({ missing }) => missing.length > 0)
    .map(
      ({ id, missing }) =>
        `${source}: the repositories of profile ${JSON.stringify(id.slice(0, 60))} are not used: ${list(missing)}. ` +
        'If you need them, name them with --repo or in the configuration file',
    );
}

/** A number that somebody gave is a minimum for every file; the built-in one only says how many agree where a quorum is needed. */
function withQuorum(record: SourceRecord, given: number | undefined, trust: EffectiveTrust): EffectiveTrust {
  if (given === undefined || (trust.level !== null && compareLevels(trust.level, 'quorum') >= 0)) return trust;
  record.note('trust.level', 'quorum', 'trust.quorum');
  return { ...trust, level: 'quorum' };
}
