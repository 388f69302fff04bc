/** Runs one mirror's whole attempt at a file: body, checksum, verdict. */
import type { CancelSignal } from '../../base/async/cancellation.js';
import type { AttemptOutcome } from '../../base/error.js';
import type { AttemptMonitor, AttemptResult } from '../../network/mirrors/race.js';
import type { Mirror } from '../../network/mirrors/repository.js';
import type { Refused } from '../../proof/evidence.js';
import { reportSignature } from '../signature/report-signature.js';
import { signatureError, signatureRefusal } from '../signature/signature-failure.js';
import type { SignatureReview } from '../signature/signature-review.js';
import { AttemptQuestions } from './attempt-questions.js';
import type { ClaimAnswer } from './claims.js';
import { Download, type DownloadOptions, type DownloadResult } from './download.js';
import { examineBody, type Examined } from './examine-body.js';
import type { FetchedFile } from './file-request.js';
import type { FileState } from './file-state.js';
import { digestAlgorithms } from './judge.js';
import type { PartialDownload } from './partial-download.js';

/** Minimum time between two progress events. One more is emitted at the end of a body. */
const bytesEveryMs = 100;

type Result = AttemptResult<FetchedFile>;

/** @param options.fromZero ignore the bytes of earlier attempts */
export async function attempt(
  state: FileState,
  mirror: Mirror,
  monitor: AttemptMonitor,
  signal: CancelSignal,
  { fromZero = false }: { readonly fromZero?: boolean | undefined } = {},
): Promise<Result> {
  const questions = new AttemptQuestions(state, mirror, () => monitor.isLast());
  const body = await new Download(state.network, mirror, {
    ...downloadOptions(state, mirror, questions),
    signal,
    monitor,
    partial: fromZero ? null : takePartial(state),
  }).run();
  monitor.transferred();
  if (body.kind !== 'body') return endWithoutBody(state, body);
  const { temporary } = body.partial;
  try {
    const examined = await examineBody(state, mirror, body, questions, signal);
    const { status } = body.answer;
    if (examined.kind === 'accepted') return { kind: 'won', value: examined.file, status };
    await temporary.discard();
    if (examined.kind === 'aborted') return { kind: 'failed', outcome: 'aborted', status: null };
    if (examined.kind === 'useless') return { kind: 'failed', outcome: 'not-maven', status, detail: examined.why };
    // The bytes of two mirrors do not match: ask this mirror for the whole file.
    if (body.resumed) return await attempt(state, mirror, monitor, signal, { fromZero: true });
    return refuse(state, mirror, status, examined);
  } catch (error) {
    await temporary.discard();
    throw error;
  }
}

function downloadOptions(
  state: FileState,
  mirror: Mirror,
  questions: AttemptQuestions,
): Omit<DownloadOptions, 'signal' | 'monitor' | 'partial'> {
  const { request, network } = state;
  const { path, maxBytes, mayBePage = false, createTemporary, follower, emit } = request;
  return {
    path,
    mirrors: request.repository.mirrors,
    maxBytes,
    algorithms: digestAlgorithms(request),
    mayBePage,
    createTemporary,
    follower,
    onBytes(received, total, last) {
      const nowMs = network.health.now();
      if (!last && nowMs - state.lastBytesMs < bytesEveryMs) return;
      state.lastBytesMs = nowMs;
      emit({ type: 'bytes', path, mirror: mirror.url.href, received, total });
    },
    onFound: () => questions.ask(mirror),
  };
}

async function endWithoutBody(state: FileState, result: Exclude<DownloadResult, { kind: 'body' }>): Promise<Result> {
  await keepPartial(state, result.partial ?? null);
  if (result.kind === 'failed') return result;
  if (result.kind === 'unchanged') throw new TypeError('the request was not conditional');
  if (result.speaker.canonical) state.canonicalNotFound = true;
  if (result.speaker.trusted) state.trustedNotFound = true;
  return { kind: 'not-found', status: result.status, trusted: result.speaker.trusted };
}

function refuse(state: FileState, mirror: Mirror, status: number, examined: Extract<Examined, { kind: 'unsigned' | 'refused' }>): Result {
  if (examined.kind === 'unsigned') return refuseSignature(state, mirror, status, examined.review);
  const { verdict, ownAnswer } = examined;
  if (verdict.reason === 'missing' && ownAnswer?.failure) {
    // The checksum could not be fetched: the mirror is unreachable, which does not mean that it has no checksum.
    const { path: failedPath, ...failure } = ownAnswer.failure;
    return { ...failure, failedPath, detail: `its checksum file: ${failure.detail ?? failure.outcome}` };
  }
  const refused = withMalformed(verdict, ownAnswer);
  state.rejections.push({ mirror, verdict: refused });
  return { kind: 'failed', outcome: outcomeOf(refused), status, detail: refused.message };
}

/** Another body may have a good signature. Whether there is a signature, and by which key, is the same for all bodies. */
function refuseSignature({ request, rejections }: FileState, mirror: Mirror, status: number, review: SignatureReview): Result {
  reportSignature(request, request, review);
  if (!review.aboutBody) throw signatureError(request.coordinate, review);
  rejections.push({ mirror, verdict: signatureRefusal(review) });
  return { kind: 'failed', outcome: 'signature-refused', status, detail: review.sentence };
}

/** Distinguishes a malformed checksum file (an HTML page, say) from a missing one. */
function withMalformed(verdict: Refused, own: ClaimAnswer | null): Refused {
  if (verdict.code !== 'ERR_CHECKSUM' || verdict.reason !== 'missing' || !own?.malformed) return verdict;
  return { ...verdict, reason: 'malformed', message: `no usable checksum: ${own.malformed}` };
}

function outcomeOf(verdict: Refused): AttemptOutcome {
  if (verdict.code === 'ERR_QUORUM') return 'untrusted';
  if (verdict.code === 'ERR_SIGNATURE') return 'signature-refused';
  return verdict.reason === 'missing' || verdict.reason === 'malformed' ? 'checksum-missing' : 'checksum-mismatch';
}

function takePartial(state: FileState): PartialDownload | null {
  const { partial } = state;
  state.partial = null;
  return partial;
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
  await takePartial(state)?.temporary.discard();
}
