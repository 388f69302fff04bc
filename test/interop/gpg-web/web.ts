/** A web of trust as data, and random ones. Times are seconds since 1970. */
import type { Ownertrust } from '../../../src/proof/openpgp/certificate/certificate-source.js';
import { type Chance, createChance } from '../../support/chance.js';
import type { HashName } from './packets.js';

/** A certification, or its revocation, by the key with this index. */
export interface WebCertification {
  readonly by: number;
  readonly revokes: boolean;
  /** 0x10 to 0x13. */
  readonly type: number;
  readonly at: number;
  /** Seconds after `at`. */
  readonly expiresIn?: number;
  readonly hash: HashName;
  readonly trust?: { readonly depth: number; readonly amount: number; readonly regexp?: string };
  readonly irrevocable?: boolean;
  readonly local?: boolean;
  readonly broken?: boolean;
  readonly bySubkey?: boolean;
  readonly withoutIssuerFingerprint?: boolean;
  /** Carries an unknown critical subpacket. */
  readonly critical?: boolean;
}

export interface WebUserId {
  readonly text: string;
  readonly at: number;
  readonly expiresIn?: number;
  readonly revokedAt?: number;
  /** Made valid again after its revocation. */
  readonly boundAgainAt?: number;
  readonly primary?: boolean;
  readonly hash: HashName;
  readonly certifications: readonly WebCertification[];
}

export interface WebKey {
  readonly name: string;
  readonly createdAt: number;
  readonly expiresIn?: number;
  readonly revoked?: { readonly at: number; readonly reason: number };
  /** A direct-key signature, which may set the key's expiry and its designated revokers. */
  readonly direct?: { readonly at: number; readonly expiresIn?: number; readonly revoker?: number };
  /** A revocation by another key, permitted or not. */
  readonly revokedBy?: { readonly by: number; readonly at: number };
  readonly ownertrust: Ownertrust;
  readonly disabled?: boolean;
  readonly userIds: readonly WebUserId[];
  /** Certifications name it, but the ring does not hold it. */
  readonly missing?: boolean;
}

export interface Web {
  readonly seed: number;
  readonly keys: readonly WebKey[];
  /** The time of judgement. */
  readonly at: readonly number[];
  /** Options of the trust model; GnuPG's defaults if not set. */
  readonly limits: { readonly completes?: number; readonly marginals?: number; readonly depth?: number };
}

const day = 86_400;
/** 2018-01-01: some SHA-1 certifications are older than GnuPG's line of 2019-01-19. */
const start = 1_514_764_800;
const domains = ['example.com', 'dev.example.com', 'example.org', 'notexample.com', 'example.com.evil.net'] as const;
const regexps = [
  '<[^>]+[@.]example\\.com>$',
  '<[^>]+[@.]example\\.org>$',
  '<[^>]+[@.]EXAMPLE\\.com>$',
  'example.com',
  '<[^>]+[@.]e.ample\\.com>$',
  '^.*$',
  '(example|x)\\.com',
  '<[^>]+[@.]dev\\.example\\.com>$',
  '@example.com>$',
  '<.*@example\\.org>',
] as const;

const sometimes = <K extends string, V>(chance: Chance, probability: number, name: K, value: () => V): Partial<Record<K, V>> => {
  const result: Partial<Record<K, V>> = {};
  if (chance.happens(probability)) result[name] = value();
  return result;
};

function randomCertification(chance: Chance, by: number, from: number, tame: boolean): WebCertification {
  const rare = tame ? 0.003 : 0.03;
  const trusting = chance.happens(0.2);
  return {
    by,
    revokes: false,
    type: chance.happens(0.15) ? chance.pick([0x11, 0x12, 0x13]) : 0x10,
    at: from + chance.below(900) * day + chance.below(3),
    hash: chance.happens(rare * 2) ? chance.pick(['sha1', 'sha1', 'md5']) : chance.pick(['sha256', 'sha512']),
    ...sometimes(chance, rare * 3, 'expiresIn', () => (1 + chance.below(900)) * day),
    ...(trusting
      ? {
          trust: {
            depth: chance.below(4),
            amount: chance.pick([120, 60, 119, 59, 0, 255, 121]),
            ...sometimes(chance, 0.4, 'regexp', () => chance.pick(regexps)),
          },
        }
      : {}),
    ...sometimes(chance, rare, 'irrevocable', () => true),
    ...sometimes(chance, rare, 'local', () => true),
    ...sometimes(chance, rare, 'broken', () => true),
    ...sometimes(chance, rare, 'bySubkey', () => true),
    ...sometimes(chance, rare * 2, 'withoutIssuerFingerprint', () => true),
    ...sometimes(chance, rare / 2, 'critical', () => true),
  };
}

function randomUserId(
  chance: Chance,
  name: string,
  number: number,
  createdAt: number,
  certifications: readonly WebCertification[],
): WebUserId {
  const at = createdAt + chance.below(30) * day;
  const revoked = chance.happens(0.08);
  const domain = chance.pick(domains);
  return {
    text: chance.happens(0.04)
      ? `Zoë № ${name} ${number} 🔑 <${name}.${number}.zoë@${domain}>`
      : chance.happens(0.06)
        ? `${name}.${number}@${domain}`
        : `${name} ${number}${chance.happens(0.1) ? ' (a comment)' : ''} <${name.toLowerCase()}.${number}@${chance.happens(0.1) ? domain.toUpperCase() : domain}>`,
    at,
    hash: chance.happens(0.05) ? 'sha1' : 'sha512',
    certifications,
    ...sometimes(chance, 0.07, 'expiresIn', () => (1 + chance.below(1500)) * day),
    ...(revoked ? { revokedAt: at + chance.below(900) * day } : {}),
    ...(revoked && chance.happens(0.3) ? { boundAgainAt: at + chance.below(1500) * day } : {}),
    ...sometimes(chance, 0.2, 'primary', () => true),
  };
}

