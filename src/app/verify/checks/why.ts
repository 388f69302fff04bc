/** Why a file may be believed, in one sentence. */
import type { ArtifactVerification } from '../../../fetch/artifact.js';
import type { Context } from '../../../fetch/context.js';
import type { FirstSeen } from '../../../local/ledger/first-seen.js';
import type { Pin } from '../../../proof/evidence.js';
import type { Proof } from '../../../proof/proof.js';
import type { FileOrigin } from './file-origin.js';

export interface LevelFacts {
  readonly verification: ArtifactVerification;
  readonly proofs: readonly Proof[];
  readonly pin: Pin | null;
  readonly origin: FileOrigin;
  readonly firstSeen: FirstSeen | null;
  /** Name of the timestamped build that the file is a copy of. */
  readonly copyOf: string | null;
  /** A repository was asked and did not answer. */
  readonly unproven: boolean;
}

/** `proven` is false where the file was merely found, and nothing that was asked vouches for it. */
export function explainLevel(context: Context, facts: LevelFacts): { readonly why: string; readonly proven: boolean } {
  const {
    verification: { level, witnesses },
    proofs,
    pin,
    origin,
    firstSeen,
    copyOf,
    unproven,
  } = facts;
  const agreeing = witnesses.filter(({ agrees }) => agrees);
  const seen = firstSeen === null ? '' : `; as it was first seen, at ${firstSeen.level} from ${firstSeen.repository}`;
  switch (level) {
    case 'pinned':
      return {
        why:
          pin === null
            ? 'pinned'
            : `pinned by ${pin.source}${pin.lockedLevel === undefined ? '' : `, which was written when it was proven at ${pin.lockedLevel}`}`,
        proven: true,
      };
    case 'signed':
      return { why: signedWhy(facts.verification), proven: true };
    case 'quorum':
      return {
        why: `${list(proofs.flatMap((proof) => (proof.level === 'quorum' ? proof.operators : [])))} publish the same checksum`,
        proven: true,
      };
    case 'origin':
    case 'transport':
      return { why: `${list(agreeing.map(({ mirror }) => mirror))} publishes the same checksum${seen}`, proven: true };
    case 'local':
    case 'none':
      break;
  }
  if (origin.kind === 'installed') return { why: 'built and installed on this machine', proven: true };
  if (copyOf !== null) return { why: `a copy of ${copyOf}`, proven: true };
  const unproved = unproven
    ? 'no mirror could be asked for its checksum'
    : context.run.offline
      ? 'no mirror was asked, because of --offline'
      : origin.kind === 'foreign'
        ? `it came from ${list(origin.recorded)}, which is not configured here`
        : `no checksum is published for it${origin.kind === 'unlisted' ? ', and nothing says where it came from' : ''}`;
  return { why: `${unproved}${seen}`, proven: firstSeen !== null };
}

function signedWhy({ signature }: ArtifactVerification): string {
  return signature?.sentence ?? 'signed by a key that is trusted';
}

function list(names: readonly string[]): string {
  const distinct = [...new Set(names)];
  return distinct.length < 2 ? (distinct[0] ?? 'a mirror') : `${distinct.slice(0, -1).join(', ')} and ${distinct.at(-1) ?? ''}`;
}
