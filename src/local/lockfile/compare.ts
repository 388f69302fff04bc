/** Compares two lockfiles entry by entry, and describes the differences. */
import { formatCoordinate } from '../../maven/coordinate/format.js';
import { artifactNameOf, compareText, type LockedFile, type Lockfile, versionKey } from './lockfile.js';

/**
 * `stale`: the request has changed; `missing`: part of the graph but not in the lockfile; `extra`: in the lockfile but
 * not part of the graph; `changed`: in both, with a difference.
 */
export type DifferenceKind = 'stale' | 'missing' | 'extra' | 'changed';

/** A key that signed a locked file, and whether its signature counted. */
export interface LockedSigner {
  /** A fingerprint; a key ID if the signature named no more. */
  readonly key: string;
  readonly counts: boolean;
}

/** One difference between a lockfile and the present graph. */
export interface LockDifference {
  readonly kind: DifferenceKind;
  /** The path, version or root concerned. */
  readonly subject: string;
  /** The difference, as the end of a sentence that starts with the subject. */
  readonly detail: string;
  /** For a locked file that changed: the field that differs. */
  readonly field?: 'sha256' | 'size' | 'repository' | 'signer' | undefined;
  /** The key that signed the file, of a `missing` or `extra` one; null if none is known, undefined for other subjects. */
  readonly signer?: LockedSigner | null | undefined;
}

/**
 * Lists the differences from `before`, the lockfile, to `now`, a lockfile of the present graph. Levels are not compared:
 * the strength of a proof depends on which servers could be reached. Signers are compared if both have one.
 */
export function compareLockfiles(before: Lockfile, now: Lockfile): readonly LockDifference[] {
  return [...compareGraphs(before, now), ...compareVersions(before, now), ...compareFiles(before, now)];
}

function compareGraphs(before: Lockfile, now: Lockfile): LockDifference[] {
  const changed = without(now.graphs, before.graphs).length > 0 || without(before.graphs, now.graphs).length > 0;
  const roots = [
    ...without(now.roots, before.roots).map((root): LockDifference => ({
      kind: 'stale',
      subject: root,
      detail: 'is requested now, but was not when the file was locked',
    })),
    ...without(before.roots, now.roots).map((root): LockDifference => ({
      kind: 'stale',
      subject: root,
      detail: 'was requested when the file was locked, but is not any more',
    })),
  ];
  if (changed && roots.length === 0)
    roots.push({
      kind: 'stale',
      subject: 'roots',
      detail: 'are the same, but not their order, scopes, exclusions, management or the conflict rule',
    });
  return roots;
}

function compareVersions(before: Lockfile, now: Lockfile): LockDifference[] {
  const chosenBefore = new Map(before.versions.map((one) => [versionKey(one.requested), one]));
  const chosenNow = new Map(now.versions.map((one) => [versionKey(one.requested), one]));
  const result: LockDifference[] = [];
  for (const [key, { requested, chosen }] of chosenNow) {
    const known = chosenBefore.get(key);
    const subject = formatCoordinate(requested);
    if (known === undefined) result.push({ kind: 'missing', subject, detail: `is ${chosen}, but the lockfile does not say so` });
    else if (known.chosen !== chosen) result.push({ kind: 'changed', subject, detail: `was ${known.chosen}, is ${chosen}` });
  }
  for (const [key, { requested }] of chosenBefore)
    if (!chosenNow.has(key)) result.push({ kind: 'extra', subject: formatCoordinate(requested), detail: 'is not requested' });
  const label = ({ group, artifact, version }: Lockfile['ranges'][number]): string => `${group}:${artifact}:${version}`;
  for (const one of without(now.ranges.map(label), before.ranges.map(label)))
    result.push({ kind: 'missing', subject: one, detail: 'is a version that a range may select' });
  for (const one of without(before.ranges.map(label), now.ranges.map(label)))
    result.push({ kind: 'extra', subject: one, detail: 'is not a version that a range may select' });
  return result;
}

