/** Readers for the options that the configuration file, a mirror list and `ClientOptions` have in common. */
import {
  checksumPolicies,
  comparisonModes,
  signatureModes,
  type TrustLevel,
  trustLevels,
  trustModelNames,
  weakPolicies,
} from '../../base/words.js';
import { isGroupPattern } from '../../maven/coordinate/group-pattern.js';
import { verifyRepositoryId } from '../../network/mirrors/mirror-list.js';
import type { AuthOptions, MirrorOptions, RepositoryOptions, SecretValue } from '../../network/mirrors/repository-options.js';
import type { TrustedAudit, TrustOptions, TrustRule, WebOfTrustOptions } from './client-options.js';
import { badValue, flag, integer, list, object, oneOf, type Reader, record, secretText, text } from './text/schema.js';

const readVariable = object<{ readonly env: string }>(
  { env: text('the name of an environment variable', 200) },
  ['env'],
  'text or {"env": "NAME"}',
);

const readSecret: Reader<SecretValue> = (value, place) => {
  if (typeof value === 'string') return secretText('text or {"env": "NAME"}')(value, place);
  if (typeof value !== 'object' || value === null) throw badValue(place, 'text or {"env": "NAME"}');
  return readVariable(value, place);
};

const authAllowed = '{"username", "password"} or {"token"}';
const readBasic = object<{ readonly username: string; readonly password: SecretValue }>(
  { username: text('a user name', 1024), password: readSecret },
  ['username', 'password'],
  authAllowed,
);
const readBearer = object<{ readonly token: SecretValue }>({ token: readSecret }, ['token'], authAllowed);

const readAuth: Reader<AuthOptions> = (value, place) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw badValue(place, authAllowed);
  return 'token' in value ? readBearer(value, place) : readBasic(value, place);
};

/** A URL may contain a secret, so errors do not show it. parseRepositoryUrl checks it further. */
const readUrl = secretText('a URL');

const readMirrorObject = object<MirrorOptions>(
  {
    url: readUrl,
    operator: text('the name of an operator', 200),
    priority: integer(-1000, 1000),
    trusted: flag,
    auth: readAuth,
  },
  ['url'],
  'a URL or {"url", …}',
);

/** A mirror: a URL or an object. */
export const readMirror: Reader<string | MirrorOptions> = (value, place) => {
  if (typeof value === 'string') return readUrl(value, place);
  if (typeof value !== 'object' || value === null) throw badValue(place, 'a URL or {"url", …}', value);
  return readMirrorObject(value, place);
};

export const readGroupPattern: Reader<string> = (value, place) => {
  if (typeof value === 'string' && isGroupPattern(value)) return value;
  throw badValue(place, 'a group (org.clojure), all beneath one (org.clojure.*), or *', value);
};

export const readRepository: Reader<RepositoryOptions> = object<RepositoryOptions>(
  {
    id: text('a repository id', 128),
    url: readUrl,
    operator: text('the name of an operator', 200),
    mirrors: list(readMirror, 'URLs or {"url", …}'),
    releases: flag,
    snapshots: flag,
    groups: list(readGroupPattern, 'group patterns'),
    auth: readAuth,
  },
  ['id', 'url'],
  'an object {"id", "url", …}',
);

/** Reads a list of repositories with distinct ids. */
export const readRepositories: Reader<readonly RepositoryOptions[]> = (value, place) => {
  const repositories = list(readRepository, 'repositories')(value, place);
  if (repositories.length === 0) throw badValue(place, 'a list of at least one repository', value);
  for (const [index, repository] of repositories.entries()) {
    if (repositories.findIndex((other) => other.id === repository.id) !== index) {
      throw badValue({ ...place, key: `${place.key}[${index}].id` }, 'an id that no other repository has', repository.id);
    }
  }
  return repositories;
};

export const readMirrors = record(list(readMirror, 'URLs or {"url", …}'), 'an object {"REPOSITORY": [mirrors]}');

/** Reads a map from group patterns to repository ids. */
export const readRepoFor: Reader<Readonly<Record<string, string>>> = (value, place) => {
  const bindings = record(text('a repository id', 128), 'an object {"GROUP": "REPOSITORY"}')(value, place);
  for (const pattern of Object.keys(bindings)) readGroupPattern(pattern, { ...place, key: `${place.key} (a key)` });
  return bindings;
};

/** Reads a map from repository ids to the names that a build tool has for them. */
export const readTrackingIds: Reader<Readonly<Record<string, string>>> = (value, place) => {
  const ids = record(text('a repository id', 128), 'an object {"ID": "ID"}')(value, place);
  for (const [id, tracking] of Object.entries(ids)) verifyRepositoryId(tracking, `${place.source}: ${place.key}.${id}`);
  return ids;
};

