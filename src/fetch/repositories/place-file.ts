/** Gives a verified temporary file its final name, and writes the records that Maven and later calls read. */
import type { PlacedFile, TemporaryFile } from '../../base/disk/temporary-file.js';
import { ClojarsFetchError } from '../../base/error.js';
import type { CachedSignature } from '../../local/ledger/verification-cache.js';
import type { Repository } from '../../network/mirrors/repository.js';
import { formatProof } from '../../proof/proof.js';
import type { Context, Run } from '../context.js';
import { digestFile } from '../digest-file.js';
import type { BodyFollower } from '../download/body-follower.js';
import type { FetchedFile } from '../download/file-request.js';
import { type RememberedVerdict, rememberVerdict } from '../local/remember-verdict.js';
import { noteSigned, recordSigner } from '../signature/record-signer.js';
import { reportSignature, summaryOf } from '../signature/report-signature.js';
import { signerError } from '../signature/signature-failure.js';
import type { SignatureReview } from '../signature/signature-review.js';
import { reviewSubjectOf } from '../signature/signature-subject.js';
import type { ResolvedFile, WantedFile } from '../wanted-file.js';
import { placeBaseCopy } from './place-base-copy.js';

/**
 * Places the file, records its origin, checksum, first sight and verdict, and removes Maven's record of an old failure. Short, so that V8
 * does not optimize it (see RepositorySearch).
 */
export async function placeFile(
  context: Context,
  subject: WantedFile,
  repository: Repository,
  fetched: FetchedFile,
): Promise<ResolvedFile> {
  const { temporary } = fetched;
  const signature = fetched.signature === null ? null : await recordSignature(context, subject, temporary, fetched.signature);
  if (subject.follower !== undefined) await tellVerified(context, subject, subject.follower, fetched);
  const placed = await temporary.commit();
  if (!placed.placed) await checkSameFile(subject, repository, fetched, placed.file);
  const placement = { context, subject, repository, fetched, signature, placed };
  await Promise.all(recordsOf(placement));
  if (subject.basePath !== undefined) await placeBaseCopy(context, subject, placed.file);
  report(context.run, subject, fetched, placed);
  return resolvedFileOf(placement);
}

/** A file that has its final name. */
interface Placement {
  readonly context: Context;
  readonly subject: WantedFile;
  readonly repository: Repository;
  readonly fetched: FetchedFile;
  readonly signature: CachedSignature | null;
  readonly placed: PlacedFile;
}

/** Another repository's file, which this one may not use, is already there: if the bytes are equal, it serves both. */
async function checkSameFile({ coordinate }: WantedFile, { id }: Repository, { digests }: FetchedFile, file: string): Promise<void> {
  const there = await digestFile(file, ['sha256']);
  if (there.sha256 === (digests.sha256 ?? '')) return;
  throw new ClojarsFetchError('ERR_LOCAL_REPOSITORY', {
    reason: 'corrupt',
    coordinate,
    path: file,
    message: `${file} is from another repository, and differs from the file that ${id} serves`,
    hint: 'Nothing was overwritten. If the local file is the wrong one, delete it and run again.',
  });
}

/** Begins to write all records of a placed file. */
function recordsOf({ context, subject, repository, fetched, signature, placed }: Placement): readonly Promise<unknown>[] {
  const { path } = subject;
  const { store, run } = context;
  const { verdict, digests, signature: review } = fetched;
  const sha1 = digests.sha1 ?? null;
  const entry = entryOf(repository, fetched);
  const remembered = {
    ...entry,
    sha1,
    signature: signature ?? undefined,
    withoutSignature: verdict.withoutSignature,
    settled: review === null || review.settled,
  };
  const records: Promise<unknown>[] = [
    store.local.recordOrigin(path, repository.trackingId, run.signal),
    store.local.clearFailures(path),
    rememberVerdict(context, subject, placed, remembered),
  ];
  if (sha1 !== null && !subject.checksumExempt) records.push(store.local.writeSmall(`${path}.sha1`, Buffer.from(sha1), { flush: false }));
  if (!subject.snapshot) records.push(store.firstSeen.record(path, entry, run.signal));
  if (review !== null) records.push(keepSignatureFile(context, path, repository, review), noteSigned(context, subject, review));
  return records;
}

type ProvenFile = Pick<RememberedVerdict, 'sha256' | 'level' | 'proofs'> & { readonly repository: string; readonly mirror: string };

function entryOf(repository: Repository, { verdict, digests, mirror }: FetchedFile): ProvenFile {
  const { level, proofs } = verdict;
  return { sha256: digests.sha256 ?? '', level, proofs, repository: repository.id, mirror: mirror.url.href };
}

function resolvedFileOf({ subject, repository, fetched, signature, placed }: Placement): ResolvedFile {
  return {
    path: subject.path,
    file: placed.file,
    size: placed.size,
    ...entryOf(repository, fetched),
    lastModifiedMs: fetched.lastModifiedMs ?? undefined,
    digests: fetched.digests,
    witnesses: fetched.verdict.witnesses,
    signature: signature ?? undefined,
  };
}

function report({ emit }: Run, subject: WantedFile, { verdict, signature }: FetchedFile, { file, size }: PlacedFile): void {
  const { path, coordinate } = subject;
  for (const message of verdict.warnings) emit({ type: 'warning', warning: 'verification', message: `${coordinate}: ${message}`, path });
  if (signature !== null) reportSignature({ emit }, subject, signature);
  emit({ type: 'verified', path, level: verdict.level, proofs: verdict.proofs.map(formatProof) });
  emit({ type: 'placed', path, file, size });
}

/** Tells the follower before the file is flushed to disk, which may take longer than the download of the last bytes. */
async function tellVerified(
  { run }: Context,
  { path }: WantedFile,
  follower: BodyFollower,
  { temporary, digests }: FetchedFile,
): Promise<void> {
  const locked = run.lock?.file(path) ?? null;
  // A trusted-checksum file may have taken precedence over the lockfile, which then refuses the file once it is placed.
  if (locked !== null && locked.sha256 !== digests.sha256) return;
  try {
    await temporary.flush();
  } catch (error) {
    await temporary.discard();
    throw error;
  }
  follower.verified(temporary.file);
}

/** Records the signer before the file gets its name. Returns the verdict. Discards the file if another signer was first. */
async function recordSignature(
  context: Context,
  subject: WantedFile,
  temporary: TemporaryFile,
  signature: SignatureReview,
): Promise<CachedSignature | null> {
  const options = reviewSubjectOf(subject);
  const changed = options === null ? null : await recordSigner(context, options, signature);
  if (changed === null || options === null) return summaryOf(signature);
  await temporary.discard();
  throw signerError(subject.coordinate, changed, options.subject);
}

/** Keeps the signature next to the file, as if Maven had fetched it. An existing one stays. */
async function keepSignatureFile(
  { store: { local }, run }: Context,
  path: string,
  repository: Repository,
  review: SignatureReview,
): Promise<void> {
  if (review.signatureFile === null) return;
  const { bytes, fromRepository } = review.signatureFile;
  const { placed } = await local.writeSmall(`${path}.asc`, bytes, { flush: false });
  if (placed && fromRepository) await local.recordOrigin(`${path}.asc`, repository.trackingId, run.signal);
}
