/**
 * The table of options, the only place that describes an option: parsing, the types of the arguments, the verbs that accept it, the help of
 * each verb, and the tests that compare docs/cli.md with it all read this table. To add an option, add an entry and its row in docs/cli.md.
 */
import {
  checksumPolicies,
  comparisonModes,
  logFacts,
  signatureModes,
  trustLevels,
  trustModelNames,
  weakPolicies,
} from '../../base/words.js';
import {
  allTexts,
  artifactName,
  byteSize,
  duration,
  factPairs,
  isGiven,
  lastText,
  names,
  oneOf,
  pairs,
  type Reader,
  repositoryPairs,
  seconds,
  someOf,
  wholeNumber,
} from './values.js';
import type { Verb } from './verbs.js';

export interface Option<T = unknown> {
  /** Name without the dashes. */
  readonly name: string;
  /** Placeholder of its value, as help and messages show it; null for a flag. */
  readonly value: string | null;
  /** The verbs that accept it; null for all verbs. */
  readonly verbs: readonly Verb[] | null;
  readonly help: string;
  readonly read: Reader<T>;
  /** Its single-letter form; null if it has none. */
  readonly short: string | null;
  /** The subcommands of the verb that accept it; null for all of them. */
  readonly subcommands: readonly string[] | null;
  /** The allowed values, as messages, help and docs list them; null if any value is allowed. */
  readonly choices: readonly string[] | null;
}

function flag(name: string, verbs: Option['verbs'], help: string, short: string | null = null): Option<boolean> {
  return { name, value: null, verbs, help, read: isGiven, short, subcommands: null, choices: null };
}

function valued<T>(name: string, value: string, verbs: Option['verbs'], help: string, read: Reader<T>): Option<T> {
  return { name, value, verbs, help, read, short: null, subcommands: null, choices: null };
}

/** An option whose value is one of `words`. The help lists them, with notes on some. */
function choice<const T extends string>(
  name: string,
  value: string,
  verbs: Option['verbs'],
  help: string,
  words: readonly T[],
  notes?: Notes<NoInfer<T>>,
): Option<T | undefined> {
  return { ...valued(name, value, verbs, listChoices(help, words, notes), oneOf(words)), choices: words };
}

/** Restricts an option to one or more subcommands of its verb, separated by spaces. */
function only<T>(subcommands: string, option: Option<T>): Option<T> {
  return { ...option, subcommands: subcommands.split(' ') };
}

type Notes<Words extends string = string> = Readonly<Partial<Record<Words, string>>>;

/** Formats `help: a (default), b or c`. */
function listChoices(help: string, words: readonly string[], notes: Notes = {}): string {
  const noted = words.map((word) => (notes[word] === undefined ? word : `${word} (${notes[word]})`));
  return `${help}: ${noted.slice(0, -1).join(', ')} or ${noted.at(-1) ?? ''}`;
}

const closures: readonly Verb[] = ['deps', 'project'];
const graphs: readonly Verb[] = ['deps', 'project', 'lock'];
const scopes = ['compile', 'runtime', 'provided', 'test', 'system'] as const;
const defaultScopes = { compile: 'default', runtime: 'default' };

const graphOptions = {
  tree: flag('tree', closures, 'Print the dependency tree, with what was left out and why'),
  classPath: flag('classpath', closures, 'Print the class path'),
  explain: valued(
    'explain',
    'GROUP/ARTIFACT',
    closures,
    'Print every path to an artifact and why its version won; reads POMs only',
    artifactName,
  ),
  pomOnly: flag('pom-only', [...closures, 'keys'], 'Read POMs; download no artifacts'),
  scopes: {
    ...valued(
      'scope',
      'SCOPE',
      [...graphs, 'keys'],
      `${listChoices('Fetch this scope', scopes, defaultScopes)} (repeatable)`,
      someOf(scopes),
    ),
    choices: scopes,
  },
  conflicts: choice('conflicts', 'RULE', [...graphs, 'keys'], 'Which version wins', ['nearest', 'highest', 'tools-deps'], {
    nearest: 'default, as in Maven and Leiningen',
    highest: 'as in coursier',
    'tools-deps': 'default for deps.edn and bb.edn',
  }),
  sources: flag('sources', graphs, 'Also fetch sources, if they exist'),
  javadoc: flag('javadoc', graphs, 'Also fetch Javadoc, if it exists'),
};

