/** Holds the origin against itself: its checksum files against its files, its metadata against its list, and both against earlier audits. */
import { namesIn } from '../../../maven/repository-index/names-in-metadata.js';
import { checksumMaxBytes, metadataMaxBytes } from '../../../network/transport/contract/limits.js';
import { digestOf } from '../../../proof/checksum/digest.js';
import { parseSidecar } from '../../../proof/checksum/sidecar.js';
import { isImmutable, type Sample } from '../compare/sample.js';
import type { DigestLine, Evidence, PlanEntry } from '../contract.js';
import type { Reading } from './answer.js';
import { type ChangeContext, checkChange } from './check-change.js';
import { type Algorithm, algorithmOf } from './check-sidecars.js';
import type { Findings } from './findings.js';

export interface OriginContext extends ChangeContext {
  readonly sample: Sample;
}

const mostNames = 10;

/** Returns the digest of the file, if it is known. */
export async function checkOrigin(entry: PlanEntry, context: OriginContext, findings: Findings): Promise<DigestLine | null> {
  if (entry.metadata === true) {
    await checkMetadata(entry, context, findings);
    return null;
  }
  const { path, size, sha256 } = entry;
  const isRead = context.sample.readingOf(entry).length > 0;
  if (!isRead) await checkListedSum(entry, context, findings);
  const reading = isRead ? await readFile(entry, context, findings) : null;
  const changed = isImmutable(path) ? await checkChange(entry, reading !== null, context, findings) : null;
  const known = reading ?? changed;
  if (known !== null) return { digest: path, sha256: known.sha256, size: known.size };
  return !isRead && sha256 !== undefined && size !== undefined ? { digest: path, sha256, size } : null;
}

/** Reads a file of the sample; null if it cannot be read. */
async function readFile(entry: PlanEntry, context: OriginContext, findings: Findings): Promise<Reading | null> {
  const { path, size, sha256 } = entry;
  const answer = await context.origin.read(path);
  if (answer.kind === 'none') findings.unknown(path, answer.evidence);
  if (answer.kind !== 'file') return null;
  const { value: reading, evidence } = answer;
  for (const [suffix, { guess }] of Object.entries(entry.sidecars ?? {})) {
    const algorithm = algorithmOf(suffix);
    if (algorithm === suffix && algorithm !== null)
      await checkSum(`${path}.${suffix}`, algorithm, reading[algorithm], { context, findings, evidence, guess });
  }
  if (
    isImmutable(path) &&
    ((size ?? reading.size) !== reading.size ||
      (sha256 ?? reading.sha256) !== reading.sha256 ||
      (entry.etag ?? reading.md5) !== reading.md5)
  )
    findings.add(
      'content-differs',
      path,
      [evidence],
      { size: size ?? null, md5: entry.etag ?? null, sha256: sha256 ?? null },
      { size: reading.size, md5: reading.md5, sha256: reading.sha256 },
    );
  return reading;
}

/** The list alone tells whether a file `.md5` holds the MD5 of its file: it gives the MD5 of both. */
async function checkListedSum(entry: PlanEntry, context: OriginContext, findings: Findings): Promise<void> {
  const { path, etag, sidecars = {} } = entry;
  const listed = sidecars['md5']?.etag;
  if (etag === undefined || listed === undefined) return;
  const usual = [etag, `${etag}\n`, `${etag}\r\n`].map((text) => digestOf(text, ['md5']).md5);
  if (usual.includes(listed)) return;
  const evidence: Evidence = { url: context.origin.urlOf(path), as: 'list', status: null, etag };
  await checkSum(`${path}.md5`, 'md5', etag, { context, findings, evidence, guess: undefined });
}

interface SumCheck {
  readonly context: OriginContext;
  readonly findings: Findings;
  /** Of the file itself. */
  readonly evidence: Evidence;
  readonly guess: true | undefined;
}

