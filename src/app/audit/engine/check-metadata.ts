/** Reads the metadata of a place, with its checksum files, and compares it with that of the origin. */
import { checksumMaxBytes, metadataMaxBytes } from '../../../network/transport/contract/limits.js';
import { digestOf } from '../../../proof/checksum/digest.js';
import { parseSidecar } from '../../../proof/checksum/sidecar.js';
import { judgeMetadata } from '../compare/judge-metadata.js';
import { looksLikePage } from '../compare/looks-like-page.js';
import { otherAgent } from '../compare/sample.js';
import type { Evidence, PlanEntry, PlanSidecar } from '../contract.js';
import type { Answer, Small } from './answer.js';
import { algorithmOf } from './check-sidecars.js';
import type { Findings, PlaceContext } from './findings.js';

export async function checkMetadata(entry: PlanEntry, context: PlaceContext, findings: Findings): Promise<void> {
  const { path } = entry;
  const answer = await readTwice(path, metadataMaxBytes, context);
  if (answer.kind === 'none') return findings.unknown(path, answer.evidence);
  if (answer.kind === 'missing') return absent('missing', path, entry, answer.evidence, context, findings);
  const bytes = answer.value;
  if (bytes === null)
    return findings.add('content-differs', path, [answer.evidence], {}, { problem: `longer than ${metadataMaxBytes} bytes` });
  if (looksLikePage(path, bytes)) return findings.add('not-maven', path, [answer.evidence], {}, { isPage: true, size: bytes.length });
  await compare(entry, bytes, answer.evidence, context, findings);
  for (const [suffix, sidecar] of Object.entries(entry.sidecars ?? {})) await checkSum(entry, suffix, sidecar, bytes, context, findings);
}

async function compare(entry: PlanEntry, bytes: Buffer, evidence: Evidence, { origin }: PlaceContext, findings: Findings): Promise<void> {
  const { path, etag, versions = [], time } = entry;
  if (etag !== undefined && digestOf(bytes, ['md5']).md5 === etag) return;
  // The origin's may have changed since it was last asked.
  for (const fresh of [false, true]) {
    const there = await origin.readSmall(path, { maxBytes: metadataMaxBytes, fresh });
    if (there.kind === 'none') return findings.unknown(path, there.evidence);
    if (there.kind === 'missing' || there.value === null) return;
    const verdict = judgeMetadata(bytes, there.value, versions);
    if (verdict.kind === 'same') return;
    if (!fresh) continue;
    const proof = [evidence, there.evidence];
    if (verdict.kind === 'other') findings.add('content-differs', path, proof, verdict.expected, verdict.found);
    else findings.lacks('missing', path, time ?? timeOf(there.evidence), proof, verdict);
  }
}

async function checkSum(
  entry: PlanEntry,
  suffix: string,
  sidecar: PlanSidecar,
  metadata: Buffer,
  context: PlaceContext,
  findings: Findings,
): Promise<void> {
  const algorithm = algorithmOf(suffix);
  const path = `${entry.path}.${suffix}`;
  // Signatures of metadata, and sums of signatures, are not in use.
  if (algorithm !== suffix || algorithm === null) return;
  const answer = await readTwice(path, checksumMaxBytes, context);
  if (answer.kind === 'none') return findings.unknown(path, answer.evidence);
  if (answer.kind === 'missing')
    return sidecar.guess === true && (await context.origin.look(path)).kind !== 'file'
      ? undefined
      : absent('sidecar-missing', path, entry, answer.evidence, context, findings);
  const { value, evidence } = answer;
  const here = value === null ? null : parseSidecar(value, algorithm);
  if (here?.ok === true && here.value === digestOf(metadata, [algorithm])[algorithm]) return;
  if (value !== null && looksLikePage(path, value)) return findings.add('not-maven', path, [evidence], {}, { isPage: true });
  const there = await context.origin.readSmall(path, { fresh: true });
  if (there.kind === 'none') return findings.unknown(path, there.evidence);
  // Wrong there, too, or new there, and on its way to the metadata here.
  if (there.kind === 'file' && value !== null && there.value?.equals(value) === true) return;
  // It may have been replaced between the two questions.
  const again = await context.client.readSmall({ path: entry.path, as: 'plain', fresh: true }, metadataMaxBytes);
  const digest = again.kind === 'file' && again.value !== null ? digestOf(again.value, [algorithm])[algorithm] : undefined;
  if (here?.ok === true && here.value === digest) return;
  const found =
    here?.ok === true ? { [algorithm]: here.value } : { problem: here === null ? `longer than ${checksumMaxBytes} bytes` : here.detail };
  findings.add('sidecar-wrong', path, [evidence, there.evidence], { [algorithm]: digest ?? null }, found);
}

async function readTwice(path: string, maxBytes: number, { client, sample, name }: PlaceContext): Promise<Answer<Small>> {
  const as = sample.agentFor(path, name);
  const answer = await client.readSmall({ path, as }, maxBytes);
  return answer.kind === 'missing' ? client.readSmall({ path, as: otherAgent(as), fresh: true }, maxBytes) : answer;
}

async function absent(
  kind: 'missing' | 'sidecar-missing',
  path: string,
  { time, guess }: PlanEntry,
  evidence: Evidence,
  { origin }: PlaceContext,
  findings: Findings,
): Promise<void> {
  const there = await origin.look(path);
  if (there.kind === 'missing' || (there.kind === 'none' && guess === true)) return;
  const known = time ?? (there.kind === 'file' ? there.value.time : undefined);
  const facts = { expected: { time: known ?? null }, found: { status: evidence.status } };
  findings.lacks(kind, path, known, [evidence, there.evidence], facts);
}

function timeOf({ time }: Evidence): string | undefined {
  return time === undefined || Number.isNaN(Date.parse(time)) ? undefined : new Date(time).toISOString();
}
