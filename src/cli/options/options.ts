/** The options: their table, and reading the command line by it. Values are checked here; meaning is the library's. */
import { parseArgs } from 'node:util';

import { ClojarsFetchError } from '../../base/error.js';
import { nearestWord } from '../../base/nearest-word.js';
import { isReservedVerb, isVerb, reservedVerbs, type Verb, verbs } from './verbs.js';

const levelChoices = ['none', 'transport', 'origin', 'quorum', 'signed', 'pinned'] as const;
const signatureChoices = ['off', 'if-present', 'require'] as const;
const trustModelChoices = ['keyring', 'web-of-trust', 'key-map'] as const;
const weakChoices = ['accept', 'warn', 'fail'] as const;
const checksumChoices = ['fail', 'warn', 'ignore'] as const;
const comparisonChoices = ['off', 'public', 'all'] as const;
const colorChoices = ['auto', 'always', 'never'] as const;
const formatChoices = ['sha256', 'sha512'] as const;
const conflictChoices = ['nearest', 'highest'] as const;
const scopeChoices = ['compile', 'runtime', 'provided', 'test', 'system'] as const;

/** `ID=URL`, or `GROUP=ID`. */
export interface Pair {
  readonly key: string;
  readonly value: string;
}

/** The command line, read and checked. An option that was not given is undefined, so that weaker sources decide. */
export interface Arguments {
  readonly verb: Verb;
  /** What is left after the verb. */
  readonly words: readonly string[];
  readonly help: boolean;
  readonly version: boolean;
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly color: (typeof colorChoices)[number];
  readonly repositories: readonly Pair[];
  readonly mirrors: readonly Pair[];
  readonly repositoryFor: readonly Pair[];
  readonly localRepository: string | undefined;
  readonly offline: boolean;
  readonly timeoutMs: number | undefined;
  readonly concurrency: number | undefined;
  readonly level: (typeof levelChoices)[number] | undefined;
  readonly checksums: (typeof checksumChoices)[number] | undefined;
  readonly acceptMirrorChecksums: boolean;
  readonly compareRepositories: (typeof comparisonChoices)[number] | undefined;
  readonly quorum: number | undefined;
  readonly trustedChecksums: readonly string[];
  readonly signatures: (typeof signatureChoices)[number] | undefined;
  readonly trustModel: (typeof trustModelChoices)[number] | undefined;
  readonly keyrings: readonly string[];
  readonly keyMaps: readonly string[];
  readonly signatureStores: readonly string[];
  readonly weak: (typeof weakChoices)[number] | undefined;
  readonly weakUntil: string | undefined;
  readonly acceptSigners: readonly Pair[];
  readonly paranoid: boolean;
  readonly configurationFile: string | undefined;
  readonly noConfiguration: boolean;
  readonly tree: boolean;
  readonly classPath: boolean;
  readonly pomOnly: boolean;
  readonly sources: boolean;
  readonly javadoc: boolean;
  readonly scopes: readonly string[] | undefined;
  readonly conflicts: (typeof conflictChoices)[number] | undefined;
  readonly profiles: readonly string[];
  readonly aliases: readonly string[];
  readonly noPlugins: boolean;
  /** `--local-repo` without a folder: all of the local repository in effect. */
  readonly wholeLocalRepository: boolean;
  /** Asked by `keys fetch`, alone. */
  readonly keyServer: string | undefined;
  /** Where the page of `verify` goes. */
  readonly html: string | undefined;
  readonly lockfile: string | undefined;
  readonly frozen: boolean;
  readonly check: boolean;
  readonly update: readonly string[];
  readonly writeChecksums: string | undefined;
  readonly writeVerificationMetadata: string | undefined;
  readonly format: (typeof formatChoices)[number] | undefined;
  readonly explain: { readonly group: string; readonly artifact: string } | undefined;
}

