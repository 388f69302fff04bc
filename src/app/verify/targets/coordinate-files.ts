/** Finds the files of a coordinate in the local repository. If there are none, explains what is there instead. */
import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';

import { lookAt } from '../../../base/disk/stat-file.js';
import { ClojarsFetchError } from '../../../base/error.js';
import { nearestWord } from '../../../base/nearest-word.js';
import type { Context } from '../../../fetch/context.js';
import type { ArtifactCoordinate } from '../../../maven/coordinate/coordinate.js';
import { formatCoordinate } from '../../../maven/coordinate/format.js';
import { artifactPath } from '../../../maven/coordinate/path.js';
import { classifyVersion } from '../../../maven/version/request.js';
import { baseVersion } from '../../../maven/version/snapshot.js';
import type { FoundArtifact } from '../checks/found-artifact.js';
import { createWalkNotes, walkArtifacts } from './walk.js';

/** The local files of a coordinate. */
export interface CoordinateFiles {
  readonly artifacts: readonly FoundArtifact[];
  readonly warnings: readonly string[];
}

/**
 * Returns the artifact and its POM; every local version if the coordinate names no version; every build of a snapshot.
 * @throws ClojarsFetchError ERR_NOT_FOUND, `absent`, with a hint about what is there instead; ERR_RANGE for a range or a selector
 */
export async function filesOfCoordinate(context: Context, coordinate: ArtifactCoordinate): Promise<CoordinateFiles> {
  const kind = classifyVersion(coordinate.version);
  const any = coordinate.version === 'RELEASE' || coordinate.version === 'LATEST';
  if (!any && kind !== 'exact' && kind !== 'snapshot') {
    throw new ClojarsFetchError('ERR_RANGE', {
      reason: 'no-match',
      coordinate: formatCoordinate(coordinate),
      message: `${formatCoordinate(coordinate)}: a range does not name a file`,
      hint: `Name a version, or leave it out to verify every local version of ${coordinate.group}:${coordinate.artifact}.`,
    });
  }
  const folder = dirname(dirname(artifactPath({ ...coordinate, version: any ? '0' : coordinate.version })));
  const start = any ? folder : `${folder}/${baseVersion(coordinate.version)}`;
  const found: FoundArtifact[] = [];
  const notes = createWalkNotes();
  if (lookAt(context.store.local.file(start))?.isDirectory() === true) {
    for await (const one of walkArtifacts(context.store.local.root, start, notes, context.run.signal)) {
      const { group, artifact, version, classifier, extension } = one.coordinate;
      if (group !== coordinate.group || artifact !== coordinate.artifact) continue;
      if (!any && version !== coordinate.version && !(kind === 'snapshot' && baseVersion(version) === coordinate.version)) continue;
      const isPom = extension === 'pom' && classifier === '';
      if (isPom || (extension === coordinate.extension && classifier === coordinate.classifier)) found.push(one);
    }
  }
  const wanted = found.filter(({ coordinate: one }) => one.extension === coordinate.extension && one.classifier === coordinate.classifier);
  if (wanted.length === 0 && !(any && found.length > 0)) throw await absent(context, coordinate, any, found);
  const hasPom = coordinate.extension === 'pom' || found.some(({ coordinate: one }) => one.extension === 'pom');
  return { artifacts: found, warnings: hasPom ? [] : [`${formatCoordinate(coordinate)} has no POM in the local repository`] };
}

async function absent(
  context: Context,
  coordinate: ArtifactCoordinate,
  any: boolean,
  others: readonly FoundArtifact[],
): Promise<ClojarsFetchError> {
  const { group, artifact, version } = coordinate;
  const { root } = context.store.local;
  const subject = any ? `${group}:${artifact}` : formatCoordinate(coordinate);
  const command = `'clojars-fetch ${group}/${artifact}${any ? '' : ` ${version}`}'`;
  const present = await whatIsThere(context, coordinate, others);
  const hint =
    present === null
      ? ((await similarName(context, coordinate)) ?? `Check its name, or fetch it with ${command}.`)
      : `${present} Fetch it with ${command}.`;
  return new ClojarsFetchError('ERR_NOT_FOUND', {
    reason: 'absent',
    coordinate: subject,
    message: `${subject} is not in the local repository ${root}`,
    hint,
  });
}

/** Names other files of the version, else other versions; null if there are none. */
async function whatIsThere(
  context: Context,
  { group, artifact }: ArtifactCoordinate,
  others: readonly FoundArtifact[],
): Promise<string | null> {
  const names = others.slice(0, 5).map(({ path }) => path.slice(path.lastIndexOf('/') + 1));
  if (names.length > 0) return `Of this version, the local repository has ${names.join(', ')}.`;
  const versions = await foldersIn(context, `${group.replaceAll('.', '/')}/${artifact}`);
  return versions.length === 0 ? null : `The local repository has ${versions.slice(-8).join(', ')}.`;
}

/** Suggests an artifact of the group with a similar name, else a group with a similar last part. */
async function similarName(context: Context, { group, artifact }: ArtifactCoordinate): Promise<string | null> {
  const near = nearestWord(artifact, await foldersIn(context, group.replaceAll('.', '/')));
  if (near !== undefined) return `Did you mean '${group}/${near}'?`;
  const parts = group.split('.');
  const last = parts.pop() ?? '';
  const nearGroup = nearestWord(last, await foldersIn(context, parts.join('/')));
  if (nearGroup === undefined || nearGroup === last) return null;
  return `Did you mean '${[...parts, nearGroup].join('.')}/${artifact === group ? nearGroup : artifact}'?`;
}

async function foldersIn({ store: { local } }: Context, path: string): Promise<string[]> {
  const entries = await readdir(path === '' ? local.root : local.file(path), { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort();
}
