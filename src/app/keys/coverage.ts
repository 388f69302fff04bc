/** Reports which files of a closure are signed, by whom, and which keys are missing or not certified yet. */
import { ClojarsFetchError } from '../../base/error.js';
import { escapeForDisplay } from '../../base/escape.js';
import type { ArtifactVerification } from '../../fetch/artifact.js';
import type { DependencyOptions, Resolution } from '../../fetch/resolution/resolution.js';
import { openKeyrings } from '../../local/keyring/open-keyrings.js';
import type { ClientOptions } from '../../local/settings/client-options.js';
import type { EffectiveTrust } from '../../local/settings/configuration.js';
import { loadConfiguration } from '../../local/settings/effective.js';
import { type UserEnvironment, userEnvironment } from '../../local/settings/machine/user-environment.js';
import { createCertificateReader } from '../../proof/openpgp/certificate/read-certificate.js';
import { createWebOfTrust } from '../../proof/openpgp/web-of-trust/web-of-trust.js';
import type { TrustModelName } from '../../proof/signature-policy.js';
import type { SignatureStatus } from '../../proof/signature-verdict.js';
import { createClient } from '../client/client.js';
import { runBounded } from '../client/operation.js';
import { adviseOnKeys, hasOwnKey } from './advice.js';

/** `unknown`: no source that would know of a signature could be reached. */
export type CoverageStatus = SignatureStatus | 'unknown';

/** An artifact or POM of the closure. */
export interface CoveredFile {
  /** `group:artifact[:extension[:classifier]]:version`. */
  readonly coordinate: string;
  readonly status: CoverageStatus;
  /** Fingerprint of the signer's key. If the key is unknown, the fingerprint or key ID named in the signature; null if unsigned. */
  readonly key: string | null;
  /** Explains the status to a person; escaped. */
  readonly sentence: string;
}

/** A key that signed files of a closure. */
export interface CoverageSigner {
  /** The same value as {@link CoveredFile.key}. */
  readonly key: string;
  /** Primary user ID, NOT escaped; null if the key is unknown or has no user ID. */
  readonly userId: string | null;
  /**
   * `trusted`: its signatures count. `untrusted`: the key is not certified yet. `unknown-key`: the key must be imported first.
   * `unusable`: its signatures are expired, weak or similar.
   */
  readonly standing: 'trusted' | 'untrusted' | 'unknown-key' | 'unusable';
  /** Number of files in the closure that the key signed. */
  readonly files: number;
  /** `group:artifact` of these files, sorted. */
  readonly artifacts: readonly string[];
  /** Explains to a person what is missing under the trust model; escaped. */
  readonly sentences: readonly string[];
}

/** The result of {@link coverKeys}: the signed and unsigned files of a closure, and their signers. */
export interface KeyCoverage {
  readonly files: readonly CoveredFile[];
  /** Signers of the most files first. */
  readonly signers: readonly CoverageSigner[];
  /** How many files have each status. */
  readonly counts: Readonly<Partial<Record<CoverageStatus, number>>>;
  /** Sentences for a person: what to do so that more signatures count, with commands; escaped. Empty if nothing needs to be done. */
  readonly hints: readonly string[];
}

/**
 * Resolves the closure into the local repository as `deps` does, and checks the signature of each artifact and POM.
 * Reports unsigned files and signatures that do not count, without refusing them; still refuses bad, revoked and malformed
 * signatures. Does not fetch keys.
 *
 * @param roots coordinates in any form of `parseCoordinate`; at least one
 * @throws ClojarsFetchError as `resolveDependencies`; `ERR_CONFIG` if a keyring cannot be read
 */
export async function coverKeys(
  roots: readonly string[],
  options: ClientOptions & Pick<DependencyOptions, 'scopes' | 'conflicts' | 'download'> = {},
): Promise<KeyCoverage> {
  if (roots.length === 0)
    throw new ClojarsFetchError('ERR_COORDINATE', {
      reason: 'malformed',
      message: 'no coordinate was given',
      hint: "Give coordinates, as in 'clojars-fetch keys coverage hiccup/hiccup@1.0.5'.",
    });
  const { scopes, conflicts, download, ...clientOptions } = options;
  const user = userEnvironment();
  const { timeoutMs, trust } = await loadConfiguration({ options: clientOptions, ...user });
  const signals = clientOptions.signal === undefined ? [] : [clientOptions.signal];
  return runBounded(escapeForDisplay(roots.slice(0, 3).join(', ')), signals, timeoutMs, async (signal) => {
    const client = createClient({ ...clientOptions, trust: { ...clientOptions.trust, signatures: 'if-present' } });
    try {
      const resolution = await client.resolveDependencies(roots, { scopes, conflicts, download, signal });
      const opened = await openTrust(trust, user);
      const coverage = await summarize(signedFiles(resolution), opened.explain);
      return { ...coverage, hints: await adviseOn(coverage.signers, opened) };
    } finally {
      await client.close();
    }
  });
}