const flags = [
  'offline',
  'accept-mirror-checksums',
  'paranoid',
  'no-config',
  'json',
  'quiet',
  'verbose',
  'help',
  'version',
  'tree',
  'classpath',
  'pom-only',
  'sources',
  'javadoc',
  'no-plugins',
  'frozen',
  'check',
] as const;
const valued = {
  repo: 'ID=URL',
  mirror: 'ID=URL',
  'repo-for': 'GROUP=ID',
  'local-repo': 'DIR',
  timeout: 'SECONDS',
  concurrency: 'NUMBER',
  level: 'LEVEL',
  checksums: 'POLICY',
  'compare-repositories': 'WHICH',
  quorum: 'NUMBER',
  'trusted-checksums': 'FILE',
  signatures: 'MODE',
  'trust-model': 'MODEL',
  keyring: 'PATH',
  'key-map': 'FILE',
  'signature-store': 'URL',
  weak: 'POLICY',
  'weak-until': 'DATE',
  'accept-signer': 'GROUP:ARTIFACT=FINGERPRINT',
  config: 'FILE',
  color: 'WHEN',
  scope: 'SCOPE',
  conflicts: 'RULE',
  explain: 'GROUP/ARTIFACT',
  profile: 'NAME',
  alias: 'NAME',
  html: 'FILE',
  keyserver: 'URL',
  lockfile: 'FILE',
  update: 'GROUP/ARTIFACT',
  'write-checksums': 'FOLDER',
  'write-verification-metadata': 'FILE',
  format: 'ALGORITHM',
} as const;
/** Options that only closures have. */
const ofClosures = ['tree', 'classpath', 'pom-only', 'sources', 'javadoc', 'scope', 'conflicts', 'explain'] as const;
/** Options that only projects have. */
const ofProjects = ['profile', 'alias', 'no-plugins'] as const;
/** Of these, what `lock` has too. */
const ofGraphs: readonly string[] = ['sources', 'javadoc', 'scope', 'conflicts'];
/** Options that only `lock` has. */
const ofLocking = ['check', 'update', 'write-checksums', 'write-verification-metadata', 'format'] as const;
/** Options that only `verify` has. */
const ofVerify = ['html'] as const;
/** Options of closures that `keys coverage` has too. */
const ofCoverage: readonly string[] = ['pom-only', 'scope', 'conflicts'];
/** Options that only `keys` has. */
const ofKeys = ['keyserver'] as const;
type Flag = (typeof flags)[number];
type Valued = keyof typeof valued;

/** Options of later versions: refused by name, as ignoring one may be a lie about safety. */
const reservedOptions: readonly string[] = [];
const shorts: Readonly<Record<string, Flag>> = { h: 'help', q: 'quiet', v: 'verbose', V: 'version' };
const optionNames: readonly string[] = [...flags, ...Object.keys(valued)];

function isFlag(name: string): name is Flag {
  return (flags as readonly string[]).includes(name);
}

function isValued(name: string): name is Valued {
  return Object.hasOwn(valued, name);
}

/**
 * Reads the words after the program's name.
 *
 * @throws ClojarsFetchError `ERR_CONFIG`, reason `unknown-option` or `bad-value`, naming the option and what is allowed.
 */
