/**
 * The settings: one row for each, with its sources from the strongest to the weakest, its built-in value, and how it is
 * shown to people. A row without `show` is shown as text.
 */
import { delimiter, join } from 'node:path';

import type { UserFolders } from '../../base/user-folders.js';
import type { ComparisonMode } from '../../network/mirrors/comparison.js';
import { redactUrl } from '../../network/mirrors/repository-url.js';
import type { SignatureMode, TrustModelName, WeakPolicy } from '../../proof/signature-policy.js';
import { isPemText } from './authorities.js';
import type { ChecksumPolicy, ClientOptions, TrustedAudit, TrustLevel, TrustRule } from './client-options.js';
import { type Configuration, noteUrl, storeUrl } from './configuration-file.js';
import { environmentVariables as variables, readFlag, readPath, readSeconds, readVariable, type VariableReader } from './environment.js';
import { mapDefined } from './map-defined.js';
import { displayList } from './mirror-list/source.js';
import { readChecksums, readConcurrency, readLevel, readSignatures, readTrustModel } from './option-readers.js';
import { parseProxy } from './proxy.js';
import type { ProxySetting, Settings } from './settings-xml/settings-xml.js';
import type { Candidate, SourceRecord } from './sources.js';
import { isWebUrl } from './text/path.js';

/** Makes a path absolute that an option or a variable names. */
export type Absolute = (path: string) => string;

/** The sources of all settings, read and checked. */
export interface Given {
  readonly options: ClientOptions;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Our configuration file; an empty object if it does not exist. */
  readonly file: Configuration;
  readonly settings: Settings | null;
  readonly absolute: Absolute;
  readonly homeFolder: string;
  readonly folders: UserFolders;
  /** The names of the sources for people. */
  readonly fromOptions: string;
  readonly fromFile: string;
  readonly fromSettings: string;
}

type Source<T> = (given: Given, key: string) => Candidate<T>;
type Row<T> = (key: string, given: Given, record: SourceRecord) => T;

/** Defines a setting whose strongest source decides. */
const strongest =
  <T>(sources: readonly Source<T>[], standard: T, show?: (value: T) => string): Row<T> =>
  (key, given, record) =>
    record.choose(key, candidates(sources, given, key), standard, show);

/** As {@link strongest}, with a built-in value that depends on the other settings or the machine. */
const strongestElse =
  <T>(sources: readonly Source<T>[], standard: (given: Given) => T, show?: (value: T) => string): Row<T> =>
  (key, given, record) =>
    record.choose(key, candidates(sources, given, key), standard(given), show);

/** Defines a setting to which every source adds. */
const sum =
  <T>(sources: readonly Source<readonly T[]>[], show?: (value: T) => string): Row<readonly T[]> =>
  (key, given, record) =>
    record.gather(key, candidates(sources, given, key), show);

const candidates = <T>(sources: readonly Source<T>[], given: Given, key: string): readonly Candidate<T>[] =>
  sources.map((source) => source(given, key));

const option =
  <T>(read: (options: ClientOptions, given: Given) => T | undefined): Source<T> =>
  (given) => [given.fromOptions, read(given.options, given)];

const variable =
  <T>(name: string, read: VariableReader<T>): Source<T> =>
  ({ env, absolute }, key) => [name, readVariable(env, name, key, (text, place) => read(text, place, absolute))];

const file =
  <T>(read: (file: Configuration, given: Given) => T | undefined): Source<T> =>
  (given) => [given.fromFile, read(given.file, given)];

const settingsXml =
  <T>(read: (settings: Settings, given: Given) => T | undefined): Source<T> =>
  (given) => [given.fromSettings, given.settings === null ? undefined : read(given.settings, given)];