const projectOptions = {
  profiles: valued(
    'profile',
    'NAME',
    ['project', 'lock', 'proxy', 'exec'],
    'Activate a profile of Leiningen or Maven, in addition to the active ones (repeatable)',
    names,
  ),
  aliases: valued('alias', 'NAME', ['project', 'lock', 'proxy', 'exec'], 'Use an alias of deps.edn (repeatable)', names),
  clojure: valued(
    'clojure',
    'VERSION',
    ['project', 'lock', 'proxy'],
    'The version of org.clojure/clojure that your clj adds to every deps.edn (default: that of the installed clj)',
    lastText,
  ),
  noPlugins: flag('no-plugins', ['project', 'lock', 'proxy'], 'Leave out the plugins that Leiningen loads'),
  noCheck: flag('no-check', ['project'], 'Do not check whether the build tool can go on offline'),
  strict: flag('strict', ['project'], 'Exit with code 6 if the build needs something that is unknown or comes from git'),
};

const lockOptions = {
  check: flag(
    'check',
    ['lock', 'config'],
    "Report what is wrong and write nothing; if anything is, the exit code is 4 with 'lock' and 2 with 'config'",
  ),
  update: valued(
    'update',
    'GROUP/ARTIFACT',
    ['lock'],
    'Resolve this artifact again and keep the rest; GROUP/* and * also work (repeatable)',
    allTexts,
  ),
  writeChecksums: valued('write-checksums', 'FOLDER', ['lock'], 'Also write checksum files for Maven and sha512sum', lastText),
  writeVerificationMetadata: valued(
    'write-verification-metadata',
    'FILE',
    ['lock'],
    "Also write checksums and keys into Gradle's verification-metadata.xml",
    lastText,
  ),
  format: choice('format', 'ALGORITHM', ['lock'], 'Algorithm for --write-checksums', ['sha256', 'sha512'], { sha512: 'default' }),
};

const verifyOptions = {
  html: only('stats', valued('html', 'FILE', ['verify', 'mirror'], 'Also write the result as an HTML page', lastText)),
};

const proxies: readonly Verb[] = ['proxy', 'exec'];

const proxyOptions = {
  port: valued(
    'port',
    'NUMBER',
    ['proxy'],
    'Listen on this port of 127.0.0.1; 0 chooses a free one (default: 8141)',
    wholeNumber(0, 65_535),
  ),
  proxyFolder: valued('cache', 'DIR', proxies, "The cache (default: 'proxy' in the user's cache folder)", lastText),
  cacheSize: valued(
    'cache-size',
    'SIZE',
    proxies,
    'Size limit of the cache, such as 500MB or 20GiB (default: 10GiB, and at most 85 % of the disk)',
    byteSize,
  ),
  patienceMs: valued(
    'patience',
    'SECONDS',
    proxies,
    'How long to go on trying before a build tool is told that a file is out of reach (default: 20)',
    seconds,
  ),
  maxStaleMs: valued(
    'max-stale',
    'DURATION',
    proxies,
    'Oldest metadata to serve while no mirror answers, such as 12h or 7d (default: any age)',
    duration,
  ),
  noEarlyBytes: flag('no-early-bytes', proxies, 'Send nothing of a large file before it is verified'),
  tls: flag('tls', proxies, 'Speak https, with a certificate for this machine only'),
  noAhead: flag('no-ahead', proxies, 'Fetch only what is asked for'),
  downloadLog: valued(
    'download-log',
    'DIR',
    proxies,
    'Note each served jar in this folder, for statistics: a file for each repository and day, as Clojars counts',
    lastText,
  ),
  logLevel: choice('log-level', 'LEVEL', proxies, 'What to log', ['error', 'warn', 'info', 'debug'], {
    warn: 'default; refusals and stale answers',
    info: 'every request',
  }),
};

const keyOptions = {
  keyServer: valued(
    'keyserver',
    'URL',
    ['keys'],
    "With 'keys fetch', ask only this key server (default: the address's own domain, then keys.openpgp.org)",
    lastText,
  ),
};

