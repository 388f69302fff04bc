/** What the library calls `repositories[0].url` was typed as `--repo`. */
import type { ClojarsFetchError } from '../../base/error.js';

/** Places in errors of the library, and the option that fills them. The more exact ones first. */
const places: readonly (readonly [place: RegExp, option: string])[] = [
  [/^options: repositories\[\d+\]\.mirrors\[\d+\](?:\.url)?(?=: | )/, '--mirror'],
  [/^options: repositories\[\d+\]\.id(?=: | )/, 'the ID of --repo'],
  [/^options: repositories\[\d+\](?:\.url)?(?=: | )/, '--repo'],
  [/^options: mirrors\.\S*?(?:\[\d+\])?(?=: | )/, '--mirror'],
  [/^options: repoFor(?:\.\S*?| \(a key\))?(?=: | )/, '--repo-for'],
  [/^options: localRepository(?=: | )/, '--local-repo'],
  [/^options: configurationFile(?=: | )/, '--config'],
  [/^options: trust\.weakUntil(?=: | )/, '--weak-until'],
  [/^options: trust\.acceptSigners(?:\.\S+| \(a key\))(?=: | )/, '--accept-signer'],
  [/^options: trust\.signatureStores\[\d+\](?:\.url)?(?=: | )/, '--signature-store'],
];

/** The same error, with the name of the command-line option where its message begins with the library's. */
export function nameOptions(error: ClojarsFetchError): ClojarsFetchError {
  const found = places.find(([place]) => place.test(error.message));
  if (found === undefined) return error;
  return error.with({ message: error.message.replace(found[0], found[1]), cause: error });
}