async function checkSum(
  path: string,
  algorithm: Algorithm,
  digest: string,
  { context, findings, evidence, guess }: SumCheck,
): Promise<void> {
  const answer = await context.origin.readSmall(path, { maxBytes: checksumMaxBytes });
  if (answer.kind === 'none' && guess !== true) findings.unknown(path, answer.evidence);
  if (answer.kind !== 'file') return;
  const sum = answer.value === null ? null : parseSidecar(answer.value, algorithm);
  if (sum?.ok === true && sum.value === digest) return;
  const found = sum?.ok === true ? { [algorithm]: sum.value } : { problem: sum?.detail ?? `longer than ${checksumMaxBytes} bytes` };
  findings.add('wrong-sum', path, [answer.evidence, evidence], { [algorithm]: digest }, found);
}

async function checkMetadata(entry: PlanEntry, context: OriginContext, findings: Findings): Promise<void> {
  const { path, versions } = entry;
  const { origin } = context;
  const answer = await origin.readSmall(path, { maxBytes: metadataMaxBytes });
  if (answer.kind === 'none') return findings.unknown(path, answer.evidence);
  if (answer.kind === 'missing' || answer.value === null) return;
  for (const [suffix, { guess }] of Object.entries(entry.sidecars ?? {})) {
    const algorithm = algorithmOf(suffix);
    if (algorithm !== suffix || algorithm === null) continue;
    await checkMetadataSum(entry, algorithm, answer.value, { context, findings, evidence: answer.evidence, guess });
  }
  if (versions !== undefined) await checkNames(path, answer.value, versions, { context, findings, evidence: answer.evidence });
}

/** Metadata changes: a sum that does not fit is looked at again, with the metadata of the same moment. */
async function checkMetadataSum({ path }: PlanEntry, algorithm: Algorithm, bytes: Buffer, check: SumCheck): Promise<void> {
  const { origin } = check.context;
  const sum = await origin.readSmall(`${path}.${algorithm}`);
  const read = sum.kind === 'file' && sum.value !== null ? parseSidecar(sum.value, algorithm) : null;
  if (sum.kind !== 'file' || (read?.ok === true && read.value === digestOf(bytes, [algorithm])[algorithm])) {
    if (sum.kind === 'none' && check.guess !== true) check.findings.unknown(`${path}.${algorithm}`, sum.evidence);
    return;
  }
  const again = await origin.readSmall(path, { maxBytes: metadataMaxBytes, fresh: true });
  const sumAgain = await origin.readSmall(`${path}.${algorithm}`, { fresh: true });
  if (again.kind !== 'file' || again.value === null || sumAgain.kind !== 'file') return;
  const digest = digestOf(again.value, [algorithm])[algorithm] ?? '';
  const readAgain = sumAgain.value === null ? null : parseSidecar(sumAgain.value, algorithm);
  if (readAgain?.ok === true && readAgain.value === digest) return;
  const found =
    readAgain?.ok === true ? { [algorithm]: readAgain.value } : { problem: readAgain?.detail ?? `longer than ${checksumMaxBytes} bytes` };
  check.findings.add('wrong-sum', `${path}.${algorithm}`, [sumAgain.evidence, again.evidence], { [algorithm]: digest }, found);
}

/** A version that came after the list was made is not in it, so the origin is asked. */
async function checkNames(
  path: string,
  bytes: Buffer,
  versions: readonly string[],
  { context, findings, evidence }: Omit<SumCheck, 'guess'>,
): Promise<void> {
  const known = new Set(versions);
  const dangling: string[] = [];
  const proof: Evidence[] = [evidence];
  for (const { version, key } of namesIn(path, bytes).filter((named) => !known.has(named.version))) {
    const there = await context.origin.look(key);
    if (there.kind !== 'missing') continue;
    dangling.push(version);
    if (proof.length < mostNames) proof.push(there.evidence);
  }
  if (dangling.length === 0) return;
  const found = { dangling: dangling.length, versions: dangling.slice(0, mostNames).join(', ') };
  findings.add('dangling-metadata', path, proof, { dangling: 0 }, found);
}
