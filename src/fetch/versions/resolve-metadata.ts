/**
 * Resolves the `maven-metadata.xml` of one repository by its path, as bytes: the versions of an artifact, the builds of a snapshot, or the
 * plugins of a group. The rules are those of `listVersions`: authority, a quorum for what only untrusted mirrors list, and no way back in
 * time.
 */
import { ClojarsFetchError } from '../../base/error.js';
import { type MetadataPath, parseMetadataPath } from '../../maven/coordinate/metadata-path.js';
import { coordinateError } from '../../maven/coordinate/validate.js';
import { type BelievedMetadata, believeMetadata } from '../../maven/metadata/document.js';
import { formatMetadata, type WrittenMetadata } from '../../maven/metadata/format.js';
import type { MergedMetadata } from '../../maven/metadata/merge.js';
import { type Metadata, type MetadataSubject, parseMetadata } from '../../maven/metadata/metadata.js';
import { MetadataError } from '../../maven/metadata/metadata-error.js';
import { compareVersions } from '../../maven/version/order.js';
import { verifyNotBlocked } from '../../network/mirrors/order.js';
import type { Repository } from '../../network/mirrors/repository.js';
import type { KeptAnswer } from '../../network/mirrors/request.js';
import type { Validator } from '../../network/transport/contract/validator.js';
import type { Context } from '../context.js';
import { absent, unreachable } from '../repositories/failure.js';
import { type FetchedMetadata, fetchMetadata, type MetadataResult } from './fetch-metadata.js';
import { lockedMetadata } from './locked-metadata.js';
import { admittedParts, onlyAdmitted, rollbackSubject, subjectOf } from './metadata-place.js';
import { checkRollback, type Rollback, type RollbackSubject } from './rollback.js';

/** A validator, and the mirror that gave it: no other mirror knows it. */
export interface MirrorValidator {
  /** Base URL. */
  readonly mirror: string;
  readonly validator: Validator;
}

/** A file of metadata that an earlier call returned. */
export interface KeptMetadata {
  readonly bytes: Uint8Array;
  /** When its mirror says that it was last changed, in milliseconds since 1970; null if unknown. */
  readonly lastModifiedMs: number | null;
  /** Of the mirrors that served exactly these bytes. */
  readonly validators: readonly MirrorValidator[];
}

export interface ResolvedMetadata extends KeptMetadata {
  /**
   * `served`: the bytes of `mirror`. `unchanged`: the kept bytes, which `mirror` says are still right. `written`: rewritten from what is
   * believed. `kept`: the kept bytes, because the metadata went back in time. `locked`: what the frozen lockfile decides.
   */
  readonly origin: 'served' | 'unchanged' | 'written' | 'kept' | 'locked';
  /** Base URL of a mirror that answered; null if none was asked. */
  readonly mirror: string | null;
  readonly sources: MergedMetadata['sources'];
  readonly rollback: Rollback | null;
}

export interface MetadataFileRequest {
  readonly repository: Repository;
  /** Ends in `/maven-metadata.xml`. */
  readonly path: string;
  /** From an earlier call for this repository and path. */
  readonly kept: KeptMetadata | null;
  /** Whether no other repository has answered that may replace this one: then a slow mirror is awaited. Default: it is. */
  readonly isNeeded?: (() => boolean) | undefined;
}

/**
 * Asks one repository. Nothing is kept on disk except the record of what was seen.
 * @throws ClojarsFetchError ERR_NOT_FOUND, ERR_UNREACHABLE, ERR_LIMIT, ERR_QUORUM, ERR_CONFIG, ERR_LOCKFILE, ERR_COORDINATE
 */
export async function resolveMetadata(context: Context, request: MetadataFileRequest): Promise<ResolvedMetadata> {
  const { repository, path, kept, isNeeded = () => true } = request;
  const place = parseMetadataPath(path);
  if (place === null) throw coordinateError('unsafe-path', path, 'it is not the path of metadata');
  const { run, trust, network } = context;
  if (run.lock?.frozen === true) return fromLockfile(context, path, place);
  verifyNotBlocked(repository);
  const admitted = admittedParts(context.route, repository, path, place);
  const result = await fetchMetadata(await network.open(), {
    repository,
    path,
    subject: subjectOf(place),
    quorum: trust.policy.quorum,
    isNeeded,
    // A copy is not given up for a mirror's word.
    mayBeAbsent: kept === null,
    keptFrom: (mirror) => keptFrom(kept, mirror),
    signal: run.signal,
    emit: run.emit,
  });
  const subject = rollbackSubject(repository, path, place);
  if (result.kind !== 'found') return withoutAnswer(context, request, subject, result);
  const believed = believeMetadata(result.sources, { compareVersions, quorum: trust.policy.quorum });
  if (believed === null) throw notEnough(repository, path, result);
  const metadata = onlyAdmitted(believed.metadata, admitted);
  const { authoritative } = believed.merged;
  const rollback = await checkRollback(context, subject, { ...metadata, authoritative });
  return answerOf(believed, metadata, { kept, rollback, subject: subjectOf(place) });
}