export function parseArguments(argv: readonly string[]): Arguments {
  const { rest: typed, wholeLocalRepository } = takeWholeLocalRepository(argv);
  const { given, lists, words } = readTokens(typed);
  const [first, ...rest] = words;
  if (first !== undefined && isReservedVerb(first)) {
    throw usage(
      'unknown-option',
      `the verb '${first}' is not available in this version`,
      `for the artifact of that name write '${first}/${first}'; verbs of this version: ${verbs.join(', ')}`,
    );
  }
  const verb: Verb = first === undefined ? 'artifact' : isVerb(first) ? first : 'artifact';
  const one = (name: Valued): string | undefined => lists.get(name)?.at(-1);
  if (given.has('quiet') && given.has('verbose')) throw usage('bad-value', '--quiet and --verbose exclude each other', 'give one of them');
  checkClosureOptions(verb, given, lists);
  const repositories = pairs('repo', lists.get('repo'), 'clojars=https://repo.clojars.org/');
  const twice = repositories.find((pair, index) => repositories.findIndex((other) => other.key === pair.key) !== index);
  if (twice !== undefined)
    throw usage('bad-value', `--repo names '${twice.key}' twice`, `give the further places of '${twice.key}' as --mirror ${twice.key}=URL`);
  return {
    verb,
    words: verb === 'artifact' ? words : rest,
    help: given.has('help'),
    version: given.has('version'),
    json: given.has('json'),
    quiet: given.has('quiet'),
    verbose: given.has('verbose'),
    color: choice('color', one('color'), colorChoices) ?? 'auto',
    repositories,
    mirrors: pairs('mirror', lists.get('mirror'), 'clojars=https://mirror.example.org/clojars/'),
    repositoryFor: pairs('repo-for', lists.get('repo-for'), 'org.example=clojars'),
    localRepository: one('local-repo'),
    offline: given.has('offline'),
    timeoutMs: seconds('timeout', one('timeout')),
    concurrency: wholeNumber('concurrency', one('concurrency'), 1, 1000),
    level: choice('level', one('level'), levelChoices),
    checksums: choice('checksums', one('checksums'), checksumChoices),
    acceptMirrorChecksums: given.has('accept-mirror-checksums'),
    compareRepositories: choice('compare-repositories', one('compare-repositories'), comparisonChoices),
    quorum: wholeNumber('quorum', one('quorum'), 2, 16),
    trustedChecksums: lists.get('trusted-checksums') ?? [],
    signatures: choice('signatures', one('signatures'), signatureChoices),
    trustModel: choice('trust-model', one('trust-model'), trustModelChoices),
    keyrings: lists.get('keyring') ?? [],
    keyMaps: lists.get('key-map') ?? [],
    signatureStores: lists.get('signature-store') ?? [],
    weak: choice('weak', one('weak'), weakChoices),
    weakUntil: one('weak-until'),
    acceptSigners: pairs('accept-signer', lists.get('accept-signer'), 'org.example:lib=0123456789ABCDEF0123456789ABCDEF01234567'),
    paranoid: given.has('paranoid'),
    configurationFile: one('config'),
    noConfiguration: given.has('no-config'),
    tree: given.has('tree'),
    classPath: given.has('classpath'),
    pomOnly: given.has('pom-only'),
    sources: given.has('sources'),
    javadoc: given.has('javadoc'),
    scopes: scopes(lists.get('scope')),
    conflicts: choice('conflicts', one('conflicts'), conflictChoices),
    profiles: names('profile', lists.get('profile')),
    aliases: names('alias', lists.get('alias')),
    noPlugins: given.has('no-plugins'),
    wholeLocalRepository,
    keyServer: one('keyserver'),
    html: one('html'),
    lockfile: one('lockfile'),
    frozen: given.has('frozen'),
    check: given.has('check'),
    update: lists.get('update') ?? [],
    writeChecksums: one('write-checksums'),
    writeVerificationMetadata: one('write-verification-metadata'),
    format: choice('format', one('format'), formatChoices),
    explain: name(one('explain')),
  };
}

/** An option of `deps` beside another verb would be ignored, and what it asks for not be done. */
function checkClosureOptions(verb: Verb, given: ReadonlySet<Flag>, lists: ReadonlyMap<Valued, readonly string[]>): void {
  const found = ofClosures.filter((option) => (isFlag(option) ? given.has(option) : lists.has(option)));
  const first = verb === 'keys' ? found.find((option) => !ofCoverage.includes(option)) : found[0];
  if (
    first !== undefined &&
    verb !== 'deps' &&
    verb !== 'project' &&
    !(verb === 'lock' && ofGraphs.includes(first)) &&
    !given.has('help') &&
    !given.has('version')
  ) {
    throw usage('bad-value', `--${first} belongs to the verbs 'deps' and 'project'`, `write 'clojars-fetch deps COORDINATE --${first}'`);
  }
  const [own] = ofProjects.filter((option) => (isFlag(option) ? given.has(option) : lists.has(option)));
  if (own !== undefined && verb !== 'project' && verb !== 'lock' && !given.has('help') && !given.has('version')) {
    throw usage('bad-value', `--${own} belongs to the verb 'project'`, `write 'clojars-fetch project FILE --${own}'`);
  }
  const [verifying] = ofVerify.filter((option) => lists.has(option));
  if (verifying !== undefined && verb !== 'verify' && !given.has('help') && !given.has('version')) {
    throw usage('bad-value', `--${verifying} belongs to the verb 'verify'`, `write 'clojars-fetch verify COORDINATE --${verifying} FILE'`);
  }
  checkLockOptions(verb, given, lists);
  const [keying] = ofKeys.filter((option) => lists.has(option));
  if (keying !== undefined && verb !== 'keys' && !given.has('help') && !given.has('version')) {
    throw usage('bad-value', `--${keying} belongs to the verb 'keys'`, `write 'clojars-fetch keys fetch WHAT --${keying} URL'`);
  }
  const views = found.filter((option) => option === 'tree' || option === 'classpath' || option === 'explain');
  if (views.length > 1) throw usage('bad-value', `--${views[0] ?? ''} and --${views[1] ?? ''} exclude each other`, 'give one of them');
  if (given.has('pom-only')) {
    const needsFiles = found.find((option) => option === 'classpath' || option === 'sources' || option === 'javadoc');
    if (needsFiles !== undefined) throw usage('bad-value', `--${needsFiles} needs files, and --pom-only fetches none`, 'give one of them');
  }
}

