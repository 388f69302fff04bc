/**
 * The signers of an artifact's other releases, as recorded on this machine and in the lockfile. A team shares the lockfile: on a fresh
 * machine it is the only memory.
 */
import type { SignaturePolicy } from '../../proof/signature-policy.js';
import type { SignedSubject } from '../../proof/signed-subject.js';
import type { Parts } from '../context.js';

/** The parts of the context that record signers. */
export type RememberingContext = Parts<'store' | 'trust'> & { readonly run: Pick<Parts<'run'>['run'], 'lock'> };

export interface SignerHistory {
  /** Fingerprints whose signatures counted: if none of them signs, the signer is lost. */
  readonly signed: readonly string[];
  /** The subset of `signed` that no other key may replace. */
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

/** Whether a key may sign: it signed before, the user accepts it, or no signer that counted is known. */
export function maySign({ binding, accepted }: SignerHistory, fingerprint: string | null): boolean {
  if (binding.length === 0) return true;
  return fingerprint !== null && (binding.includes(fingerprint) || fingerprint === accepted);
}

function nameOf({ group, artifact }: SignedSubject): string {
  return `${group}:${artifact}`;
}