function answerOf(
  { asServed, metadata: unfiltered, merged }: BelievedMetadata<FetchedMetadata>,
  metadata: WrittenMetadata,
  { kept, rollback, subject }: { kept: KeptMetadata | null; rollback: Rollback | null; subject: MetadataSubject },
): ResolvedMetadata {
  const { sources } = merged;
  const facts = { sources, rollback, mirror: asServed[0]?.mirror ?? sources[0]?.mirror ?? null };
  const before = rollback === null || kept === null ? null : readKept(kept, subject);
  if (kept !== null && before !== null && isOlder(metadata, before)) return { ...kept, ...facts, origin: 'kept' };
  const contents = before === null || rollback === null ? metadata : withVanished(metadata, before, rollback);
  const [served] = asServed;
  if (served === undefined || contents !== unfiltered) {
    const lastModifiedMs = timeOf(contents.lastUpdated);
    return { ...facts, origin: 'written', bytes: formatMetadata(contents), lastModifiedMs, validators: [] };
  }
  const validators = asServed.flatMap(({ mirror, validator, isUnchanged }) => {
    const current = validator ?? (isUnchanged ? keptFrom(kept, mirror)?.validator : null) ?? null;
    return current === null ? [] : [{ mirror, validator: current }];
  });
  const { bytes, isUnchanged } = served;
  const lastModifiedMs = served.lastModifiedMs ?? (isUnchanged ? (kept?.lastModifiedMs ?? null) : null);
  return { ...facts, origin: isUnchanged ? 'unchanged' : 'served', bytes, lastModifiedMs, validators };
}

/**
 * Adds the kept versions that vanished: a mirror cannot hide a version that was served before by adding a newer one. The marks stay the
 * newer file's.
 */
function withVanished(metadata: WrittenMetadata, before: Metadata, { vanished }: Rollback): WrittenMetadata {
  const lost = new Set(vanished);
  const restored = before.versions.filter((version) => lost.has(version));
  if (restored.length === 0) return metadata;
  const { latest, release, lastUpdated } = before;
  return {
    ...metadata,
    versions: [...metadata.versions, ...restored].sort(compareVersions),
    latest: metadata.latest ?? latest,
    release: metadata.release ?? release,
    lastUpdated: metadata.lastUpdated ?? lastUpdated,
  };
}

function isOlder(metadata: WrittenMetadata, before: Metadata): boolean {
  return metadata.lastUpdated !== null && before.lastUpdated !== null && metadata.lastUpdated < before.lastUpdated;
}

/**
 * Returns the kept file if the repository no longer has one, which is a rollback too.
 * @throws ClojarsFetchError in all other cases
 */
function withoutAnswer(
  { run }: Context,
  { repository, path, kept }: MetadataFileRequest,
  { subject }: RollbackSubject,
  { kind, attempts }: Exclude<MetadataResult, { kind: 'found' }>,
): ResolvedMetadata {
  if (kind === 'unreachable') {
    const failed = attempts.find(({ outcome }) => outcome !== 'not-found' && outcome !== 'ok');
    throw unreachable([repository], path, attempts, failed?.outcome ?? 'timeout');
  }
  if (kept === null) throw absent([repository], path, path, attempts);
  const message = `metadata went back in time: ${repository.id} no longer has any`;
  run.emit({ type: 'warning', warning: 'metadata-rollback', message: `${subject}: ${message}`, path });
  const mirror = attempts.find(({ outcome }) => outcome === 'not-found')?.mirror ?? null;
  return { ...kept, origin: 'kept', mirror, sources: [], rollback: { vanished: [], older: false, message } };
}

function fromLockfile({ run }: Context, path: string, place: MetadataPath): ResolvedMetadata {
  const { lock } = run;
  const locked = lock === null ? null : lockedMetadata(lock, place);
  if (locked !== null) {
    const bytes = formatMetadata(locked);
    return { origin: 'locked', bytes, lastModifiedMs: null, validators: [], mirror: null, sources: [], rollback: null };
  }
  throw (
    lock?.refusal(path, null, 'Metadata lists locked versions only, and none of this artifact was chosen from metadata.') ??
    new RangeError('there is no lockfile')
  );
}

function keptFrom(kept: KeptMetadata | null, mirror: string): KeptAnswer | undefined {
  const validator = kept?.validators.find((one) => one.mirror === mirror)?.validator;
  return kept === null || validator === undefined ? undefined : { bytes: kept.bytes, validator };
}

function readKept({ bytes }: KeptMetadata, subject: MetadataSubject): Metadata | null {
  try {
    return parseMetadata(bytes, subject);
  } catch (error) {
    if (error instanceof MetadataError) return null;
    throw error;
  }
}

function timeOf(lastUpdated: string | null): number | null {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(lastUpdated ?? '') ?? [];
  if (second === undefined) return null;
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(ms) ? null : ms;
}

function notEnough({ id }: Repository, path: string, { attempts }: MetadataResult): ClojarsFetchError {
  return new ClojarsFetchError('ERR_QUORUM', {
    reason: 'too-few',
    coordinate: path,
    attempts,
    message: `${path}: no trusted mirror of ${id} answered, and too few others list the same versions`,
    hint: 'Try again later, or see `clojars-fetch doctor`.',
  });
}