/** `verify --local-repo`, without a folder: the one option that names a thing as well as setting it. */
function takeWholeLocalRepository(argv: readonly string[]): { readonly rest: readonly string[]; readonly wholeLocalRepository: boolean } {
  const end = argv.indexOf('--');
  const bare = argv.findIndex(
    (word, index) =>
      word === '--local-repo' &&
      (end === -1 || index < end) &&
      (argv[index + 1] === undefined || argv[index + 1]?.startsWith('-') === true),
  );
  if (bare === -1 || argv.find((word) => !word.startsWith('-')) !== 'verify') return { rest: argv, wholeLocalRepository: false };
  return { rest: argv.filter((_, index) => index !== bare), wholeLocalRepository: true };
}

function checkLockOptions(verb: Verb, given: ReadonlySet<Flag>, lists: ReadonlyMap<Valued, readonly string[]>): void {
  if (given.has('help') || given.has('version')) return;
  const [locking] = ofLocking.filter((option) => (isFlag(option) ? given.has(option) : lists.has(option)));
  if (verb !== 'lock') {
    if (locking !== undefined)
      throw usage('bad-value', `--${locking} belongs to the verb 'lock'`, `write 'clojars-fetch lock --${locking}'`);
    return;
  }
  if (given.has('frozen'))
    throw usage(
      'bad-value',
      "--frozen and the verb 'lock' exclude each other",
      "'clojars-fetch lock --check' says whether the lockfile is right, and writes nothing",
    );
  const writing = (['update', 'write-checksums', 'write-verification-metadata'] as const).find((option) => lists.has(option));
  if (given.has('check') && writing !== undefined)
    throw usage('bad-value', `--check writes nothing, so --${writing} has nothing to do`, 'give one of them');
  if (lists.has('format') && !lists.has('write-checksums'))
    throw usage('bad-value', '--format is that of --write-checksums', 'write --write-checksums .mvn/checksums --format sha512');
}

interface Tokens {
  readonly given: ReadonlySet<Flag>;
  readonly lists: ReadonlyMap<Valued, readonly string[]>;
  readonly words: readonly string[];
}

/** `parseArgs` splits; its strict mode is not used because its messages name neither what is allowed nor what was meant. */
function readTokens(argv: readonly string[]): Tokens {
  const options: Record<string, { type: 'boolean' | 'string'; short?: string | undefined; multiple?: boolean | undefined }> = {};
  for (const flag of flags) options[flag] = { type: 'boolean' };
  for (const name of Object.keys(valued)) options[name] = { type: 'string', multiple: true };
  for (const [short, flag] of Object.entries(shorts)) options[flag] = { type: 'boolean', short };
  const { tokens } = parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true });
  const given = new Set<Flag>();
  const lists = new Map<Valued, string[]>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    if (isFlag(name)) {
      if (value !== undefined) throw usage('bad-value', `${rawName} takes no value, got '${value}'`, `write ${rawName} alone`);
      given.add(name);
    } else if (isValued(name)) {
      const wanted = valued[name];
      if (value === undefined || value === '') throw usage('bad-value', `${rawName} needs a value`, `write ${rawName} ${wanted}`);
      if (token.inlineValue === false && value.startsWith('-')) {
        throw usage(
          'bad-value',
          `${rawName} needs a value, but '${value}' follows it`,
          `write ${rawName} ${wanted}, or ${rawName}=${value} if that is the value`,
        );
      }
      lists.set(name, [...(lists.get(name) ?? []), value]);
    } else {
      throw unknownOption(name, rawName);
    }
  }
  return { given, lists, words };
}

