/** Reads a file at a place, and compares it with that of the origin. */
import { type Agent, isImmutable } from '../compare/sample.js';
import type { Evidence, Facts, PlanEntry } from '../contract.js';
import type { Answer, Look, Reading } from './answer.js';
import { isEarlier } from './check-change.js';
import type { Findings, PlaceContext } from './findings.js';
import { isPage } from './place-client.js';

/** The state of a file at a place, by which its checksum files are judged. */
export type Content =
  | { readonly kind: 'unread' }
  /** The same as at the origin. */
  | { readonly kind: 'right'; readonly reading: Reading }
  /** The same as at the origin at an earlier audit. */
  | { readonly kind: 'earlier'; readonly reading: Reading }
  | { readonly kind: 'other'; readonly reading: Reading }
  | { readonly kind: 'page' };

export interface ExpectedContent {
  readonly size: number | null;
  readonly md5: string | null;
  readonly sha256: string | null;
  readonly evidence: readonly Evidence[];
}

/** @param readAs as whom the place is asked, at least one */
export async function checkBytes(
  entry: PlanEntry,
  readAs: readonly Agent[],
  look: Answer<Look>,
  context: PlaceContext,
  findings: Findings,
): Promise<Content> {
  const { path, size } = entry;
  let content: Content = { kind: 'unread' };
  for (const as of readAs) {
    const maxBytes = size === undefined ? 1024 ** 3 : size + 1024 ** 2;
    // A range would give away that the plain agent is not like any other program.
    const question = { path, as, asDownload: as === 'plain' && readAs.length > 1 };
    const first = await context.client.read(question, maxBytes);
    // A cache may remember that a file was missing.
    const answer = first.kind === 'missing' ? await context.client.read({ ...question, fresh: true }, maxBytes) : first;
    if (answer.kind === 'none') {
      findings.unknown(path, answer.evidence);
      continue;
    }
    // It was there a moment ago: it is only missing for this agent.
    if (answer.kind === 'missing') {
      findings.add('content-differs', path, [look.evidence, answer.evidence], { size: size ?? null }, { status: answer.evidence.status });
      continue;
    }
    const judged = await judge(entry, answer.value, context);
    if (judged.isRight) content = content.kind === 'unread' ? { kind: 'right', reading: answer.value } : content;
    else if (isPage(path, answer.value)) {
      findings.add('not-maven', path, [answer.evidence], judged.expected, { isPage: true, size: answer.value.size });
      return { kind: 'page' };
    } else if (isEarlier(path, answer.value, context.earlier)) {
      // The origin changed the file, not the place.
      findings.add('lag', path, [answer.evidence, ...judged.evidence], judged.expected, foundFacts(answer.value));
      content = { kind: 'earlier', reading: answer.value };
    } else {
      if (judged.isUnknown) findings.unknown(path, judged.evidence[0] ?? answer.evidence);
      else addOther(entry, answer.value, [answer.evidence, ...judged.evidence], judged.expected, findings);
      content = { kind: 'other', reading: answer.value };
    }
  }
  return content;
}

interface Judgement {
  readonly isRight: boolean;
  readonly isUnknown: boolean;
  readonly expected: Facts;
  readonly evidence: readonly Evidence[];
}

async function judge(entry: PlanEntry, reading: Reading, { origin, sample }: PlaceContext): Promise<Judgement> {
  const fromPlan = { size: entry.size ?? null, md5: entry.etag ?? null, sha256: entry.sha256 ?? null };
  const isListed = fromPlan.md5 !== null || fromPlan.sha256 !== null;
  // MD5 proves little: for files of the sample, the origin's bytes are read.
  if (isListed && matches(fromPlan, reading) && (fromPlan.sha256 !== null || !sample.has(entry)))
    return { isRight: true, isUnknown: false, expected: factsOf(fromPlan), evidence: [] };
  const there = await origin.read(entry.path);
  if (there.kind === 'file') {
    const { size, md5, sha256 } = there.value;
    const expected = { size, md5, sha256 };
    return { isRight: sha256 === reading.sha256, isUnknown: false, expected: factsOf(expected), evidence: [there.evidence] };
  }
  // Withdrawn since the plan was made: nothing can be said of what is left of it, unless the plan knew its digest.
  return { isRight: false, isUnknown: !isListed, expected: factsOf(fromPlan), evidence: [there.evidence] };
}

function matches({ size, md5, sha256 }: Omit<ExpectedContent, 'evidence'>, reading: Reading): boolean {
  return (size ?? reading.size) === reading.size && (md5 ?? reading.md5) === reading.md5 && (sha256 ?? reading.sha256) === reading.sha256;
}

function addOther({ path, time }: PlanEntry, reading: Reading, evidence: readonly Evidence[], expected: Facts, findings: Findings): void {
  const found = foundFacts(reading);
  // A file that may change can still be the one of before.
  if (isImmutable(path)) findings.add('content-differs', path, evidence, expected, found);
  else findings.lacks('content-differs', path, time, evidence, { expected, found });
}

function foundFacts({ size, md5, sha256, isTooLong }: Reading): Facts {
  return isTooLong ? { size, isTooLong } : { size, md5, sha256 };
}

function factsOf({ size, md5, sha256 }: Omit<ExpectedContent, 'evidence'>): Facts {
  return { size, md5, sha256 };
}