const configOptions = {
  write: flag('write', ['config'], "Add what is missing to the tool's file, and keep a backup"),
  undo: flag('undo', ['config'], 'Take out what --write added, also after other changes to the file'),
  url: valued('url', 'URL', ['config'], 'Address of the proxy (default: http://127.0.0.1:8141/)', lastText),
};

const statisticsOptions = {
  output: only('stats setup', valued('output', 'DIR', ['mirror'], 'The folder for the files (default: the working folder)', lastText)),
  countForm: only('stats', choice('as', 'FORM', ['mirror'], 'Form of the files of days', ['edn', 'json'], { edn: 'default, as Clojars' })),
  merge: only('stats', valued('merge', 'FILE', ['mirror'], 'Also add the counts to this file of all days, such as all.edn', lastText)),
  state: only(
    'stats',
    valued('state', 'FILE', ['mirror'], 'Remember here which logs were counted: none counts twice, and days are added up', lastText),
  ),
  date: only('stats', valued('date', 'DATE', ['mirror'], 'Count only the lines of this day in UTC, such as 2026-11-29', lastText)),
  excludeAgents: only(
    'stats',
    valued('exclude-agent', 'TEXT', ['mirror'], 'Leave out agents that contain this text, in any case (repeatable)', allTexts),
  ),
  unique: only('stats', flag('unique', ['mirror'], 'Count each address once for each version and day')),
  ranges: only(
    'stats',
    choice('ranges', 'WHICH', ['mirror'], 'Whether requests for a part of a file count', ['none', 'first'], {
      none: 'default, as Clojars',
      first: 'once for each address, file and day',
    }),
  ),
  fields: only(
    'stats',
    valued(
      'field',
      'FACT=NAME',
      ['mirror'],
      `Names the field of a fact in logs of JSON lines: ${logFacts.join(', ')} (repeatable)`,
      factPairs,
    ),
  ),
  svg: only('stats', valued('svg', 'FILE', ['mirror'], 'Also draw the files of days in the folder', lastText)),
  report: only('stats', valued('report', 'URL', ['mirror'], 'Also send the counts there as signed JSON; needs --report-key', lastText)),
  reportKey: only(
    'stats',
    valued('report-key', 'FILE', ['mirror'], 'Sign with the Ed25519 key (PEM), or the shared secret, in this file', lastText),
  ),
};

