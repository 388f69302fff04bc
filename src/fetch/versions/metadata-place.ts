/** Relates the path of metadata to the repositories that may be asked for it, and to the names that it must have inside. */
import { ClojarsFetchError } from '../../base/error.js';
import type { MetadataPath } from '../../maven/coordinate/metadata-path.js';
import type { WrittenMetadata } from '../../maven/metadata/format.js';
import type { MetadataSubject } from '../../maven/metadata/metadata.js';
import { repositoriesFor } from '../../network/mirrors/order.js';
import type { Repository } from '../../network/mirrors/repository.js';
import type { Route } from '../context.js';
import type { RollbackSubject } from './rollback.js';

/** The readings of the path for which the repository may be asked. */
export interface AdmittedParts {
  /** Versions or builds. */
  readonly artifact: boolean;
  readonly plugins: boolean;
}

/**
 * A group may be bound to another repository: then this one has no say about it, and does not learn its names.
 * @throws ClojarsFetchError ERR_NOT_FOUND if the repository may not be asked at all
 */
export function admittedParts(route: Route, repository: Repository, path: string, place: MetadataPath): AdmittedParts {
  const { artifact, snapshot, pluginGroup } = place;
  const isKnown = route.repositories.some(({ id }) => id === repository.id);
  const repositories = isKnown ? route.repositories : [...route.repositories, repository];
  const serves = (group: string): boolean =>
    (snapshot === null ? [false, true] : [true]).some((isSnapshot) =>
      repositoriesFor(group, isSnapshot, repositories, route.repoFor).some((candidate) => candidate.repository.id === repository.id),
    );
  const parts = { artifact: artifact !== null && serves(artifact.group), plugins: pluginGroup !== null && serves(pluginGroup) };
  if (!parts.artifact && !parts.plugins) throw notAsked(repository, path);
  return parts;
}

/** Drops what the repository has no say about. Returns the same object if that is nothing. */
export function onlyAdmitted(metadata: WrittenMetadata, { artifact, plugins }: AdmittedParts): WrittenMetadata {
  const hidesPlugins = !plugins && metadata.plugins.length > 0;
  const { versions, snapshot, snapshotVersions, latest, release } = metadata;
  const hidesVersions = !artifact && [...versions, ...snapshotVersions, snapshot, latest, release].some((one) => one !== null);
  if (!hidesPlugins && !hidesVersions) return metadata;
  const withoutVersions = { versions: [], latest: null, release: null, snapshot: null, snapshotVersions: [] };
  return { ...metadata, ...(hidesVersions ? withoutVersions : {}), plugins: hidesPlugins ? [] : metadata.plugins };
}

/** The names that the file must have inside. */
export function subjectOf({ artifact, snapshot, pluginGroup }: MetadataPath): MetadataSubject {
  return {
    group: artifact?.group ?? pluginGroup ?? undefined,
    artifact: artifact?.name,
    version: snapshot ?? undefined,
    pluginGroup: pluginGroup ?? undefined,
  };
}

/** Marks are kept by repository, since another repository may list more versions. */
export function rollbackSubject({ id }: Repository, path: string, { artifact, snapshot, pluginGroup }: MetadataPath): RollbackSubject {
  const name = artifact === null ? (pluginGroup ?? '') : [artifact.group, artifact.name, snapshot].filter(Boolean).join(':');
  return { key: `${id} ${name}`, subject: name, group: artifact?.group ?? name, artifact: artifact?.name ?? '', path };
}

function notAsked({ id }: Repository, path: string): ClojarsFetchError {
  return new ClojarsFetchError('ERR_NOT_FOUND', {
    reason: 'absent',
    coordinate: path,
    message: `${path}: ${id} is not asked for it, since the group is bound to another repository or ${id} serves no such versions`,
    hint: `If the group belongs to ${id}, bind it with --repo-for GROUP=${id}.`,
  });
}
