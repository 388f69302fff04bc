/**
 * Who signed the other releases of an artifact, as this machine remembers it and as the lockfile names it, and what that
 * means for one more release. The lockfile is what a team shares: on a fresh machine it is the only memory.
 */
import type { SignatureMode } from '../../base/words.js';
import type { SignaturePolicy } from '../../proof/signature-policy.js';
import type { SignatureVerdict } from '../../proof/signature-verdict.js';
import type { SignedSubject } from '../../proof/signed-subject.js';
import type { Parts } from '../context.js';

/** The parts of the context that remember signers. */
export type RememberingContext = Parts<'store' | 'trust'> & { readonly run: Pick<Parts<'run'>['run'], 'lock'> };

export interface SignerHistory {
  /** Fingerprints whose signatures counted: without one of them, a signer is lost. */
  readonly signed: readonly string[];
  /** Of those, the ones that no other key may replace. */
  readonly binding: readonly string[];
  /** Fingerprints or key IDs in the lockfile whose signatures did not count. */
  readonly seen: readonly string[];
  /** The change that the user accepts: a fingerprint, or `none` for releases without a signature. */
  readonly accepted: string | undefined;
}

/** Returns the history of an artifact; null if a rule or a key map names its signers, so that history does not matter. */
export async function readSignerHistory(
  { store, trust, run }: RememberingContext,
  { subject, policy }: { readonly subject: SignedSubject; readonly policy: SignaturePolicy },
): Promise<SignerHistory | null> {
  if (!trust.signatures.remembersSigners || policy.signers !== null) return null;
  const name = nameOf(subject);
  const recorded = (await store.signers.signersOf(name)) ?? [];
  const locked = run.lock?.signersOf(subject.group, subject.artifact) ?? null;
  const signed = [...new Set([...recorded, ...(locked?.signed ?? [])])];
  return {
    signed,
    binding: locked?.changesAreDifferences === true ? recorded : signed,
    seen: locked?.changesAreDifferences === true ? [] : (locked?.seen ?? []),
    accepted: trust.acceptSigners[name],
  };
}

/** Whether a key may sign: it did before, the user accepts it, or no signer that counted is known. */
export function maySign({ binding, accepted }: SignerHistory, fingerprint: string | null): boolean {
  if (binding.length === 0) return true;
  return fingerprint !== null && (binding.includes(fingerprint) || fingerprint === accepted);
}

/** What the history says about a release that its own signature does not refuse. */
export type HistoryFinding =
  | { readonly kind: 'fits' }
  | { readonly kind: 'warning'; readonly sentence: string }
  | { readonly kind: 'refused'; readonly status: 'signer-changed' | 'signer-lost'; readonly sentence: string };

/**
 * Compares a verdict with the history. An artifact that had a signer who counts, and now has none that does, is refused
 * in both modes; the same key that merely does not count on this machine is not. If the earlier signer did not count
 * either, a change is a warning, and under `require` it is refused.
 */
export function compareWithHistory(
  history: SignerHistory,
  verdict: SignatureVerdict,
  { subject, mode }: { readonly subject: SignedSubject; readonly mode: SignatureMode },
): HistoryFinding {
  const { signed, seen, accepted } = history;
  const key = verdict.fingerprint ?? verdict.signingKey ?? verdict.keyId;
  const isKnown = key !== null && [...signed, ...seen].some((known) => isSameKey(known, key));
  if (isKnown || (key ?? 'none') === accepted || (verdict.status === 'missing' && accepted === 'none')) return { kind: 'fits' };
  const now = verdict.status === 'missing' || key === null ? 'is not signed' : `is signed by ${key}`;
  const name = nameOf(subject);
  if (signed.length > 0) {
    if (verdict.status === 'good') return { kind: 'fits' };
    const status = now === 'is not signed' ? 'signer-lost' : 'signer-changed';
    return { kind: 'refused', status, sentence: `other releases of ${name} are signed by ${signed.join(', ')}, and this one ${now}` };
  }
  if (seen.length === 0) return { kind: 'fits' };
  const sentence = `other releases of ${name} in the lockfile are signed by ${seen.join(', ')}, and this one ${now}`;
  return mode === 'require' ? { kind: 'refused', status: 'signer-changed', sentence } : { kind: 'warning', sentence };
}

/** A key ID is the end of a fingerprint (version 4). */
function isSameKey(a: string, b: string): boolean {
  return a === b || (a.length === 16 && b.endsWith(a)) || (b.length === 16 && a.endsWith(b));
}

function nameOf({ group, artifact }: SignedSubject): string {
  return `${group}:${artifact}`;
}