/** Several certifications by one signer: renewed, revoked, certified again. */
function certificationsBy(chance: Chance, by: number, from: number, tame: boolean): readonly WebCertification[] {
  const first = randomCertification(chance, by, from, tame);
  const result = [first];
  if (chance.happens(0.12))
    result.push({ ...randomCertification(chance, by, from, tame), revokes: true, at: first.at + (chance.below(5) - 1) * 50 * day });
  if (chance.happens(0.1)) result.push({ ...randomCertification(chance, by, from, tame), at: first.at + (chance.below(7) - 2) * 50 * day });
  if (chance.happens(0.2)) result.reverse();
  return result;
}

/** 5 to 24 keys; every second seed is denser and has fewer oddities, so that long chains occur. */
export function randomWeb(seed: number): Web {
  const chance = createChance(seed);
  const tame = seed % 2 === 0;
  const count = 5 + chance.below(20);
  const ultimates = chance.happens(0.03) ? 0 : 1 + chance.below(2);
  const density = (1.5 + chance.below(5)) / Math.sqrt(count) / 2;
  const keys = Array.from({ length: count }, (_, index): WebKey => {
    const createdAt = start + chance.below(700) * day;
    const userIds = Array.from({ length: chance.happens(0.6) ? 1 : 1 + chance.below(3) }, (__, number) => {
      const certifications: WebCertification[] = [];
      for (let by = 0; by < count; by += 1) {
        const near = by < index && index - by <= 4;
        if (!chance.happens(near ? density * 1.5 : density / 2)) continue;
        if (by === index && !chance.happens(0.3)) continue;
        certifications.push(...certificationsBy(chance, by, createdAt - (chance.happens(0.05) ? 100 * day : 0), tame));
      }
      return randomUserId(chance, `Key${index}`, number, createdAt, certifications);
    });
    const rare = tame ? 0.03 : 0.08;
    return {
      name: `key-${index}`,
      createdAt,
      userIds,
      ownertrust:
        index < ultimates
          ? 'ultimate'
          : chance.pick(['unknown', 'undefined', 'never', 'marginal', 'marginal', 'full', 'full', 'full', 'unknown']),
      ...sometimes(chance, rare, 'expiresIn', () => (30 + chance.below(2000)) * day),
      ...sometimes(chance, rare, 'revoked', () => ({ at: createdAt + chance.below(1500) * day, reason: chance.pick([0, 1, 2, 3]) })),
      ...sometimes(chance, 0.05, 'disabled', () => true),
      ...sometimes(chance, 0.06, 'direct', () => ({
        at: createdAt,
        ...sometimes(chance, 0.5, 'expiresIn', () => (30 + chance.below(2000)) * day),
        ...sometimes(chance, 0.6, 'revoker', () => chance.below(count)),
      })),
      ...(index >= ultimates || ultimates > 1 ? sometimes(chance, 0.03, 'missing', () => true) : {}),
    };
  });
  for (const [index, key] of keys.entries()) {
    if (key.direct?.revoker === undefined || !chance.happens(0.6)) continue;
    keys[index] = {
      ...key,
      revokedBy: { by: chance.happens(0.7) ? key.direct.revoker : chance.below(count), at: key.createdAt + chance.below(900) * day },
    };
  }
  const at = [start + (1600 + chance.below(300)) * day, start + (700 + chance.below(900)) * day];
  const ends = endsOf(keys);
  // The very second in which something ends, the one before and the one after.
  for (let count = 0; count < 2 && ends.length > 0; count += 1) at.push((ends[chance.below(ends.length)] ?? 0) + chance.below(3) - 1);
  const limits = chance.happens(0.3) ? { completes: 1 + chance.below(3), marginals: 2 + chance.below(3), depth: 1 + chance.below(5) } : {};
  return { seed, keys, at, limits };
}

function endsOf(keys: readonly WebKey[]): readonly number[] {
  const end = ({ at, expiresIn }: { readonly at: number; readonly expiresIn?: number }): readonly number[] =>
    expiresIn === undefined ? [] : [at + expiresIn];
  return keys
    .flatMap((key) => [
      ...end({ ...key, at: key.createdAt }),
      ...key.userIds.flatMap((userId) => [...end(userId), ...userId.certifications.flatMap(end)]),
    ])
    .filter((at) => at > start + 400 * day);
}

/** Several webs in one ring: they have no key in common, so none affects another. Times and limits are those of the first. */
export function joinWebs(webs: readonly [Web, ...Web[]]): Web {
  let offset = 0;
  const keys = webs.flatMap((web, number) => {
    const start = offset;
    offset += web.keys.length;
    return web.keys.map((key): WebKey => ({
      ...key,
      ...(key.direct?.revoker === undefined ? {} : { direct: { ...key.direct, revoker: key.direct.revoker + start } }),
      ...(key.revokedBy === undefined ? {} : { revokedBy: { ...key.revokedBy, by: key.revokedBy.by + start } }),
      name: `${number} ${web.seed} ${key.name}`,
      userIds: key.userIds.map((userId) => ({
        ...userId,
        certifications: userId.certifications.map((certification) => ({ ...certification, by: certification.by + start })),
      })),
    }));
  });
  return { ...webs[0], keys };
}
