/** From the command line to the library's options. Only what was given is set, so that weaker sources decide the rest. */
import { ClojarsFetchError } from '../../base/error.js';
import type { ClientEvent } from '../../base/event.js';
import type { ClientOptions } from '../../index.js';
import type { Arguments, Pair } from './options.js';

/** What the CLI adds to the user's options. */
interface Wiring {
  readonly signal: AbortSignal;
  readonly onEvent: (event: ClientEvent) => void;
}

/**
 * @throws ClojarsFetchError `ERR_CONFIG`, reason `bad-value`: `--mirror` names a repository that `--repo` left out.
 */
export function clientOptions(given: Arguments, wiring: Wiring): ClientOptions {
  const trust = {
    ...(given.level !== undefined && { level: given.level }),
    ...(given.checksums !== undefined && { checksums: given.checksums }),
    ...(given.quorum !== undefined && { quorum: given.quorum }),
    ...(given.acceptMirrorChecksums && { acceptMirrorChecksums: true }),
    ...(given.compareRepositories !== undefined && { compareRepositories: given.compareRepositories }),
    ...(given.signatures !== undefined && { signatures: given.signatures }),
    ...(given.trustModel !== undefined && { model: given.trustModel }),
    ...(given.keyrings.length > 0 && { keyrings: [...given.keyrings] }),
    ...(given.keyMaps.length > 0 && { keyMaps: [...given.keyMaps] }),
    ...(given.signatureStores.length > 0 && { signatureStores: [...given.signatureStores] }),
    ...(given.weak !== undefined && { weak: given.weak }),
    ...(given.weakUntil !== undefined && { weakUntil: given.weakUntil }),
    ...(given.acceptSigners.length > 0 && { acceptSigners: Object.fromEntries(given.acceptSigners.map(({ key, value }) => [key, value])) }),
  };
  return {
    ...repositoryOptions(given.repositories, given.mirrors),
    ...(given.repositoryFor.length > 0 && { repoFor: Object.fromEntries(given.repositoryFor.map(({ key, value }) => [key, value])) }),
    ...(given.localRepository !== undefined && { localRepository: given.localRepository }),
    ...(given.offline && { offline: true }),
    ...(given.timeoutMs !== undefined && { timeoutMs: given.timeoutMs }),
    ...(given.concurrency !== undefined && { concurrency: given.concurrency }),
    ...(Object.keys(trust).length > 0 && { trust }),
    ...(given.trustedChecksums.length > 0 && { trustedChecksums: [...given.trustedChecksums] }),
    ...(given.lockfile !== undefined && { lockfile: given.lockfile }),
    ...(given.frozen && { frozen: true }),
    ...(given.paranoid && { paranoid: true }),
    ...(given.configurationFile !== undefined && { configurationFile: given.configurationFile }),
    ...(given.noConfiguration && { settings: false as const }),
    signal: wiring.signal,
    onEvent: wiring.onEvent,
  };
}

/** `--repo` replaces the repositories; `--mirror` adds places to one of them, or to a built-in or configured one. */
function repositoryOptions(repositories: readonly Pair[], mirrors: readonly Pair[]): Pick<ClientOptions, 'repositories' | 'mirrors'> {
  const byRepository = new Map<string, string[]>();
  for (const { key, value } of mirrors) byRepository.set(key, [...(byRepository.get(key) ?? []), value]);
  if (repositories.length === 0) return byRepository.size === 0 ? {} : { mirrors: Object.fromEntries(byRepository) };
  const stray = [...byRepository.keys()].find((id) => !repositories.some((repository) => repository.key === id));
  if (stray !== undefined) {
    throw new ClojarsFetchError('ERR_CONFIG', {
      reason: 'bad-value',
      message: `--mirror names the repository '${stray}', which --repo leaves out`,
      hint: `--repo replaces the default repositories: add --repo ${stray}=URL, or name one of ${repositories.map(({ key }) => key).join(', ')}`,
    });
  }
  return {
    repositories: repositories.map(({ key, value }) => {
      const added = byRepository.get(key);
      return { id: key, url: value, ...(added !== undefined && { mirrors: added }) };
    }),
  };
}