const syncOptions = {
  from: only(
    'sync setup',
    valued('from', 'SOURCE', ['mirror'], 'The repository to copy: a folder, a URL (https:, s3:), or rsync://HOST/MODULE/', lastText),
  ),
  to: only(
    'sync setup',
    valued('to', 'TARGET', ['mirror'], 'The folder that a web server publishes, made if it is missing, or a bucket (s3:)', lastText),
  ),
  otherOrigins: only(
    'sync',
    valued(
      'other-origin',
      'URL',
      ['mirror'],
      'Another place of the same operator, to compare with. Repeatable (default: that of Clojars)',
      allTexts,
    ),
  ),
  twoOrigins: only('sync', flag('two-origins', ['mirror'], 'Compare each released file with the other origins, not only one in a hundred')),
  crawl: only('sync', flag('crawl', ['mirror'], "Follow the server's listings of folders, instead of reading Clojars's index")),
  noLock: only('sync', flag('no-lock', ['mirror'], 'Copy into a bucket whose server cannot lock: then only one sync may run at a time')),
  increment: only('sync', flag('increment', ['mirror'], 'Look only at what the release feed names; a full sync follows when it is due')),
  feed: only('sync', valued('feed', 'URL', ['mirror'], 'The release feed (default: that of Clojars, if the source is Clojars)', lastText)),
  settleMs: only(
    'sync',
    valued('settle', 'DURATION', ['mirror'], 'Look at a new version once more after this time (default: 1h)', duration),
  ),
  groups: only(
    'sync',
    valued('group', 'GROUP', ['mirror'], 'Copy only this group; org.example.* is a group with all beneath it (repeatable)', allTexts),
  ),
  since: only(
    'sync',
    valued('since', 'DATE', ['mirror'], 'Copy only versions released on this day or later, such as 2026-01-31', lastText),
  ),
  noSnapshots: only('sync', flag('no-snapshots', ['mirror'], 'Copy no snapshots')),
  latest: only(
    'sync',
    valued(
      'latest',
      'NUMBER',
      ['mirror'],
      'Copy only so many of the newest releases and snapshots of each artifact',
      wholeNumber(1, 1_000_000),
    ),
  ),
  metadataForm: only(
    'sync',
    choice('metadata', 'FORM', ['mirror'], 'How to publish metadata, which names versions that are left out', ['verbatim', 'rewrite'], {
      verbatim: 'default, as it is',
      rewrite: 'only with the versions of the mirror',
    }),
  ),
  dryRun: only('sync', flag('dry-run', ['mirror'], 'Tell what would be copied, and change nothing')),
  indexes: only('sync', flag('indexes', ['mirror'], 'Copy the index.html of each folder, too')),
  delete: only('sync', flag('delete', ['mirror'], 'Delete what two full listings, at least a day apart, lack')),
  maxDelete: only(
    'sync',
    valued(
      'max-delete',
      'PERCENT',
      ['mirror'],
      'Delete nothing if more files are due; 100 files always may be (default: 1)',
      wholeNumber(0, 100),
    ),
  ),
  withdrawn: only('sync', valued('withdrawn', 'FILE', ['mirror'], 'Paths to take out at once and to keep out, one a line', lastText)),
  rescan: only('sync', flag('rescan', ['mirror'], 'Look at all files of the target, and copy lost ones again')),
  verify: only('sync', flag('verify', ['mirror'], 'With --rescan, also read all files, and copy damaged ones again')),
  connections: only(
    'sync',
    valued('connections', 'NUMBER', ['mirror'], 'Requests to the source at once, 1 to 1000 (default: 8)', wholeNumber(1, 1000)),
  ),
  rate: only(
    'sync',
    valued('rate', 'NUMBER', ['mirror'], 'Requests to the source in a second (default: no limit)', wholeNumber(1, 1_000_000)),
  ),
  bandwidth: only(
    'sync',
    valued('bandwidth', 'SIZE', ['mirror'], 'Bytes from the source in a second, such as 20MB (default: no limit)', byteSize),
  ),
  operator: only('sync', valued('operator', 'NAME', ['mirror'], 'The organization that runs the mirror, for its trace', lastText)),
  contact: only(
    'sync setup',
    valued(
      'contact',
      'ADDRESS',
      ['mirror'],
      'An e-mail address or a URL for questions: sent to the source, and part of the trace',
      lastText,
    ),
  ),
  intervalMs: only('sync', valued('interval', 'DURATION', ['mirror'], 'The time between two syncs, such as 1h, for the trace', duration)),
};

const mirrorSetupOptions = {
  domain: only('setup', valued('domain', 'HOST', ['mirror'], "Name of the mirror's host, such as clojars.example.org", lastText)),
  user: only('setup', valued('user', 'NAME', ['mirror'], 'User that copies the mirror (default: clojars-mirror)', lastText)),
  certificate: only(
    'setup',
    valued('certificate', 'FILE', ['mirror'], 'TLS certificate with its chain (default: that of certbot for the host)', lastText),
  ),
  certificateKey: only('setup', valued('certificate-key', 'FILE', ['mirror'], 'Its key (default: that of certbot for the host)', lastText)),
  bucket: only('setup', valued('bucket', 'NAME', ['mirror'], 'Bucket of a mirror on S3 (default: the name of the host)', lastText)),
  valuesFile: only(
    'setup',
    valued('values', 'FILE', ['mirror'], 'Read values from this JSON file, too; options take precedence', lastText),
  ),
  force: only('setup', flag('force', ['mirror'], 'Overwrite files that differ')),
  diff: only('setup', flag('diff', ['mirror'], 'Show how files would change, and write nothing')),
};

