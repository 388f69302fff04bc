/** One mirror's attempt at a file, the whole way: body, checksum, verdict. */

import type { AttemptOutcome } from '../../base/error.js';
import type { AttemptMonitor, AttemptResult } from '../../network/mirrors/race.js';
import type { Mirror } from '../../network/mirrors/repository.js';
import type { ChecksumClaim, Digests } from '../../proof/checksum/claim.js';
import { parseHeaderChecksums } from '../../proof/checksum/header.js';
import type { Accepted, Refused } from '../../proof/evidence.js';
import { compareLevels } from '../../proof/level.js';
import { reportSignature } from '../signature/report-signature.js';
import { signatureError, signatureRefusal } from '../signature/signature-failure.js';
import type { SignatureReview, SignatureReviewer, SignedBody } from '../signature/signature-review.js';
import { createSignedFile } from '../signature/signed-file.js';
import type { ClaimAnswer } from './claims.js';
import { download, largeBodyBytes, type PartialDownload } from './download.js';
import type { FetchedFile, FileRequest } from './file-request.js';
import type { FileState } from './file-state.js';
import { askWitnesses, digestAlgorithms, judge, needsWitnesses } from './judge.js';

/** Progress is told at most so often for each file, and at the end of a body. */
const bytesEveryMs = 100;

export async function attempt(
  state: FileState,
  mirror: Mirror,
  monitor: AttemptMonitor,
  signal: AbortSignal,
  fromZero = false,
): Promise<AttemptResult<FetchedFile>> {
  const { request, network, claims } = state;
  const wantsClaim = !request.checksumExempt && request.signatures?.expectsProof() !== true;
  let own: Promise<ClaimAnswer> | null = wantsClaim && state.eager ? claims.ask(mirror) : null;
  // A repository that may not have the file is not asked for its checksum everywhere before it said that it has.
  let witnesses: Promise<readonly ClaimAnswer[]> | null = needsWitnesses(state) && state.eager ? askWitnesses(state, mirror) : null;
  if (state.eager) request.signatures?.begin(null);
  const partial = fromZero ? null : state.partial;
  if (!fromZero) state.partial = null;
  const result = await download(network, mirror, {
    path: request.path,
    maxBytes: request.maxBytes,
    algorithms: digestAlgorithms(request),
    mayBePage: request.mayBePage ?? false,
    signal,
    monitor,
    partial,
    createTemporary: request.createTemporary,
    onBytes: (received, total, last) => {
      const nowMs = network.health.now();
      if (!last && nowMs - state.lastBytesMs < bytesEveryMs) return;
      state.lastBytesMs = nowMs;
      request.emit({ type: 'bytes', path: request.path, mirror: mirror.url.href, received, total });
    },
    onFound: () => {
      if (wantsClaim) own ??= claims.ask(mirror);
      if (needsWitnesses(state)) witnesses ??= askWitnesses(state, mirror);
      request.signatures?.begin(mirror);
    },
  });
  monitor.transferred();
  if (result.kind !== 'body') {
    await keepPartial(state, result.partial ?? null);
    if (result.kind === 'not-found' && mirror.canonical) state.canonicalNotFound = true;
    return result.kind === 'not-found' ? { kind: 'not-found', status: result.status } : result;
  }
  try {
    const expected = wantsClaim || request.checksumExempt ? null : await reviewSignature(request.signatures, mirror, result.partial, null);
    if (expected !== null && expected.decision !== 'proof') own = claims.ask(mirror);
    const ownAnswer = own ? await own : null;
    const transformed = result.resumed || result.answer.headers['content-encoding'] !== undefined;
    const headerClaims = parseHeaderChecksums(result.answer.headers, { transformed }).map((checksum): ChecksumClaim => ({
      ...checksum,
      ...speaker(mirror, result.answer.secure),
      source: 'header',
    }));
    const body = result.partial;
    const ask = (signer: string | null): ReturnType<typeof judge> =>
      judge(
        state,
        mirror,
        body,
        result.answer.secure,
        [...headerClaims, ...(ownAnswer?.claim ? [ownAnswer.claim] : [])],
        witnesses,
        signer,
      );
    const signature = expected ?? (await reviewSignature(request.signatures, mirror, body, ask));
    const verdict = await ask(signature?.decision === 'proof' ? (signature.verdict?.fingerprint ?? null) : null);
    if (signal.aborted) {
      await result.partial.temporary.discard();
      return { kind: 'failed', outcome: 'aborted', status: null };
    }
    const useless = verdict.verdict.ok ? await rejectionOf(request, result.partial, verdict.verdict, verdict.digests) : null;
    if (useless !== null) {
      await result.partial.temporary.discard();
      return { kind: 'failed', outcome: 'not-maven', status: result.answer.status, detail: useless };
    }
    const unsigned = verdict.verdict.ok && signature?.decision === 'fail' ? signature : null;
    if (verdict.verdict.ok && unsigned === null) {
      const file: FetchedFile = {
        signature,
        temporary: result.partial.temporary,
        mirror,
        size: result.partial.size,
        digests: verdict.digests,
        verdict: verdict.verdict,
      };
      return { kind: 'won', value: file, status: result.answer.status };
    }
    await result.partial.temporary.discard();
    if (result.resumed) {
      // The bytes of two mirrors did not fit together: once from zero, from this one alone.
      return attempt(state, mirror, monitor, signal, true);
    }
    if (unsigned !== null) {
      // Another body may be signed well; whether there is a signature, and by whom, is the same for all.
      reportSignature(request, request, unsigned);
      if (!unsigned.aboutBody) throw signatureError(request.coordinate, unsigned);
      state.rejections.push({ mirror, verdict: signatureRefusal(unsigned) });
      return { kind: 'failed', outcome: 'signature-refused', status: result.answer.status, detail: unsigned.sentence };
    }
    if (verdict.verdict.ok) throw new TypeError('what is accepted was handed over above');
    if (verdict.verdict.reason === 'missing' && ownAnswer?.failure) {
      // The checksum could not be had: that is a mirror out of reach, not a file without a checksum.
      const { path: failedPath, ...failure } = ownAnswer.failure;
      return { ...failure, failedPath, detail: `its checksum file: ${failure.detail ?? failure.outcome}` };
    }
    const refused = refusedFor(verdict.verdict, ownAnswer);
    state.rejections.push({ mirror, verdict: refused });
    return { kind: 'failed', outcome: outcomeOf(refused), status: result.answer.status, detail: refused.message };
  } catch (error) {
    await result.partial.temporary.discard();
    throw error;
  }
}

