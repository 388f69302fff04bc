/** Examines a complete body: its checksums, its signatures, and the caller's own check. */
import type { CancelSignal } from '../../base/async/cancellation.js';
import type { Mirror } from '../../network/mirrors/repository.js';
import { type Speaker, speakerOf } from '../../network/mirrors/witness.js';
import type { ChecksumClaim } from '../../proof/checksum/claim.js';
import { parseHeaderChecksums } from '../../proof/checksum/header.js';
import type { Accepted, Refused } from '../../proof/evidence.js';
import { compareLevels } from '../../proof/level.js';
import type { SignatureReview, SignatureReviewer, SignedBody } from '../signature/signature-review.js';
import { createSignedFile } from '../signature/signed-file.js';
import type { FileCheck } from '../wanted-file.js';
import type { AttemptQuestions } from './attempt-questions.js';
import type { ClaimAnswer } from './claims.js';
import { type DownloadResult, largeBodyBytes } from './download.js';
import type { FetchedFile, FileRequest } from './file-request.js';
import type { FileState } from './file-state.js';
import { judge, type Judgement } from './judge.js';
import type { PartialDownload } from './partial-download.js';

export type Examined =
  | { readonly kind: 'accepted'; readonly file: FetchedFile }
  | { readonly kind: 'aborted' }
  /** The caller's check rejected the body. */
  | { readonly kind: 'useless'; readonly why: string }
  | { readonly kind: 'unsigned'; readonly review: SignatureReview }
  | { readonly kind: 'refused'; readonly verdict: Refused; readonly ownAnswer: ClaimAnswer | null };

/** A temporary file gathers this much in memory. Reading a body back from the disk would cost more than checking its name. */
const inMemoryBytes = 128 * 1024;

type WholeBody = Extract<DownloadResult, { kind: 'body' }>;
type Judge = (signer: string | null) => Promise<Judgement>;

/** Examines a body in short asynchronous functions, so that V8 does not optimize them (see RepositorySearch). */
export async function examineBody(
  state: FileState,
  mirror: Mirror,
  body: WholeBody,
  questions: AttemptQuestions,
  signal: CancelSignal,
): Promise<Examined> {
  const { request } = state;
  const { partial, lastModifiedMs } = body;
  const expected = request.signatures === null ? null : await reviewExpected(request, questions, partial);
  if (expected !== null && expected.decision !== 'proof') questions.askChecksum();
  const ownAnswer = await questions.ownAnswer();
  const judgeBody = judgeOf(state, mirror, body, ownAnswer, questions.witnesses);
  const signature = request.signatures === null ? null : (expected ?? (await review(request.signatures, mirror, partial, judgeBody)));
  const judgement = await judgeBody(signature?.decision === 'proof' ? (signature.verdict?.fingerprint ?? null) : null);
  if (signal.aborted) return { kind: 'aborted' };
  const refused = refusalOf(partial, judgement, ownAnswer) ?? (request.check && (await rejectionOf(request.check, partial, judgement)));
  return refused ?? accept({ mirror, partial, lastModifiedMs }, judgement, signature);
}

/** Returns the judge of a body whose own checksum was asked for. */
function judgeOf(
  state: FileState,
  mirror: Mirror,
  { answer, partial, resumed }: WholeBody,
  ownAnswer: ClaimAnswer | null,
  witnesses: Promise<readonly ClaimAnswer[]> | null,
): Judge {
  const { path, repository } = state.request;
  const speaker = resumed ? speakerOf(mirror, path, answer, repository.mirrors) : partial.speaker;
  const claims = [...headerClaims(speaker, answer, resumed), ...(ownAnswer?.claim ? [ownAnswer.claim] : [])];
  return (signer) => judge(state, { mirror, partial, claims, witnesses, signer });
}

function refusalOf(partial: PartialDownload, { verdict }: Judgement, ownAnswer: ClaimAnswer | null): Examined | null {
  // Another mirror may have the whole file, unless the published file is empty.
  if (partial.size === 0 && !(verdict.ok && isAsPublished(verdict, partial))) return { kind: 'useless', why: 'an empty file came' };
  return verdict.ok ? null : { kind: 'refused', verdict, ownAnswer };
}

function accept(
  { mirror, partial, lastModifiedMs }: Pick<WholeBody, 'partial' | 'lastModifiedMs'> & { readonly mirror: Mirror },
  { verdict, digests }: Judgement,
  signature: SignatureReview | null,
): Examined {
  if (!verdict.ok) throw new TypeError('a refused file cannot be accepted');
  if (signature?.decision === 'fail') return { kind: 'unsigned', review: signature };
  const { temporary, size } = partial;
  return { kind: 'accepted', file: { signature, temporary, mirror, size, lastModifiedMs, digests, verdict } };
}

/** Reviews a signature that is expected to be good, so it comes before the checksum; null if none is expected. */
async function reviewExpected(
  { checksumExempt, signatures }: FileRequest,
  questions: AttemptQuestions,
  body: PartialDownload,
): Promise<SignatureReview | null> {
  if (questions.wantsChecksum || checksumExempt || signatures === null) return null;
  return signatures.review(signedBody(body));
}

/**
 * Reviews the signatures. Tells the reviewer as soon as the checksum is good, so that it does not wait for a mirror whose signature is
 * late. Large bodies are an exception: their hashes can be finished only once.
 */
async function review(
  signatures: SignatureReviewer | null,
  mirror: Mirror,
  body: PartialDownload,
  judgeBody: Judge,
): Promise<SignatureReview | null> {
  if (signatures === null) return null;
  const result = signatures.review(signedBody(body));
  if (!signatures.wantsEarlyChecksum || body.size >= largeBodyBytes) return result;
  result.catch(() => undefined); // awaited below
  const { verdict } = await judgeBody(null);
  if (verdict.ok) signatures.bodyVerified(mirror);
  return result;
}

function signedBody({ temporary, digester, size }: PartialDownload): SignedBody {
  const ready = (): Promise<void> => temporary.flush();
  return {
    file: temporary.file,
    ready,
    bytes: size <= inMemoryBytes ? () => temporary.contents() : null,
    document: createSignedFile(temporary.file, { size, ready, states: (hash, suffix) => digester.digestWith(hash, suffix) }),
  };
}

/** Returns the checksums in the answer's headers. They do not apply to a body that was compressed or continued. */
function headerClaims(speaker: Speaker, { headers }: WholeBody['answer'], resumed: boolean): readonly ChecksumClaim[] {
  const transformed = resumed || headers['content-encoding'] !== undefined;
  return parseHeaderChecksums(headers, { transformed }).map((checksum) => ({ ...checksum, ...speaker, source: 'header' }));
}

/**
 * Runs the caller's own check (a POM must parse); null if it passes. A file with a stronger proof than its mirror's
 * checksum is accepted even if it fails, because it is the published file.
 */
async function rejectionOf(check: FileCheck, partial: PartialDownload, { verdict, digests }: Judgement): Promise<Examined | null> {
  const { sha256 } = digests;
  if (sha256 === undefined || !verdict.ok) return null;
  const why = await check(await partial.temporary.contents(), sha256);
  return why === null || isAsPublished(verdict, partial) ? null : { kind: 'useless', why };
}

/**
 * Whether the proof is more than a mirror's own checksum. For an empty file, the canonical operator's checksum is enough even over plain
 * http: no accident matches it.
 */
function isAsPublished({ level }: Accepted, { size, speaker }: PartialDownload): boolean {
  return compareLevels(level, 'transport') > 0 || (size === 0 && level === 'transport' && speaker.canonical);
}