const mirrorCheckOptions = {
  admit: only(
    'check',
    valued(
      'admit',
      'URL',
      ['mirrors'],
      'Hold this candidate against the conditions of admission; the exit code is 4 if it misses one',
      lastText,
    ),
  ),
  history: only(
    'check',
    valued('history', 'FILE', ['mirrors'], 'Keep the checks of the last 30 days in this file, and let them count for the score', lastText),
  ),
  seed: only(
    'check',
    valued('seed', 'NUMBER', ['mirrors'], 'Draw the same old releases as the check that printed this number', wholeNumber(0, 999_999_999)),
  ),
  releaseFeed: only(
    'check',
    valued('release-feed', 'URL', ['mirrors'], "Read the newest releases from here (default: Clojars's feed, for Clojars)", lastText),
  ),
};

const lockfileOptions = {
  lockfile: valued(
    'lockfile',
    'FILE',
    null,
    "Use the checksums in this lockfile as pins; 'lock' writes it (default with lock and --frozen: clojars-fetch.lock)",
    lastText,
  ),
  frozen: flag('frozen', null, 'Use only what is in the lockfile: refuse any other file, and request no metadata'),
};

const sourceOptions = {
  repositories: valued('repo', 'ID=URL', null, 'Use this repository instead of the default ones (repeatable, in order)', repositoryPairs),
  mirrors: valued(
    'mirror',
    'ID=URL',
    null,
    'Add a mirror to a repository (repeatable, in order)',
    pairs('clojars=https://mirror.example.org/clojars/'),
  ),
  repositoryFor: valued(
    'repo-for',
    'GROUP=ID',
    null,
    'Bind a group to a repository; GROUP may end in .* (repeatable)',
    pairs('org.example=clojars'),
  ),
  localRepository: valued(
    'local-repo',
    'DIR',
    null,
    'The local repository (default: the one in settings.xml, else ~/.m2/repository)',
    lastText,
  ),
  offline: flag('offline', null, 'Use only the local repository'),
  timeoutMs: valued('timeout', 'SECONDS', null, 'Time limit for the whole call (default: 300)', seconds),
  firstByteTimeoutMs: valued(
    'first-byte-timeout',
    'SECONDS',
    null,
    'Ask the next mirror if no answer has begun after this time (default: 5)',
    seconds,
  ),
  concurrency: valued('concurrency', 'NUMBER', null, 'HTTP/1.1 connections per host (default: 48)', wholeNumber(1, 1000)),
  pomEnvironment: valued(
    'pom-env',
    'NAME',
    null,
    'Let POMs read this environment variable, in addition to JAVA_HOME (repeatable)',
    allTexts,
  ),
};

const verificationOptions = {
  level: choice('level', 'LEVEL', null, 'Minimum level of proof', trustLevels),
  checksums: choice('checksums', 'POLICY', null, 'What to do if a checksum is missing', checksumPolicies, { fail: 'default' }),
  acceptMirrorChecksums: flag(
    'accept-mirror-checksums',
    null,
    "Accept an untrusted mirror's own checksums if the canonical operator cannot be reached",
  ),
  quorum: valued(
    'quorum',
    'NUMBER',
    null,
    'Require this many independent operators to publish the same checksum of each file',
    wholeNumber(2, 16),
  ),
  compareRepositories: choice(
    'compare-repositories',
    'WHICH',
    null,
    'Warn if a later repository has a different file of the same name',
    comparisonModes,
    { public: 'default; only files from Central and Clojars' },
  ),
  trustedChecksums: valued(
    'trusted-checksums',
    'FILE',
    null,
    'Use the checksums in this file as pins; it has the format of sha256sum or sha512sum (repeatable)',
    allTexts,
  ),
  signatures: choice('signatures', 'MODE', null, 'Check PGP signatures', signatureModes, { off: 'default' }),
  trustModel: choice('trust-model', 'MODEL', null, 'Whose signatures are trusted', trustModelNames, {
    keyring: 'any key in your keyrings',
    'web-of-trust': 'default, as in GnuPG',
    'key-map': 'default with --key-map',
  }),
  keyrings: valued(
    'keyring',
    'PATH',
    null,
    "Read keys from a GnuPG home, a file or a folder (repeatable; default: the store of 'keys' and GnuPG's home)",
    allTexts,
  ),
  keyMaps: valued(
    'key-map',
    'FILE',
    null,
    "Read from this file which keys may sign which groups, in pgpverify's, Gradle's or our own format (repeatable)",
    allTexts,
  ),
  signatureStores: valued('signature-store', 'URL', null, 'Also look for signatures here: a URL or a folder (repeatable)', allTexts),
  weak: choice('weak', 'POLICY', null, 'How to treat signatures made with weak algorithms such as SHA-1', weakPolicies, {
    warn: 'default',
  }),
  weakUntil: valued('weak-until', 'DATE', null, 'Accept weak signatures made up to this date', lastText),
  acceptSigners: valued(
    'accept-signer',
    'GROUP:ARTIFACT=FINGERPRINT',
    null,
    "Accept this key as the signer of an artifact from now on; 'none' accepts unsigned releases (repeatable)",
    pairs('org.example:lib=0123456789ABCDEF0123456789ABCDEF01234567'),
  ),
  paranoid: flag('paranoid', null, 'Hash local files again instead of trusting the verification cache'),
};