/**
 * The review, told as soon as the checksum is good: then nobody has to wait for a mirror that is late with a signature
 * alone. Not for large bodies: their hashes are finished once.
 */
async function reviewSignature(
  signatures: SignatureReviewer | null,
  mirror: Mirror,
  body: PartialDownload,
  ask: ((signer: null) => ReturnType<typeof judge>) | null,
): Promise<SignatureReview | null> {
  if (signatures === null) return null;
  const review = signatures.review(signedBody(body));
  if (ask === null || !signatures.wantsEarlyChecksum || body.size >= largeBodyBytes) return review;
  review.catch(() => undefined); // awaited below
  const { verdict } = await ask(null);
  if (verdict.ok) signatures.bodyVerified(mirror);
  return review;
}

function signedBody({ temporary, digester, size }: PartialDownload): SignedBody {
  const ready = (): Promise<void> => temporary.flush();
  return {
    file: temporary.file,
    ready,
    document: createSignedFile(temporary.file, { size, ready, states: (hash, suffix) => digester.digestWith(hash, suffix) }),
  };
}

/** What the subject's own check says; a file that more than its mirror vouches for is what it is, useless or not. */
async function rejectionOf(
  { check }: FileRequest,
  { temporary }: PartialDownload,
  { level }: Accepted,
  { sha256 }: Digests,
): Promise<string | null> {
  if (check === undefined || sha256 === undefined) return null;
  const why = check(await temporary.contents(), sha256);
  return compareLevels(level, 'transport') > 0 ? null : why;
}
function speaker(mirror: Mirror, secure: boolean): Omit<ChecksumClaim, 'algorithm' | 'value' | 'source'> {
  return { mirror: mirror.url.href, operator: mirror.operator, canonical: mirror.canonical, trusted: mirror.trusted, secure };
}

/** A checksum file that is none (an HTML page, say) is not the same as none. */
function refusedFor(verdict: Refused, own: ClaimAnswer | null): Refused {
  if (verdict.code !== 'ERR_CHECKSUM' || verdict.reason !== 'missing' || !own?.malformed) return verdict;
  return { ...verdict, reason: 'malformed', message: `no usable checksum: ${own.malformed}` };
}

function outcomeOf(verdict: Refused): AttemptOutcome {
  if (verdict.code === 'ERR_QUORUM') return 'untrusted';
  if (verdict.code === 'ERR_SIGNATURE') return 'signature-refused';
  return verdict.reason === 'missing' || verdict.reason === 'malformed' ? 'checksum-missing' : 'checksum-mismatch';
}

/** Keeps the larger of two partial downloads for the next attempt. */
async function keepPartial(state: FileState, partial: PartialDownload | null): Promise<void> {
  if (!partial) return;
  const other = state.partial;
  if (other && other.size >= partial.size) return partial.temporary.discard();
  state.partial = partial;
  if (other) await other.temporary.discard();
}

export async function discardPartial(state: FileState): Promise<void> {
  await state.partial?.temporary.discard();
  state.partial = null;
}
