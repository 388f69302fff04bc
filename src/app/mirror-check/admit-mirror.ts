/** Holds a candidate for a list of mirrors against the conditions of docs/admission.md. */
import { ClojarsFetchError } from '../../base/error.js';
import type { ClientOptions } from '../../local/settings/client-options.js';
import type { Mirror, Repository } from '../../network/mirrors/repository.js';
import { parseRepositoryUrl, redactUrl } from '../../network/mirrors/repository-url.js';
import type { MirrorCheckOptions } from './check-options.js';
import { describeMirror, pastCheckOf } from './describe-mirror.js';
import { withCheck } from './open-check.js';
import { type AdmissionCondition, holdAgainstConditions, isAdmissible } from './verdict/admission.js';
import { extendHistory } from './verdict/history.js';
import type { CheckedMirror, ReleaseSample } from './verdict/model.js';

/** The result of {@link admitMirror}. */
export interface MirrorAdmission {
  /** The candidate. */
  readonly url: string;
  /** Whether it meets every condition but the recommendations. */
  readonly admitted: boolean;
  readonly conditions: readonly AdmissionCondition[];
  readonly mirror: CheckedMirror;
  /** ISO 8601, by the clock of the canonical operator if it tells the time. */
  readonly checkedAt: string;
  readonly seed: number;
  readonly sample: ReleaseSample;
  /** Sentences for a person about what could not be checked; not escaped. */
  readonly warnings: readonly string[];
}

/**
 * Checks a candidate as a mirror of Clojars, or of the only repository in effect, and says which conditions it meets.
 *
 * @param candidate its base URL
 * @throws {ClojarsFetchError} as {@link checkMirrors}. A candidate that is not admitted is not an error.
 */
export async function admitMirror(candidate: string, options: ClientOptions & MirrorCheckOptions = {}): Promise<MirrorAdmission> {
  return withCheck(options, redactUrl(candidate), async ({ configuration, seed, checkOf, history, signal }) => {
    const { url, credentials } = parseRepositoryUrl(candidate, 'the candidate', configuration.allowHttp);
    const repository = repositoryOf(configuration.repositories);
    history?.read();
    const check = checkOf(repository);
    const examined = await check.examine(asMirror(url, credentials ?? undefined), true);
    const nowMs = check.now();
    const latest = new Map([[url.href, pastCheckOf(examined, nowMs)]]);
    const past = history === null ? null : await history.extend((checks) => extendHistory(checks, latest, nowMs), signal);
    const conditions = holdAgainstConditions(url, examined.findings, examined.judgement);
    return {
      url: url.href,
      admitted: isAdmissible(conditions),
      conditions,
      mirror: describeMirror(repository.id, examined, { history: past, audit: new Map() }, nowMs),
      checkedAt: new Date(nowMs).toISOString(),
      seed,
      sample: await check.sample(),
      warnings: [...configuration.warnings, ...(await check.warnings())],
    };
  });
}

/** Treats the candidate as a stranger, also one that is on the list already. */
function asMirror(url: URL, credentials: Mirror['credentials']): Mirror {
  return { url, credentials, operator: null, canonical: false, trusted: false, lastResort: false, priority: 1 };
}

function repositoryOf(repositories: readonly Repository[]): Repository {
  const found = repositories.find(({ id }) => id === 'clojars') ?? (repositories.length === 1 ? repositories[0] : undefined);
  if (found !== undefined) return found;
  throw new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    message: 'it is not clear which repository the candidate mirrors',
    hint: 'Name the repository as the only one, with --repo ID=URL.',
  });
}
