/** Explains in one sentence why a file can be trusted. */
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
  /** Whether a repository was asked and did not answer. */
  readonly unproven: boolean;
  /** Mirrors that publish a matching checksum over plain http. */
  readonly overHttp: readonly string[];
}

export interface Explanation {
  readonly why: string;
  /** False if the file was merely found, without any evidence. */
  readonly proven: boolean;
}

export function explainLevel(context: Context, facts: LevelFacts): Explanation {
  const { level, signature, witnesses } = facts.verification;
  switch (level) {
    case 'pinned':
      return { why: pinnedBy(facts.pin), proven: true };
    case 'signed':
      return { why: signature?.sentence ?? 'signed by a key that is trusted', proven: true };
    case 'quorum': {
      const operators = facts.proofs.flatMap((proof) => (proof.level === 'quorum' ? proof.operators : []));
      return { why: `${list(operators)} publish the same checksum`, proven: true };
    }
    case 'origin':
    case 'transport': {
      const agreeing = witnesses.filter(({ agrees }) => agrees).map(({ mirror }) => mirror);
      return { why: `${list(agreeing)} publishes the same checksum${firstSeenAs(facts)}`, proven: true };
    }
    case 'local':
    case 'none':
      return explainLocal(context, facts);
  }
}

function explainLocal(context: Context, facts: LevelFacts): Explanation {
  if (facts.origin.kind === 'installed') return { why: 'built and installed on this machine', proven: true };
  if (facts.copyOf !== null) return { why: `a copy of ${facts.copyOf}`, proven: true };
  const why = agreement(facts) ?? missingProof(facts, context.run.offline);
  return { why: `${why}${firstSeenAs(facts)}`, proven: facts.firstSeen !== null };
}

/** Names the mirrors whose checksum the file has, although this is not a proof; null if there are none. */
function agreement({ verification, overHttp }: LevelFacts): string | null {
  const agreeing = verification.witnesses.filter(({ agrees }) => agrees);
  const strong = agreeing.filter(({ algorithm }) => algorithm !== 'md5').map(({ mirror }) => mirror);
  const weak = agreeing.map(({ mirror }) => mirror).filter((mirror) => !strong.includes(mirror));
  const parts = [
    ...(strong.length === 0 ? [] : [`${list(strong)}, too few operators for a quorum`]),
    ...(weak.length === 0 ? [] : [`${list(weak)}, by md5 only`]),
    ...(overHttp.length === 0 ? [] : [`${list(overHttp)}, over plain http`]),
  ];
  return parts.length === 0 ? null : `agrees with ${parts.join('; and with ')}`;
}

function missingProof({ origin, unproven }: LevelFacts, offline: boolean): string {
  if (unproven) return 'no mirror could be asked for its checksum';
  if (offline) return 'no mirror was asked, because of --offline';
  if (origin.kind === 'foreign') return `it came from ${list(origin.recorded)}, which is not configured here`;
  return `no checksum is published for it${origin.kind === 'unlisted' ? ', and nothing says where it came from' : ''}`;
}

function pinnedBy(pin: Pin | null): string {
  if (pin === null) return 'pinned';
  const written = pin.lockedLevel === undefined ? '' : `, which was written when it was proven at ${pin.lockedLevel}`;
  return `pinned by ${pin.source}${written}`;
}

function firstSeenAs({ firstSeen }: LevelFacts): string {
  return firstSeen === null ? '' : `; as it was first seen, at ${firstSeen.level} from ${firstSeen.repository}`;
}

function list(names: readonly string[]): string {
  const distinct = [...new Set(names)];
  return distinct.length < 2 ? (distinct[0] ?? 'a mirror') : `${distinct.slice(0, -1).join(', ')} and ${distinct.at(-1) ?? ''}`;
}