function signedFiles({ dependencies, poms }: Resolution): Seen {
  const seen = new Map<string, { readonly name: string; readonly verification: ArtifactVerification }>();
  for (const { coordinate, group, artifact, verification } of [...dependencies, ...poms]) {
    if (verification !== null) seen.set(coordinate, { name: `${group}:${artifact}`, verification });
  }
  return seen;
}

interface Trust {
  readonly model: TrustModelName;
  /** Explains what a key lacks in the web of trust; empty under the other models, where no certification is missing. */
  readonly explain: (fingerprint: string) => Promise<readonly string[]>;
  readonly hasOwnKey: () => Promise<boolean>;
}

async function openTrust({ model, keyrings, webOfTrust }: EffectiveTrust, user: UserEnvironment): Promise<Trust> {
  if (model !== 'web-of-trust') return { model, explain: () => Promise.resolve([]), hasOwnKey: () => Promise.resolve(false) };
  const source = await openKeyrings({ keyrings: keyrings ?? undefined, ...user });
  const atMs = Date.now();
  const web = createWebOfTrust({ source, readCertificate: createCertificateReader(atMs, (id) => source.find(id)), atMs, ...webOfTrust });
  return {
    model,
    explain: async (fingerprint) => (await web.explain(fingerprint))?.sentences ?? [],
    hasOwnKey: () => hasOwnKey(source),
  };
}

async function adviseOn(signers: readonly CoverageSigner[], { model, hasOwnKey: ownKey }: Trust): Promise<readonly string[]> {
  const untrusted = signers
    .filter(({ standing }) => standing === 'untrusted')
    .map(({ key, artifacts }) => ({ fingerprint: key, artifact: artifacts[0] === undefined ? undefined : escapeForDisplay(artifacts[0]) }));
  const missing = signers.filter(({ standing }) => standing === 'unknown-key').map(({ key }) => key);
  return adviseOnKeys({ model, hasOwnKey: untrusted.length > 0 && (await ownKey()), untrusted, missing });
}

type Seen = ReadonlyMap<string, { readonly name: string; readonly verification: ArtifactVerification }>;

async function summarize(seen: Seen, explain: Trust['explain']): Promise<Omit<KeyCoverage, 'hints'>> {
  const files: CoveredFile[] = [];
  const counts: Partial<Record<CoverageStatus, number>> = {};
  const signers = new Map<
    string,
    { userId: string | null; standing: CoverageSigner['standing']; files: number; artifacts: Set<string>; sentence: string }
  >();
  for (const [
    coordinate,
    {
      name,
      verification: { signature },
    },
  ] of seen) {
    const status = signature?.status ?? 'unknown';
    const key = signature === null ? null : (signature.fingerprint ?? signature.signingKey);
    counts[status] = (counts[status] ?? 0) + 1;
    files.push({ coordinate, status, key, sentence: signature?.sentence ?? 'No source that would know of a signature could be reached.' });
    if (signature === null || key === null) continue;
    const signer = signers.get(key) ?? {
      userId: signature.userId,
      standing: standingOf(signature.status),
      files: 0,
      artifacts: new Set<string>(),
      sentence: signature.sentence,
    };
    signer.files += 1;
    signer.artifacts.add(name);
    // A signer may count for some files only (a rule for a group, a weak hash): show the problem.
    if (signer.standing === 'trusted') [signer.standing, signer.sentence] = [standingOf(signature.status), signature.sentence];
    signers.set(key, signer);
  }
  const described = await Promise.all(
    [...signers].map(async ([key, { userId, standing, files: count, artifacts, sentence }]): Promise<CoverageSigner> => {
      const missing = standing === 'untrusted' ? await explain(key) : [];
      return {
        key,
        userId,
        standing,
        files: count,
        artifacts: [...artifacts].sort(),
        sentences: standing === 'trusted' ? [] : missing.length > 0 ? missing : [sentence],
      };
    }),
  );
  return { files, counts, signers: described.sort((one, other) => other.files - one.files || (one.key < other.key ? -1 : 1)) };
}

function standingOf(status: SignatureStatus): CoverageSigner['standing'] {
  if (status === 'good') return 'trusted';
  return status === 'untrusted' || status === 'unknown-key' ? status : 'unusable';
}
