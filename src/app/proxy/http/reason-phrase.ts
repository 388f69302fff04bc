/**
 * The reason phrase of a problem. Maven and Leiningen print it, and never a body: so it says what happened and what to type. It consists of
 * fixed words and the hosts of configured mirrors; no text of a server reaches it.
 */
import type { Attempt, AttemptOutcome } from '../../../base/error.js';
import { hostOfUrl } from './mirror-host.js';
import type { KnownRepositories, Problem } from './problem.js';

const maxLength = 120;

/** Formats the reason phrase: printable ASCII, at most 120 characters. */
export function reasonPhrase(problem: Problem): string {
  const phrase = phraseOf(problem).replace(/[^\x20-\x7e]+/g, '?');
  if (phrase.length <= maxLength) return phrase;
  // The command to type comes last, and stays whole.
  const remedy = / \([^()]*\)$/.exec(phrase)?.[0] ?? '';
  return `${phrase.slice(0, Math.max(0, maxLength - remedy.length - 3))}...${remedy}`.slice(0, maxLength);
}

function phraseOf(problem: Problem): string {
  const { code, reason } = problem;
  switch (code) {
    case 'ERR_CHECKSUM':
      return `refused: ${checksumPhrase(problem)} (clojars-fetch doctor)`;
    case 'ERR_SIGNATURE':
      return `refused: ${signaturePhrases[reason] ?? 'its signature does not count'} (clojars-fetch verify)`;
    case 'ERR_QUORUM':
      return `refused: ${reason === 'disagreement' ? 'operators disagree on its checksum' : 'too few operators vouch for it'} (clojars-fetch doctor)`;
    case 'ERR_LOCKFILE':
      return `refused: ${lockfilePhrases[reason] ?? 'the lockfile does not allow it'} (clojars-fetch lock)`;
    case 'ERR_NOT_FOUND':
      return notFoundPhrase(problem);
    case 'ERR_UNREACHABLE':
      if (reason === 'loop') return loopPhrase;
      return `out of reach: ${unreachablePhrase(problem)} (clojars-fetch doctor)`;
    case 'ERR_OFFLINE':
      return 'not in the cache, and the proxy is offline (start it without --offline)';
    case 'ERR_LOCAL_REPOSITORY':
      return localPhrases[reason] ?? 'the cache folder cannot be used (clojars-fetch doctor)';
    case 'ERR_LIMIT':
      return `refused: larger than any file may be, from ${hostOf(last(problem.attempts)) ?? 'its mirror'} (clojars-fetch doctor)`;
    case 'ERR_POM':
      return `refused: the POM or metadata cannot be read, from ${hostOf(last(problem.attempts)) ?? 'its mirror'} (clojars-fetch doctor)`;
    default:
      return otherPhrases[`${code} ${reason}`] ?? statusPhrases[problem.status] ?? 'the request failed';
  }
}

const signaturePhrases: Readonly<Record<string, string>> = {
  bad: 'its signature is bad',
  malformed: 'its signature is malformed',
  revoked: 'its signing key is revoked',
  missing: 'it is not signed',
  unreachable: 'its signature is out of reach',
  'unknown-key': 'its signer is unknown',
  untrusted: 'its signer is not trusted',
  expired: 'its signing key had expired',
  weak: 'its signature is weak',
  'signer-changed': 'its signer has changed',
  'signer-lost': 'it is no longer signed',
  'wrong-coordinate': 'its signature is for another artifact',
};

const lockfilePhrases: Readonly<Record<string, string>> = {
  stale: 'it is not in the lockfile',
  mismatch: 'it differs from the lockfile',
  malformed: 'the lockfile cannot be read',
  'metadata-rollback': 'the metadata is older than before',
};

const localPhrases: Readonly<Record<string, string>> = {
  full: 'no space left for the cache (free space, or change --cache-size)',
  locked: 'the cache folder is in use by another process',
  corrupt: 'the cache folder is damaged (clojars-fetch proxy check)',
  unwritable: 'the cache folder cannot be written',
};

const loopPhrase = 'the proxy is its own mirror (clojars-fetch doctor)';

const otherPhrases: Readonly<Record<string, string>> = {
  'ERR_CONFIG not-bound': 'not one repository without group bindings: ask each by its path (see /), or bind groups (--repo-for)',
  'ERR_ABORTED signal': 'the proxy is stopping',
  'ERR_COORDINATE unsafe-path': 'the path is not safe',
  'ERR_COORDINATE malformed': 'the path is not a path of a Maven repository',
  'ERR_COORDINATE too-long': 'the path is too long',
  'ERR_REQUEST method': 'only GET and HEAD are answered',
  'ERR_REQUEST host': 'the Host header names another host',
  'ERR_REQUEST origin': 'requests from web pages are refused',
  'ERR_REQUEST loop': loopPhrase,
  'ERR_REQUEST body': 'a GET request must not have a body',
};

