/** Compares the strongest proof of a file with what the policy requires, and says which evidence could still prove more. */
import type { QuorumVerdict } from './checksum/quorum.js';
import type { Evidence, Need, Refused } from './evidence.js';
import type { FileClaims } from './file-claims.js';
import { compareLevels, type Level } from './level.js';
import type { FilePolicy } from './policy.js';
import { refused } from './refusal.js';

/** Refuses a file that is not proven well enough. */
export function checkLevel(evidence: Evidence, policy: FilePolicy, level: Level, claims: FileClaims): Refused | null {
  return checkDefaultRule(evidence, policy, level, claims) ?? checkMinimum(evidence, policy, level, claims);
}

/** Applies the default rule: `transport` from the canonical operator or a trusted mirror, otherwise `origin` or stronger. */
function checkDefaultRule(evidence: Evidence, policy: FilePolicy, level: Level, claims: FileClaims): Refused | null {
  if (compareLevels(level, 'origin') >= 0 || evidence.local === true) return null;
  const server = evidence.servedBy;
  const suffices = server !== null && (server.canonical || server.trusted);
  if (level === 'transport' && (suffices || policy.acceptMirrorChecksums)) return null;
  if (level === 'none' && suffices) {
    if (policy.checksums !== 'fail' || evidence.checksumFileExempt === true) return null;
    return refused('ERR_CHECKSUM', 'missing', `${evidence.path}: ${server.mirror} publishes no checksum for it`, {
      hint: 'Use --checksums warn to accept files without a checksum.',
      ...needs(neededChecksums(evidence, claims)),
    });
  }
  return notProven(evidence, policy, claims);
}

/** Applies the policy's own minimum, in addition to the default rule. */
function checkMinimum(evidence: Evidence, policy: FilePolicy, level: Level, claims: FileClaims): Refused | null {
  const least = policy.level;
  if (least === null || compareLevels(level, least) >= 0) return null;
  const found = `${evidence.path}: proven at level '${level}', the policy asks for '${least}'`;
  switch (least) {
    case 'pinned':
      return refused('ERR_CHECKSUM', 'missing', `${found}: no trusted-checksum file pins it`, {
        hint: 'Add its sha256 to a file that you name with --trusted-checksums.',
      });
    case 'signed':
      return refused('ERR_SIGNATURE', 'missing', `${found}: no good signature`, { needs: ['signature'] });
    case 'quorum':
      return refused('ERR_QUORUM', 'too-few', `${found}: ${agreement(claims.quorum, policy)}`, { needs: ['other-checksums'] });
    case 'origin':
      return notProven(evidence, policy, claims);
    default:
      return refused('ERR_CHECKSUM', 'missing', `${found}: no checksum is published for it`, needs(neededChecksums(evidence, claims)));
  }
}

/** Refuses a file below `origin`, and says whether the canonical operator or the other mirrors could still prove it. */
function notProven(evidence: Evidence, policy: FilePolicy, claims: FileClaims): Refused {
  const { path } = evidence;
  const from = evidence.servedBy?.mirror ?? 'the local repository';
  if (claims.origin.length > 0) {
    return refused('ERR_CHECKSUM', 'weak', `${path} came from ${from}, and all that the canonical repository publishes for it is md5`, {
      hint: 'MD5 proves nothing against a forger. A quorum, a pin or a signature is needed.',
      needs: ['other-checksums'],
    });
  }
  if (evidence.canonicalReachable) {
    return refused('ERR_CHECKSUM', 'missing', `${path} came from ${from}, and no canonical checksum over https vouches for it`, {
      // A canonical claim over plain http was already fetched: asking again would return the same.
      ...needs([
        ...(claims.hasCanonical ? [] : (['canonical-checksum'] as const)),
        ...(policy.level !== null && compareLevels(policy.level, 'quorum') >= 0 ? (['other-checksums'] as const) : []),
      ]),
      ...acceptHint(policy),
    });
  }
  return refused(
    'ERR_QUORUM',
    'too-few',
    `${path} came from ${from}, the canonical repository does not answer, and ${agreement(claims.quorum, policy)}`,
    {
      needs: ['other-checksums'],
      ...acceptHint(policy),
    },
  );
}

function acceptHint(policy: FilePolicy): { hint?: string | undefined } {
  return policy.acceptMirrorChecksums
    ? {}
    : {
        hint: "Pin its sha256 with --trusted-checksums. Less safe: --accept-mirror-checksums believes the serving mirror's own checksum.",
      };
}

function agreement(quorum: QuorumVerdict, policy: FilePolicy): string {
  const names = quorum.agreeing.length === 0 ? 'no known operator' : `only ${quorum.agreeing.join(', ')}`;
  const inconsistent = quorum.inconsistent.length === 0 ? '' : ` (${quorum.inconsistent.join(', ')} contradicts itself)`;
  return `${names} of the ${policy.quorum} operators needed publishes its checksum${inconsistent}`;
}

function neededChecksums(evidence: Evidence, claims: FileClaims): Need[] {
  const needed: Need[] = [];
  if (evidence.canonicalReachable && !claims.hasCanonical) needed.push('canonical-checksum');
  needed.push('other-checksums');
  return needed;
}

function needs(needed: readonly Need[]): { needs?: readonly Need[] | undefined } {
  return needed.length === 0 ? {} : { needs: needed };
}