const table = {
  localRepository: strongestElse<string>(
    [
      option(({ localRepository }, { absolute }) => mapDefined(localRepository, absolute)),
      variable(variables.localRepository, (text, place, absolute) => absolute(readPath(text, place))),
      file(({ localRepository }) => localRepository),
      settingsXml(({ localRepository }, { absolute }) => mapDefined(localRepository, absolute)),
    ],
    ({ homeFolder }) => join(homeFolder, '.m2', 'repository'),
  ),
  offline: strongest<boolean>(
    [
      option(({ offline }) => offline),
      variable(variables.offline, readFlag),
      file(({ offline }) => offline),
      settingsXml(({ offline }) => (offline ? true : undefined)),
    ],
    false,
  ),
  timeoutMs: strongest<number>(
    [option(({ timeoutMs }) => timeoutMs), variable(variables.timeoutMs, readSeconds), file(({ timeoutMs }) => timeoutMs)],
    300_000,
  ),
  firstByteTimeoutMs: strongest<number>(
    [option(({ firstByteTimeoutMs }) => firstByteTimeoutMs), file(({ firstByteTimeoutMs }) => firstByteTimeoutMs)],
    5000,
  ),
  concurrency: strongest<number>(
    [
      option(({ concurrency }) => concurrency),
      variable(variables.concurrency, (text, place) => readConcurrency(/^\d+$/.test(text) ? Number(text) : text, place)),
      file(({ concurrency }) => concurrency),
    ],
    48,
  ),
  artifactMaxBytes: strongest<number>(
    [option(({ artifactMaxBytes }) => artifactMaxBytes), file(({ artifactMaxBytes }) => artifactMaxBytes)],
    4 * 2 ** 30,
  ),
  'trust.level': strongest<TrustLevel | null>(
    [option(({ trust }) => trust?.level), variable(variables.level, readLevel), file(({ trust }) => trust?.level)],
    null,
    (level) => level ?? 'transport from the canonical operator or a trusted mirror, else origin',
  ),
  'trust.checksums': strongest<ChecksumPolicy>(
    [option(({ trust }) => trust?.checksums), variable(variables.checksums, readChecksums), file(({ trust }) => trust?.checksums)],
    'fail',
  ),
  'trust.quorum': strongest<number>([option(({ trust }) => trust?.quorum), file(({ trust }) => trust?.quorum)], 2),
  'trust.acceptMirrorChecksums': strongest<boolean>(
    [option(({ trust }) => trust?.acceptMirrorChecksums), file(({ trust }) => trust?.acceptMirrorChecksums)],
    false,
  ),
  'trust.compareRepositories': strongest<ComparisonMode>(
    [option(({ trust }) => trust?.compareRepositories), file(({ trust }) => trust?.compareRepositories)],
    'public',
  ),
  'trust.trustedChecksums': sum<string>([
    option(({ trustedChecksums = [], trust }, { absolute }) => [...trustedChecksums, ...(trust?.trustedChecksums ?? [])].map(absolute)),
    file(({ trust }) => trust?.trustedChecksums),
  ]),
  'trust.keyMaps': sum<string>([option(({ trust }, { absolute }) => trust?.keyMaps?.map(absolute)), file(({ trust }) => trust?.keyMaps)]),
  'trust.signatureStores': sum<{ readonly url: string; readonly from: string }>(
    [
      option(({ trust }, { absolute, fromOptions: from }) =>
        trust?.signatureStores?.map((store) => ({ url: storeUrl(store, absolute), from })),
      ),
      file(({ trust }, { fromFile: from }) => trust?.signatureStores?.map((url) => ({ url, from }))),
    ],
    ({ url }) => redactUrl(url),
  ),
  'trust.weakUntil': strongest<string | null>(
    [option(({ trust }) => trust?.weakUntil), file(({ trust }) => trust?.weakUntil)],
    null,
    (date) => date ?? 'no end',
  ),
  'trust.signatures': strongest<SignatureMode>(
    [option(({ trust }) => trust?.signatures), variable(variables.signatures, readSignatures), file(({ trust }) => trust?.signatures)],
    'off',
  ),
  'trust.model': strongestElse<TrustModelName>(
    [option(({ trust }) => trust?.model), variable(variables.trustModel, readTrustModel), file(({ trust }) => trust?.model)],
    ({ options, file: own }) => ([options, own].some(({ trust }) => (trust?.keyMaps ?? []).length > 0) ? 'key-map' : 'web-of-trust'),
  ),
  'trust.keyrings': strongest<readonly string[] | null>(
    [
      option(({ trust }, { absolute }) => trust?.keyrings?.map(absolute)),
      variable(variables.keyrings, (text, place, absolute) =>
        readPath(text, place)
          .split(delimiter)
          .filter((part) => part !== '')
          .map(absolute),
      ),
      file(({ trust }) => trust?.keyrings),
    ],
    null,
    (paths) => (paths === null ? "our own key store and GnuPG's home" : paths.join(', ') || 'none'),
  ),
  'trust.weak': strongestElse<WeakPolicy>(
    [option(({ trust }) => trust?.weak), file(({ trust }) => trust?.weak)],
    ({ options, file: own }) => ([options, own].some(({ trust }) => trust?.weakUntil !== undefined) ? 'accept' : 'warn'),
  ),
  'trust.webOfTrust.completes': strongest<number>(
    [option(({ trust }) => trust?.webOfTrust?.completes), file(({ trust }) => trust?.webOfTrust?.completes)],
    1,
  ),
  'trust.webOfTrust.marginals': strongest<number>(
    [option(({ trust }) => trust?.webOfTrust?.marginals), file(({ trust }) => trust?.webOfTrust?.marginals)],
    3,
  ),
  'trust.webOfTrust.depth': strongest<number>(
    [option(({ trust }) => trust?.webOfTrust?.depth), file(({ trust }) => trust?.webOfTrust?.depth)],
    5,
  ),
  'trust.acceptSigners': strongest<Readonly<Record<string, string>>>(
    [option(({ trust }) => trust?.acceptSigners), file(({ trust }) => trust?.acceptSigners)],
    {},
    (signers) => Object.entries(signers).map(showPair).join(', ') || 'none',
  ),
  'trust.audits': sum<{ readonly audit: TrustedAudit; readonly where: string }>(
    [
      option(({ trust }, { absolute, fromOptions }) =>
        placed(
          trust?.audits?.map((audit) => ({ ...audit, url: noteUrl(audit.url, absolute) })),
          fromOptions,
        ),
      ),
      file(({ trust }, { fromFile }) => placed(trust?.audits, fromFile)),
    ],
    ({ audit }) => `${audit.operator} ${redactUrl(audit.url)}`,
  ),
  'trust.rules': strongest<readonly TrustRule[]>(
    [option(({ trust }) => trust?.rules), file(({ trust }) => trust?.rules)],
    [],
    (rules) => rules.map(showRule).join(', ') || 'none',
  ),
  pomEnvironment: sum<string>([option(({ pomEnvironment }) => pomEnvironment), file(({ pomEnvironment }) => pomEnvironment)]),
  allowHttp: sum<string>([option(({ allowHttp }) => allowHttp), file(({ allowHttp }) => allowHttp)]),
  ca: sum<string>(
    [
      option(({ ca }, { absolute }) =>
        mapDefined(ca, (given) => (typeof given === 'string' ? [given] : given).map((item) => (isPemText(item) ? item : absolute(item)))),
      ),
      file(({ ca }) => ca),
    ],
    (item) => (isPemText(item) ? 'PEM text' : item),
  ),
  proxy: strongest<readonly ProxySetting[]>(
    [
      option(({ proxy }, { fromOptions }) => mapDefined(proxy, (url) => [parseProxy(url, `${fromOptions}: proxy`)])),
      file(({ proxy }, { fromFile }) => mapDefined(proxy, (url) => [parseProxy(url, `${fromFile}: proxy`)])),
      settingsXml(({ proxies }) => (proxies.length === 0 ? undefined : proxies)),
    ],
    [],
    (list) => list.map(({ host, port }) => `${host}:${port}`).join(', ') || 'as the environment says',
  ),
  repoFor: sum<readonly [pattern: string, id: string]>(
    [option(({ repoFor }) => Object.entries(repoFor ?? {})), file(({ repoFor }) => Object.entries(repoFor ?? {}))],
    showPair,
  ),
  mirrorList: strongest<string | null>(
    [
      option(({ mirrorList }, { absolute }) => mapDefined(mirrorList, (list) => (isWebUrl(list) ? list : absolute(list)))),
      file(({ mirrorList }) => mirrorList),
    ],
    null,
    (list) => (list === null ? 'none' : displayList(list)),
  ),
  cacheFolder: strongestElse<string>(
    [option(({ cacheFolder }, { absolute }) => mapDefined(cacheFolder, absolute))],
    ({ folders }) => folders.cache,
  ),
  stateFolder: strongestElse<string>(
    [option(({ stateFolder }, { absolute }) => mapDefined(stateFolder, absolute))],
    ({ folders }) => folders.state,
  ),
  paranoid: strongest<boolean>([option(({ paranoid }) => paranoid)], false),
};

/** The effective value of each setting, by its key. */
export type Settled = { readonly [K in keyof typeof table]: ReturnType<(typeof table)[K]> };

/**
 * Folds the table: settles each setting, and records where its value came from.
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-value`: a variable of the environment, or a proxy
 */
export function settle(given: Given, record: SourceRecord): Settled {
  const values = Object.entries(table).map(([key, row]) => [key, row(key, given, record)] as const);
  // Each key of the table has the value that its own row returned.
  return Object.fromEntries(values) as Settled;
}

/** Adds to each audit where it stands, for errors. */
function placed(audits: readonly TrustedAudit[] | undefined, from: string): { audit: TrustedAudit; where: string }[] | undefined {
  return audits?.map((audit, index) => ({ audit, where: `${from}: trust.audits[${index}]` }));
}

function showPair([name, value]: readonly [string, string]): string {
  return `${name}=${value}`;
}

function showRule({ group, level, checksums, signatures, signers, weak }: TrustRule): string {
  const parts = [
    level,
    checksums,
    signatures && `signatures ${signatures}`,
    signers && `${signers.length} signers`,
    weak && `weak ${weak}`,
  ].filter((part) => part !== undefined);
  return `${group}: ${parts.join(' ') || 'default'}`;
}
