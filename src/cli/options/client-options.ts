/** Turns the command line into the library's options. Sets only what was given, so that weaker sources decide the rest. */
import type { ClientEvent } from '../../base/event.js';
import type { ClientOptions } from '../../index.js';
import type { Arguments } from './parse.js';
import { usageError } from './usage-error.js';
import type { Pair } from './values.js';

/** The options that come from the program, not from the user. */
interface Wiring {
  readonly signal: AbortSignal;
  readonly onEvent: (event: ClientEvent) => void;
}

/**
 * Returns the library's options for a command line.
 * @throws ClojarsFetchError `ERR_CONFIG`, reason `bad-value`: `--mirror` names a repository that `--repo` leaves out
 */
export function clientOptions(given: Arguments, wiring: Wiring): ClientOptions {
  const trust = {
    level: given.level,
    checksums: given.checksums,
    quorum: given.quorum,
    acceptMirrorChecksums: given.acceptMirrorChecksums ? true : undefined,
    compareRepositories: given.compareRepositories,
    signatures: given.signatures,
    model: given.trustModel,
    keyrings: given.keyrings.length > 0 ? [...given.keyrings] : undefined,
    keyMaps: given.keyMaps.length > 0 ? [...given.keyMaps] : undefined,
    signatureStores: given.signatureStores.length > 0 ? [...given.signatureStores] : undefined,
    weak: given.weak,
    weakUntil: given.weakUntil,
    acceptSigners:
      given.acceptSigners.length > 0 ? Object.fromEntries(given.acceptSigners.map(({ key, value }) => [key, value])) : undefined,
  };
  return {
    ...repositoryOptions(given.repositories, given.mirrors),
    repoFor: given.repositoryFor.length > 0 ? Object.fromEntries(given.repositoryFor.map(({ key, value }) => [key, value])) : undefined,
    localRepository: given.localRepository,
    offline: given.offline ? true : undefined,
    timeoutMs: given.timeoutMs,
    firstByteTimeoutMs: given.firstByteTimeoutMs,
    concurrency: given.concurrency,
    pomEnvironment: given.pomEnvironment.length > 0 ? [...given.pomEnvironment] : undefined,
    trust: Object.values(trust).some((value) => value !== undefined) ? trust : undefined,
    trustedChecksums: given.trustedChecksums.length > 0 ? [...given.trustedChecksums] : undefined,
    lockfile: given.lockfile,
    frozen: given.frozen ? true : undefined,
    paranoid: given.paranoid ? true : undefined,
    configurationFile: given.configurationFile,
    settings: given.noConfiguration ? (false as const) : given.settingsFile,
    signal: wiring.signal,
    onEvent: wiring.onEvent,
  };
}

/** `--repo` replaces the repositories; `--mirror` adds mirrors to one of them, or to a built-in or configured one. */
function repositoryOptions(repositories: readonly Pair[], mirrors: readonly Pair[]): Pick<ClientOptions, 'repositories' | 'mirrors'> {
  const byRepository = new Map<string, string[]>();
  for (const { key, value } of mirrors) byRepository.set(key, [...(byRepository.get(key) ?? []), value]);
  if (repositories.length === 0) return byRepository.size === 0 ? {} : { mirrors: Object.fromEntries(byRepository) };
  const stray = [...byRepository.keys()].find((id) => !repositories.some((repository) => repository.key === id));
  if (stray !== undefined) {
    throw usageError(
      `--mirror names the repository '${stray}', which --repo leaves out`,
      `--repo replaces the default repositories: add --repo ${stray}=URL, or name one of ${repositories.map(({ key }) => key).join(', ')}.`,
    );
  }
  return {
    repositories: repositories.map(({ key, value }) => {
      const added = byRepository.get(key);
      return { id: key, url: value, mirrors: added };
    }),
  };
}
