/**
 * Applies the mirrors and servers of settings.xml to the repositories.
 *
 * A company's repository manager is a boundary: if a `<mirror>` covers a repository, the repository's own URLs are no longer asked, even if
 * the mirror is down.
 */
import { ClojarsFetchError } from '../../../base/error.js';
import { addMirrors, createMirror, type RepositoryContext, verifyRepositoryId } from '../../../network/mirrors/mirror-list.js';
import type { Mirror, Repository } from '../../../network/mirrors/repository.js';
import { redactUrl } from '../../../network/mirrors/repository-url.js';
import type { Credentials } from '../../../network/transport/contract/transport.js';
import { unresolvedIn } from './interpolate.js';
import { selectMirror } from './mirror-pattern.js';
import type { SettingsServer } from './server.js';
import type { SettingsMirror } from './settings-xml.js';

export interface ApplyMirrorsOptions extends RepositoryContext {
  /** Credentials, by repository or mirror id. */
  readonly servers?: readonly SettingsServer[] | undefined;
  /** Mirrors of our own configuration, by repository id. They are kept. */
  readonly own?: ReadonlyMap<string, readonly Mirror[]> | undefined;
}

/**
 * Gives each covered repository the mirror's URL as its canonical URL, the operator `mirror:<id>` (which now stands for
 * the canonical operator: its 404 is believed, its checksums are the origin's), and the mirror's id as `trackingId`. A
 * repository covered by a `<blocked>` mirror gets no mirrors, and the reason in `blocked`.
 * @throws {ClojarsFetchError} `ERR_CONFIG`: a mirror that is used has a bad id or URL, or plain http.
 */
export function applyMirrors(
  repositories: readonly Repository[],
  mirrors: readonly SettingsMirror[],
  options: ApplyMirrorsOptions = {},
): readonly Repository[] {
  return repositories.map((repository) => {
    const own = options.own?.get(repository.id) ?? [];
    const mirror = selectMirror(repository, mirrors);
    if (mirror === null) return addMirrors(addServer(repository, repository.id, options.servers), own);
    const where = `${options.where ?? 'settings.xml'}: <mirror> ${JSON.stringify(mirror.id.slice(0, 60))}`;
    verifyRepositoryId(mirror.id, `${where}: <id>`);
    if (mirror.blocked) {
      const blocked = `${where} blocks it${mirror.url === '' ? '' : ` (${redactUrl(mirror.url)})`}`;
      return { ...repository, mirrors: [], trackingId: mirror.id, blocked };
    }
    const unset = unresolvedIn(mirror.url);
    if (unset !== undefined) throw unsetProperty(`${where}: <url>`, unset);
    const operator = `mirror:${mirror.id}`;
    const place = createMirror(mirror.url, { ...options, where: `${where}: <url>` });
    const covered: Repository = {
      ...repository,
      url: place.url,
      operator,
      mirrors: [{ ...place, operator, canonical: true, priority: 0 }],
      trackingId: mirror.id,
    };
    return addMirrors(addServer(covered, mirror.id, options.servers), own);
  });
}

/** Gives the server's credentials to the canonical URL, unless it has some (our own configuration is stronger). */
function addServer(repository: Repository, id: string, servers: readonly SettingsServer[] = []): Repository {
  const server = servers.find((candidate) => candidate.id === id);
  const credentials = server === undefined ? null : credentialsOf(server);
  if (credentials === null || repository.url.protocol === 'file:') return repository;
  // Buckets have no origin: only the same one gets the credentials.
  const isSameOrigin = ({ href, origin }: URL): boolean =>
    origin === 'null' ? href === repository.url.href : origin === repository.url.origin;
  return {
    ...repository,
    mirrors: repository.mirrors.map((mirror) =>
      mirror.credentials === undefined && isSameOrigin(mirror.url) ? { ...mirror, credentials } : mirror,
    ),
  };
}

function credentialsOf({ username, password, headers }: SettingsServer): Credentials | null {
  const login = password === null || username === '' ? null : ({ kind: 'basic', username, password } as const);
  return headers === undefined ? login : { kind: 'headers', headers, login };
}

/** Creates the error for a URL with a property that has no value: it would lead to a host or folder of that literal name. */
function unsetProperty(where: string, expression: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_CONFIG', {
    reason: 'bad-value',
    setting: 'mirrors',
    message: `${where} uses ${JSON.stringify(expression)}, which is not set`,
    hint: 'Set it, or remove the mirror from settings.xml.',
  });
}
