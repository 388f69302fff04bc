/** Turns a user's description of a repository into the repository with its prioritized list of mirrors. */
import { ClojarsFetchError } from '../../base/error.js';
import { isGroupPattern } from '../../maven/coordinate/group-pattern.js';
import type { Credentials, Login } from '../transport/contract/transport.js';
import { builtInRepositories, type BuiltInRepository, findBuiltIn } from './built-in.js';
import type { Mirror, Repository } from './repository.js';
import type { AuthOptions, MirrorOptions, RepositoryOptions, SecretValue } from './repository-options.js';
import { parseRepositoryUrl, settingOf } from './repository-url.js';

/** Priority of a built-in second origin, and of a built-in third party. */
const secondOriginPriority = 10;
const lastResortPriority = 1000;
/** Priority of a mirror that the user lists without one: after the canonical URL (0). */
const listedPriority = 1;

/** Context in which a description of a repository is read. */
export interface RepositoryContext {
  /** Names the description in errors, e.g. `/home/me/config.json: repositories[0]`. Default: `repositories`. */
  readonly where?: string | undefined;
  /** Hosts that plain http may be used with. */
  readonly allowHttp?: readonly string[] | undefined;
  /** Environment for `{ env: 'NAME' }` secrets. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/**
 * Checks an id by Maven's rule, and for characters that would break a line of `_remote.repositories`.
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-value`.
 */
export function verifyRepositoryId(id: string, where: string): void {
  // Maven's DefaultModelValidator.ILLEGAL_REPO_ID_CHARS; '=' and '>' separate the fields of _remote.repositories.
  if (id !== 'local' && id.length <= 128 && id.trim() === id && /^(?!\.{1,2}$)[^\\/:"<>|?*=\u0000-\u001f\u007f-\u009f]+$/.test(id)) return;
  throw new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    setting: settingOf(where),
    message: `${where} is not a repository id: ${JSON.stringify(id.slice(0, 60))}`,
    hint: 'An id has no \\ / : " < > | ? * = and no control characters, at most 128 characters, and is not "local".',
  });
}

/**
 * Creates the repository that `options` describe. Removes credentials from URLs, adds the canonical URL as a mirror, and
 * sorts the mirrors by priority (equal ones stay as written).
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-value` or `insecure-url`.
 */
export function createRepository(options: RepositoryOptions, context: RepositoryContext = {}): Repository {
  const where = context.where ?? 'repositories';
  verifyRepositoryId(options.id, `${where}.id`);
  const { url, credentials } = parseRepositoryUrl(options.url, `${where}.url`, context.allowHttp);
  const builtIn = findBuiltIn(options.id, url);
  const operator = options.operator ?? builtIn?.operator ?? (url.host === '' ? `file:${options.id}` : url.hostname);
  const ownCredentials = options.auth === undefined ? credentials : resolveAuth(options.auth, `${where}.auth`, context.env);
  const listed = (options.mirrors ?? []).map((mirror, index) => createMirror(mirror, { ...context, where: `${where}.mirrors[${index}]` }));
  const mirrors: Mirror[] = [
    { url, operator, canonical: true, trusted: true, lastResort: false, priority: 0, ...present(ownCredentials) },
    ...listed.map((mirror) => lendCredentials(mirror, url, ownCredentials)),
    ...(builtIn === null ? [] : builtInMirrors(builtIn)),
  ];
  for (const [index, pattern] of (options.groups ?? []).entries()) {
    if (!isGroupPattern(pattern)) {
      throw new ClojarsFetchError('ERR_CONFIG', {
        reason: 'bad-value',
        setting: settingOf(`${where}.groups[${index}]`),
        message: `${where}.groups[${index}] is not a group pattern: ${JSON.stringify(pattern.slice(0, 60))}`,
        hint: 'Write a group (org.clojure), all groups beneath one (org.clojure.*), or *.',
      });
    }
  }
  return {
    id: options.id,
    url,
    operator,
    mirrors: arrangeMirrors(mirrors),
    releases: options.releases ?? true,
    snapshots: options.snapshots ?? builtIn?.snapshots ?? true,
    groups: options.groups === undefined ? null : [...options.groups],
    trackingId: options.id,
  };
}

/** Creates the default repositories: Central, then Clojars, with their built-in mirrors. */
export function createDefaultRepositories(): readonly Repository[] {
  return builtInRepositories.map((builtIn) => createRepository({ id: builtIn.id, url: builtIn.url }));
}

/**
 * Creates a mirror that a user lists.
 * @throws {ClojarsFetchError} `ERR_CONFIG`, `bad-value` or `insecure-url`.
 */
export function createMirror(mirror: string | MirrorOptions, context: RepositoryContext = {}): Mirror {
  const where = context.where ?? 'mirrors';
  const options: MirrorOptions = typeof mirror === 'string' ? { url: mirror } : mirror;
  const { url, credentials } = parseRepositoryUrl(options.url, typeof mirror === 'string' ? where : `${where}.url`, context.allowHttp);
  const own = options.auth === undefined ? credentials : resolveAuth(options.auth, `${where}.auth`, context.env);
  return {
    url,
    operator: options.operator ?? null,
    canonical: false,
    trusted: options.trusted ?? true,
    lastResort: false,
    priority: options.priority ?? listedPriority,
    ...present(own),
  };
}

/**
 * Returns `repository` with more mirrors. A new description replaces an earlier one of the same URL, except that of the
 * canonical URL; see {@link arrangeMirrors}.
 */
export function addMirrors(repository: Repository, mirrors: readonly Mirror[]): Repository {
  const isCanonicalUrl = (mirror: Mirror): boolean => mirror.url.href === repository.url.href;
  const canonicalUrl = repository.mirrors.filter(isCanonicalUrl);
  const credentials = canonicalUrl[0]?.credentials ?? null;
  const lent = mirrors.map((mirror) => lendCredentials(mirror, repository.url, credentials));
  const others = repository.mirrors.filter((mirror) => !isCanonicalUrl(mirror));
  return { ...repository, mirrors: arrangeMirrors([...canonicalUrl, ...lent, ...others]) };
}

/**
 * Returns one entry per URL, sorted by priority; equal ones keep their order. If several have the same URL, the first
 * counts; if it does not name an operator, the operator of a later one does.
 */
export function arrangeMirrors(mirrors: readonly Mirror[]): readonly Mirror[] {
  const distinct = new Map<string, Mirror>();
  for (const mirror of mirrors) {
    const first = distinct.get(mirror.url.href);
    const operator = first?.operator ?? mirror.operator;
    const canonical = first?.canonical === true || (mirror.canonical && operator === mirror.operator);
    distinct.set(mirror.url.href, { ...(first ?? mirror), operator, canonical });
  }
  return [...distinct.values()].sort((a, b) => a.priority - b.priority);
}

function builtInMirrors(builtIn: BuiltInRepository): Mirror[] {
  const canonicalUrl: Mirror = {
    url: new URL(builtIn.url),
    operator: builtIn.operator,
    canonical: true,
    trusted: true,
    lastResort: false,
    priority: secondOriginPriority,
  };
  const others = builtIn.mirrors.map(({ url, operator, canonical }): Mirror => ({
    url: new URL(url),
    operator,
    canonical,
    trusted: canonical,
    lastResort: !canonical,
    priority: canonical ? secondOriginPriority : lastResortPriority,
  }));
  return [canonicalUrl, ...others];
}

/** Gives the repository's credentials to mirrors of the same origin, and to no other. */
function lendCredentials(mirror: Mirror, origin: URL, credentials: Credentials | null): Mirror {
  if (mirror.credentials !== undefined || credentials === null) return mirror;
  // A folder and a bucket have no origin.
  if (origin.origin === 'null' || mirror.url.origin !== origin.origin) return mirror;
  return { ...mirror, credentials };
}

function present(credentials: Credentials | null): { credentials?: Credentials | undefined } {
  return credentials === null ? {} : { credentials };
}

function resolveAuth(auth: AuthOptions, where: string, env: RepositoryContext['env']): Login {
  const credentials: Login =
    'token' in auth
      ? { kind: 'bearer', token: resolveSecret(auth.token, `${where}.token`, env) }
      : { kind: 'basic', username: auth.username, password: resolveSecret(auth.password, `${where}.password`, env) };
  const parts = credentials.kind === 'basic' ? [credentials.username, credentials.password] : [credentials.token];
  // A line break would start another header; a colon would end the user name (RFC 7617 section 2).
  if (parts.some((part) => /[\u0000-\u001f\u007f]/.test(part)) || (credentials.kind === 'basic' && credentials.username.includes(':'))) {
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'bad-value',
      setting: settingOf(where),
      message: `${where} cannot be sent: control characters, or a colon in the user name`,
      hint: 'Look for a stray line break at the end of the secret.',
    });
  }
  return credentials;
}

function resolveSecret(secret: SecretValue, where: string, env: RepositoryContext['env']): string {
  if (typeof secret === 'string') return secret;
  const value = env !== undefined && Object.hasOwn(env, secret.env) ? env[secret.env] : undefined;
  if (value !== undefined && value !== '') return value;
  throw new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    setting: settingOf(where),
    message: `${where}: the environment variable ${JSON.stringify(secret.env.slice(0, 60))} is not set`,
    hint: 'Set the variable, or leave auth out.',
  });
}