const statusPhrases: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  404: 'Not Found',
  408: 'Request Timeout',
  409: 'Conflict',
  431: 'Request Header Fields Too Large',
  500: 'the proxy failed (see its log)',
};

function checksumPhrase({ reason, detail, attempts }: Problem): string {
  const algorithm = /\b(sha1|sha256|sha512|md5) [0-9a-f]{32,128}\b/.exec(detail)?.[1] ?? 'checksum';
  switch (reason) {
    case 'mismatch':
      return `${algorithm} differs from ${publisherIn(detail) ?? hostOf(last(attempts, 'checksum-mismatch')) ?? 'the published one'}`;
    case 'changed':
      return 'this release has changed since it was first seen';
    case 'weak':
      return 'its only checksum is md5';
    case 'malformed':
      return `no usable checksum at ${hostOf(last(attempts)) ?? 'its mirror'}`;
    default:
      return `no checksum at ${hostOf(last(attempts)) ?? 'its mirror'}`;
  }
}

/** Reads the mirror whose checksum differs from the verifier's sentence. Paths and coordinates contain no spaces, so they cannot imitate it. */
function publisherIn(detail: string): string | undefined {
  return hostOfUrl(/ checksum of (https?:\/\/[^\s,]+)/.exec(detail)?.[1]);
}

function notFoundPhrase({ reason, attempts, repositories }: Problem): string {
  switch (reason) {
    case 'absent': {
      const host = hostOf(last(attempts, 'not-found'));
      return host === undefined ? 'not found' : `not found: ${host} does not have it`;
    }
    case 'withdrawn-or-unpublished':
      return 'not found: withdrawn or unpublished, only another mirror has it';
    case 'unknown-repository':
      return unknownRepositoryPhrase(repositories);
    case 'not-maven':
      return 'not found: not a path of a Maven repository';
    case 'version':
      return 'not found: the path needs an exact version, not RELEASE, LATEST or a range';
    default:
      return 'not found';
  }
}

/** Names as many repositories as there is room for, the one that was probably meant first. */
function unknownRepositoryPhrase({ names, nearest }: KnownRepositories = { names: [], nearest: undefined }): string {
  const beginning = 'not found: no repository of this name';
  if (names.length === 0) return `${beginning} (see /)`;
  const question = nearest === undefined ? '; there are' : `, did you mean /${nearest}/? There are`;
  let list = '';
  for (const [index, name] of names.entries()) {
    const more = `${list} /${name}/`;
    if (beginning.length + question.length + more.length > maxLength - (index < names.length - 1 ? moreOfThem.length : 0)) {
      return list === '' ? `${beginning}${question} others${moreOfThem}` : `${beginning}${question}${list}${moreOfThem}`;
    }
    list = more;
  }
  return `${beginning}${question}${list}`;
}

const moreOfThem = ' ... (see /)';

const outcomePhrases: Partial<Record<AttemptOutcome, string>> = {
  refused: 'refuses connections',
  reset: 'broke the connection',
  dns: 'has no address',
  tls: 'has no valid certificate',
  timeout: 'does not answer',
  stalled: 'stopped in the middle',
  truncated: 'sent too little',
  'not-maven': 'sent a web page',
  redirect: 'redirects in a way that is not followed',
};

/** Names the last mirror that failed: the status that it sent is a number, and everything else is our word for it. */
function unreachablePhrase({ attempts }: Problem): string {
  const attempt = last(attempts);
  const host = hostOf(attempt);
  if (attempt === undefined || host === undefined) return 'no mirror answers';
  if (attempt.outcome === 'status' && attempt.status === 404) return `${host} cannot reach its own upstream`;
  if (attempt.outcome === 'status' && attempt.status !== null) return `${host} answers ${attempt.status}`;
  return `${host} ${outcomePhrases[attempt.outcome] ?? 'gives no usable answer'}`;
}

function last(attempts: readonly Attempt[] | undefined, outcome?: AttemptOutcome): Attempt | undefined {
  return attempts?.findLast((attempt) =>
    outcome === undefined ? attempt.outcome !== 'aborted' && attempt.outcome !== 'ok' : attempt.outcome === outcome,
  );
}

function hostOf(attempt: Attempt | undefined): string | undefined {
  return hostOfUrl(attempt?.mirror);
}