const outputOptions = {
  configurationFile: valued('config', 'FILE', null, 'Read this configuration file', lastText),
  settingsFile: valued('settings', 'FILE', null, 'Read this file instead of ~/.m2/settings.xml', lastText),
  noConfiguration: flag('no-config', null, 'Read no settings.xml, and no configuration file except the one given by --config'),
  json: flag('json', null, 'Print one JSON document to stdout'),
  quiet: flag('quiet', null, 'Print no progress, notes or warnings', 'q'),
  verbose: flag('verbose', null, 'Print every attempt: what was tried, what failed and why, and how each file was verified', 'v'),
  color: choice('color', 'WHEN', null, 'Use colors', ['auto', 'always', 'never'], { auto: 'default; respects NO_COLOR' }),
  help: flag('help', null, 'Print help; after a verb, the help of that verb', 'h'),
  version: flag('version', null, 'Print the version', 'V'),
};

/** Options about files for a build. `mirror` copies whole repositories, and checks each file against the checksums of its source. */
const notForMirror: ReadonlySet<Option> = new Set(
  Object.values<Option>({ ...lockfileOptions, ...sourceOptions, ...verificationOptions }).filter(
    (option) => option !== sourceOptions.firstByteTimeoutMs,
  ),
);

/** Whether the verb accepts the option. */
export function isOptionOf(verb: Verb, option: Option): boolean {
  if (option.verbs !== null) return option.verbs.includes(verb);
  return verb !== 'mirror' || !notForMirror.has(option);
}

/** The options under the headings of the help, in its order. */
export const optionGroups: readonly { readonly title: string; readonly options: Readonly<Record<string, Option>> }[] = [
  { title: 'Dependency options', options: graphOptions },
  { title: 'Project options', options: projectOptions },
  { title: 'Locking options', options: lockOptions },
  { title: 'Checking options', options: verifyOptions },
  { title: 'Key options', options: keyOptions },
  { title: 'Proxy options', options: proxyOptions },
  { title: 'Setup options', options: configOptions },
  { title: "Options of 'mirror stats'", options: statisticsOptions },
  { title: "Options of 'mirror sync'", options: syncOptions },
  { title: "Options of 'mirror setup'", options: mirrorSetupOptions },
  { title: "Options of 'mirrors check'", options: mirrorCheckOptions },
  { title: 'Lockfile options', options: lockfileOptions },
  { title: 'Repository options', options: sourceOptions },
  { title: 'Verification options', options: verificationOptions },
  { title: 'Configuration and output', options: outputOptions },
];

/** All options, by the name of their value in {@link OptionValues}. */
export const options = {
  ...graphOptions,
  ...projectOptions,
  ...lockOptions,
  ...verifyOptions,
  ...keyOptions,
  ...proxyOptions,
  ...configOptions,
  ...statisticsOptions,
  ...syncOptions,
  ...mirrorSetupOptions,
  ...mirrorCheckOptions,
  ...lockfileOptions,
  ...sourceOptions,
  ...verificationOptions,
  ...outputOptions,
};

export type OptionKey = keyof typeof options;

/** The value of each option. An option that was not given is undefined, empty or false, so that weaker sources decide. */
export type OptionValues = { readonly [K in OptionKey]: ReturnType<(typeof options)[K]['read']> };