/** Refuses the spaces, `=` and `$` that people write by mistake: `$NAME`, `NAME=value`. */
const readVariableName: Reader<string> = (value, place) => {
  if (typeof value === 'string' && /^[^\s=${}\0]{1,200}$/.test(value)) return value.replace(/^env\./, '');
  throw badValue(place, 'the name of an environment variable', value);
};
export const readVariableNames = list(readVariableName, 'names of environment variables');

export const readFiles = list(text('a file name'), 'file names');
export const readHosts = list(text('a host or host:port', 300), 'hosts');
export const readTimeoutMs = integer(1, 86_400_000);
export const readConcurrency = integer(1, 1000);
/** At most a tebibyte. */
export const readArtifactMaxBytes = integer(1, 2 ** 40);
export const readLevel: Reader<TrustLevel> = oneOf(trustLevels);
export const readChecksums = oneOf(checksumPolicies);
export const readSignatures = oneOf(signatureModes);
export const readTrustModel = oneOf(trustModelNames);

/** Reads a whole fingerprint, as upper case without spaces. A short key ID does not identify a key. */
export const readFingerprint: Reader<string> = (value, place) => {
  const fingerprint = typeof value === 'string' ? value.replace(/\s+/g, '').replace(/^0x/i, '').toUpperCase() : '';
  if (/^(?:[0-9A-F]{40}|[0-9A-F]{64})$/.test(fingerprint)) return fingerprint;
  throw badValue(place, 'the whole fingerprint of a key, 40 or 64 hex digits', value);
};

/** Keeps the text as written. A date alone means the end of that day. */
const readDate: Reader<string> = (value, place) => {
  if (typeof value === 'string' && parseDate(value) !== null) return value;
  throw badValue(place, 'a date (2020-12-31) or a time (2020-12-31T23:59:59Z)', value);
};

/** Returns milliseconds since 1970 (UTC) for text that {@link readDate} accepts, else null. */
export function parseDate(text: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?Z)?$/.test(text)) return null;
  const ms = Date.parse(text.includes('T') ? text : `${text}T23:59:59.999Z`);
  // Date.parse takes 31 February for 2 March.
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== text.slice(0, 10) ? null : ms;
}

/** A fingerprint, or `none` for an artifact that may lack a signature from now on. */
const readAcceptedSigner: Reader<string> = (value, place) => (value === 'none' ? value : readFingerprint(value, place));

const readSigners: Reader<Readonly<Record<string, string>>> = (value, place) => {
  const signers = record(readAcceptedSigner, 'an object {"GROUP:ARTIFACT": "FINGERPRINT"}')(value, place);
  for (const name of Object.keys(signers)) {
    if (!/^[^\s:/]+:[^\s:/]+$/.test(name)) throw badValue({ ...place, key: `${place.key} (a key)` }, 'GROUP:ARTIFACT', name);
  }
  return signers;
};

const readRule = object<TrustRule>(
  {
    group: readGroupPattern,
    level: readLevel,
    checksums: readChecksums,
    signatures: readSignatures,
    signers: list(readFingerprint, 'fingerprints'),
    weak: oneOf(weakPolicies),
    weakUntil: readDate,
  },
  ['group'],
  'an object {"group", …}',
);

/** Checks the form alone: the code that reads keys is loaded only if there are audits. */
const readNoteKey: Reader<string> = (value, place) => {
  if (typeof value === 'string' && /^[^\s+]{1,200}\+[0-9a-f]{8}\+[A-Za-z0-9+/]{43,45}=?$/.test(value)) return value;
  throw badValue(place, 'a key NAME+ID+BASE64, as the maker of the audit publishes it');
};

const readTrustedAudit = object<TrustedAudit>(
  {
    url: secretText('the URL or the file of a note'),
    key: readNoteKey,
    operator: text('the name of an operator', 200),
    maxAgeDays: integer(1, 90),
  },
  ['url', 'key', 'operator'],
  'an object {"url", "key", "operator"}',
);

export const readTrust = object<TrustOptions>(
  {
    level: readLevel,
    checksums: readChecksums,
    quorum: integer(2, 16),
    acceptMirrorChecksums: flag,
    compareRepositories: oneOf(comparisonModes),
    trustedChecksums: readFiles,
    signatures: readSignatures,
    model: readTrustModel,
    keyrings: readFiles,
    weak: oneOf(weakPolicies),
    weakUntil: readDate,
    webOfTrust: object<WebOfTrustOptions>(
      { completes: integer(1, 100), marginals: integer(2, 100), depth: integer(1, 255) },
      [],
      'an object {"completes", "marginals", "depth"}',
    ),
    keyMaps: readFiles,
    signatureStores: list(secretText('a URL or a folder'), 'URLs or folders'),
    acceptSigners: readSigners,
    audits: list(readTrustedAudit, 'audits {"url", "key", "operator"}'),
    rules: list(readRule, 'rules {"group", …}'),
  },
  [],
  'an object {"level", …}',
);