function compareFiles(before: Lockfile, now: Lockfile): LockDifference[] {
  const filesBefore = new Map(before.files.map((file) => [file.path, file]));
  const filesNow = new Map(now.files.map((file) => [file.path, file]));
  const [absentBefore, absentNow] = [new Set(before.absent), new Set(now.absent)];
  const signers = signersOf(before);
  const paths = [...new Set([...filesBefore.keys(), ...filesNow.keys(), ...before.absent, ...now.absent])].sort(compareText);
  return paths.flatMap((path): LockDifference[] => {
    const [was, is] = [filesBefore.get(path), filesNow.get(path)];
    const [wasAbsent, isAbsent] = [absentBefore.has(path), absentNow.has(path)];
    if (was && is) return changes(was, is).map((change): LockDifference => ({ kind: 'changed', subject: path, ...change }));
    if (was && isAbsent) return [{ kind: 'changed', subject: path, detail: 'is not in any repository any more' }];
    if (wasAbsent && is)
      return [{ kind: 'changed', subject: path, detail: 'was in no repository when the file was locked, but is in one now' }];
    if (is)
      return [
        { kind: 'missing', subject: path, detail: 'is part of the graph, but not in the lockfile', signer: signerOf(is) },
        ...otherSigner(is, signers),
      ];
    if (was) return [{ kind: 'extra', subject: path, detail: 'is in the lockfile, but not part of the graph', signer: signerOf(was) }];
    if (wasAbsent && !isAbsent) return [{ kind: 'extra', subject: path, detail: 'is not requested' }];
    return !wasAbsent && isAbsent
      ? [{ kind: 'missing', subject: path, detail: 'is requested and in no repository, but the lockfile does not say so' }]
      : [];
  });
}

/** Returns the keys that signed any version of an artifact. */
function signersOf({ files }: Lockfile): ReadonlyMap<string, ReadonlySet<string>> {
  const signers = new Map<string, Set<string>>();
  for (const file of files) {
    const signer = signerOf(file);
    if (signer === null) continue;
    const name = artifactNameOf(file.path);
    signers.set(name, (signers.get(name) ?? new Set()).add(signer.key));
  }
  return signers;
}

/** Finds the signer of a version that was not locked, if that key signed none of the locked versions. */
function otherSigner(is: LockedFile, signers: ReadonlyMap<string, ReadonlySet<string>>): LockDifference[] {
  const signer = signerOf(is);
  const name = artifactNameOf(is.path);
  const known = signers.get(name);
  if (signer === null || known === undefined || known.has(signer.key)) return [];
  return [
    {
      kind: 'changed',
      subject: is.path,
      detail: `signer of ${name} was ${[...known].sort(compareText).join(', ')}, is ${signer.key}`,
    },
  ];
}

function signerOf({ signer, seenSigner }: LockedFile): LockedSigner | null {
  if (signer !== null) return { key: signer, counts: true };
  return seenSigner === null ? null : { key: seenSigner, counts: false };
}

function changes(was: LockedFile, is: LockedFile): Pick<LockDifference, 'field' | 'detail'>[] {
  const result: Pick<LockDifference, 'field' | 'detail'>[] = [];
  if (was.sha256 !== is.sha256) result.push({ field: 'sha256', detail: `sha256 was ${was.sha256}, is ${is.sha256}` });
  else if (was.size !== is.size) result.push({ field: 'size', detail: `size was ${was.size}, is ${is.size}, with the same sha256` });
  if (was.repository !== null && is.repository !== null && was.repository !== is.repository)
    result.push({ field: 'repository', detail: `repository was ${was.repository}, is ${is.repository}` });
  const [before, now] = [signerOf(was), signerOf(is)];
  if (before !== null && now !== null && before.key !== now.key)
    result.push({ field: 'signer', detail: `signer was ${before.key}, is ${now.key}` });
  return result;
}

function without(from: readonly string[], these: readonly string[]): readonly string[] {
  const known = new Set(these);
  return from.filter((one) => !known.has(one));
}
