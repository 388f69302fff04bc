/** Holds a released file of the origin against earlier audits. A change that only the list shows counts once the origin confirms it. */
import { signatureMaxBytes } from '../../../network/transport/contract/limits.js';
import { digestOf } from '../../../proof/checksum/digest.js';
import type { PlanEntry } from '../contract.js';
import type { EarlierFiles } from '../earlier/earlier-files.js';
import { changedSignatures, changeOf, isSameAsBefore, type KnownFile, knownOf } from '../earlier/known-file.js';
import type { Reading } from './answer.js';
import type { Findings } from './findings.js';
import type { OriginAnswers } from './origin-answers.js';

export interface ChangeContext {
  readonly origin: OriginAnswers;
  readonly earlier: EarlierFiles;
}

/** Returns the file if it was read. @param wasRead whether it was read just now, so that the origin need not be asked again */
export async function checkChange(
  entry: PlanEntry,
  wasRead: boolean,
  { origin, earlier }: ChangeContext,
  findings: Findings,
): Promise<Reading | null> {
  const { path } = entry;
  const before = earlier.of(path);
  if (before === null) return null;
  const listed = knownOf(entry);
  for (const suffix of changedSignatures(before, listed))
    await checkSignature(`${path}.${suffix}`, before.sidecars[suffix], origin, findings);
  if (!wasRead && changeOf(before, listed) === null) return null;
  const answer = await origin.read(path);
  if (answer.kind === 'none') findings.unknown(path, answer.evidence);
  if (answer.kind !== 'file') return null;
  const change = changeOf(before, knownOfReading(answer.value));
  if (change !== null) findings.add('changed-since', path, [answer.evidence], change.expected, change.found);
  return answer.value;
}

async function checkSignature(path: string, before: string | undefined, origin: OriginAnswers, findings: Findings): Promise<void> {
  const answer = await origin.readSmall(path, { maxBytes: signatureMaxBytes });
  if (answer.kind === 'none') findings.unknown(path, answer.evidence);
  if (answer.kind !== 'file') return;
  const md5 = answer.value === null ? null : (digestOf(answer.value, ['md5']).md5 ?? null);
  if (md5 !== before) findings.add('changed-since', path, [answer.evidence], { md5: before ?? null }, { md5 });
}

/** Whether a place has the bytes that the origin had when it was audited before. */
export function isEarlier(path: string, reading: Reading, earlier: EarlierFiles): boolean {
  return isSameAsBefore(earlier.of(path), knownOfReading(reading));
}

function knownOfReading({ size, md5, sha256 }: Reading): KnownFile {
  return { size, md5, sha256, sidecars: {} };
}