function unknownOption(name: string, rawName: string): ClojarsFetchError {
  if (reservedOptions.includes(name)) {
    return usage(
      'unknown-option',
      `the option '${rawName}' is not available in this version`,
      'leave it out; docs/verification.md says what is verified today',
    );
  }
  const meant = nearestWord(name, optionNames);
  const hint = meant === undefined ? "'clojars-fetch help' lists the options" : `did you mean '--${meant}'?`;
  return usage('unknown-option', `there is no option '${rawName}'`, hint);
}

function pairs(name: Valued, given: readonly string[] | undefined, example: string): readonly Pair[] {
  return (given ?? []).map((text) => {
    const at = text.indexOf('=');
    const pair = { key: text.slice(0, Math.max(at, 0)), value: text.slice(at + 1) };
    if (at > 0 && pair.value !== '') return pair;
    // The value is not repeated: a URL may carry a password, and this text may end in a CI log.
    throw usage('bad-value', `--${name} must be ${valued[name]}`, `for example --${name} ${example}`);
  });
}

function choice<T extends string>(name: Valued, text: string | undefined, choices: readonly T[]): T | undefined {
  if (text === undefined) return undefined;
  const found = choices.find((candidate) => candidate === text);
  if (found !== undefined) return found;
  const meant = nearestWord(text, choices);
  throw usage(
    'bad-value',
    `--${name} must be one of ${choices.join(', ')}, got '${text}'`,
    meant === undefined ? `give one of ${choices.join(', ')}` : `did you mean '${meant}'?`,
  );
}

function wholeNumber(name: Valued, text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw usage('bad-value', `--${name} must be a whole number from ${least} to ${most}, got '${text}'`, `for example --${name} ${least}`);
}

/** Seconds, decimals allowed, as milliseconds. At most a day: longer is a slip of units. */
function seconds(name: Valued, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const milliseconds = /^\d{1,9}(\.\d{1,9})?$/.test(text) ? Math.round(Number(text) * 1000) : Number.NaN;
  if (milliseconds >= 1 && milliseconds <= 86_400_000) return milliseconds;
  throw usage('bad-value', `--${name} must be a number of seconds from 0.001 to 86400, got '${text}'`, `for example --${name} 30`);
}

/** Scopes of one or several `--scope`, separated by commas too. */
function scopes(given: readonly string[] | undefined): readonly string[] | undefined {
  return given?.flatMap((text) => text.split(',')).map((text) => choice('scope', text.trim(), scopeChoices) ?? '');
}

/** Names of profiles or aliases, as typed with or without a colon; `:a:b` and `a,b` are two. */
function names(option: Valued, given: readonly string[] | undefined): readonly string[] {
  const all = (given ?? []).flatMap((text) => text.split(/[,:]/)).filter((part) => part !== '');
  if (given !== undefined && all.length === 0) throw usage('bad-value', `--${option} must be a name`, `for example --${option} test`);
  return all;
}

/** `group/artifact`, `group:artifact`, or `lib` for `lib/lib`. */
function name(text: string | undefined): Arguments['explain'] {
  if (text === undefined) return undefined;
  const [group = '', artifact = group, ...rest] = text.split(/[/:]/);
  if (group === '' || artifact === '' || rest.length > 0)
    throw usage('bad-value', `--explain must be GROUP/ARTIFACT, got '${text}'`, 'for example --explain org.clojure/clojure');
  return { group, artifact };
}

function usage(reason: 'unknown-option' | 'bad-value', message: string, hint: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', { reason, message, hint });
}

/** Every name that the tests compare with the help text: options, reserved options, reserved verbs. */
export const knownNames = { options: optionNames, reservedOptions, reservedVerbs } as const;
