/** `help`, `--help` and `--version`. Loads nothing of the library. */
import { version } from '../../base/package-version.js';
import { exitCodes } from '../output/exit-code.js';
import type { Command } from './command.js';

/** The text of `help`. */
export const helpText = `clojars-fetch: Maven artifacts past dead mirrors, verified, into the local repository

Usage
  clojars-fetch <coordinate> [version]   one artifact into the local repository; prints its path
  clojars-fetch deps <coordinate…>       what they need, as Maven computes it, into the local repository; prints the list
  clojars-fetch project [FILE]           all that a build file needs: project.clj, deps.edn, build.boot, shadow-cljs.edn,
                                         bb.edn or pom.xml (default: the first of these that the folder has)
  clojars-fetch lock [FILE | COORDINATE…]
                                         every file that a project (default: this folder's) or these need, with its
                                         checksum, into clojars-fetch.lock
  clojars-fetch verify <what…>           checks again what is there: a coordinate, a FILE with its FILE.asc beside it, a
                                         lockfile, or --local-repo for the whole local repository; prints a table
  clojars-fetch keys list|show|import|trust|remove|fetch|explain|coverage
                                         the keys that signatures are checked with: GnuPG's, and a store of their own
  clojars-fetch versions <coordinate>    known versions, newest last
  clojars-fetch mirrors                  the mirrors in effect, with health and circuits
  clojars-fetch doctor                   where each setting came from; checks network, DNS, clock, disk, permissions
  clojars-fetch help                     this text

A word that is a verb is the verb: write 'versions/versions' for the coordinate.

Coordinates
  org/lib 1.0.0   org/lib@^1.2   lib (= lib/lib)   g:a:v   g:a:ext:v   g:a:ext:classifier:v
  pkg:maven/g/a@v   '[org/lib "1.0.0"]'   'org/lib {:mvn/version "1.0.0"}'

Closures (deps, project)
  --tree                     print the tree, with what was left out and why
  --classpath                print the class path
  --explain GROUP/ARTIFACT   print every path to an artifact: why it is there, why in this version; reads POMs only
  --pom-only                 read POMs, fetch no artifacts
  --scope SCOPE              scopes to fetch: compile, runtime (both by default), provided, test (repeatable)
  --conflicts RULE           which version wins: nearest (default, as Maven), highest (as tools.deps)
  --sources  --javadoc       fetch these too, where they exist

Projects (project, lock)
  --profile NAME             a profile of Leiningen or Maven, beside the active ones (repeatable)
  --alias NAME               an alias of deps.edn (repeatable)
  --no-plugins               leave out what Leiningen itself loads

Lockfile
  --lockfile FILE            its checksums are pins (default, with lock and --frozen: clojars-fetch.lock)
  --frozen                   only what is in the lockfile; the graph is taken from it, and no metadata is asked
  --check                    lock: say what is not right in the lockfile, write nothing; exit code 4 if anything is
  --update GROUP/ARTIFACT    lock: resolve this one anew; all else stays (repeatable; GROUP/* and * too)
  --write-checksums FOLDER   lock: checksum files for Maven and sha512sum too, checksums-<repository>.sha512
  --write-verification-metadata FILE
                             lock: checksums and keys into Gradle's gradle/verification-metadata.xml, too
  --format ALGORITHM         of these: sha512 (default), sha256

Checking again (verify)
  --html FILE                write the table as a page too
  --local-repo [DIR]         without other words: everything in this local repository (default: the one in effect)

Keys (keys)
  keys list                  all keys: fingerprint, algorithm, created, expires, validity by the web of trust, user IDs
  keys show ID               one key, or those with a text in a user ID; ID: fingerprint, key ID of 16 digits or text
  keys import FILE…          put public keys into the key store; adds to what is there, never drops
  keys trust FPR LEVEL       how far its owner is trusted to certify others: unknown, undefined, never, marginal, full,
                             ultimate (one's own key)
  keys remove FPR            take a key out of the key store
  keys fetch WHAT            look a fingerprint, key ID or address up on the network and import it; never done by itself
  keys explain FPR           why the web of trust holds a key valid, or what is missing
  keys coverage COORD…       what of their closure is signed, by whom, and whose keys would have to be certified
  --keyserver URL            ask this key server alone (default: the address's own domain, then keys.openpgp.org)

Where from
  --repo ID=URL              a repository; replaces the default ones (repeatable, in order)
  --mirror ID=URL            one more place that serves a repository (repeatable, in order)
  --repo-for GROUP=ID        bind a group to a repository (repeatable; GROUP may end in .*)
  --offline                  use the local repository only
  --timeout SECONDS          for the whole call (default 300)
  --concurrency NUMBER       HTTP/1.1 connections a host (default 48)

Where to
  --local-repo DIR           the local repository (default: settings.xml, else ~/.m2/repository)

Verification
  --level LEVEL              least proof: none, transport, origin, quorum, signed, pinned
  --checksums POLICY         a missing checksum: fail (default), warn, ignore
  --accept-mirror-checksums  take an untrusted mirror's own checksums when the canonical operator is out of reach
  --quorum NUMBER            least number of independent operators that publish the same checksum of each file
  --compare-repositories WHICH
                             say where a later repository has another file of that name: public (default: of files
                             from Central and Clojars), all, off
  --trusted-checksums FILE   sha256sum or sha512sum lines to pin files by (repeatable)
  --signatures MODE          PGP signatures: off (default), if-present, require
  --trust-model MODEL        whose count: web-of-trust (default, as GnuPG's), keyring (any key of yours), key-map
  --keyring PATH             a GnuPG home, file or folder of keys (repeatable; default: 'keys' and GnuPG's home)
  --key-map FILE             which keys sign which groups: pgpverify's, Gradle's or our own file (repeatable)
  --signature-store URL      one more place to look for signatures (repeatable)
  --weak POLICY              signatures by weak means, such as SHA-1: accept, warn (default), fail
  --weak-until DATE          accept weak signatures that were made up to then
  --accept-signer GROUP:ARTIFACT=FINGERPRINT   accept that it is signed by another key from now on (repeatable)
  --paranoid                 hash local files again instead of trusting the verification cache

Configuration and output
  --config FILE              use this configuration file
  --no-config                read no settings.xml, and no configuration file but that of --config
  --json                     one JSON document on stdout
  -q, --quiet                no progress, notes or warnings
  -v, --verbose              every attempt: tried, refused and why, verified by what, placed
  --color WHEN               auto (default), always, never; NO_COLOR is respected
  -h, --help    -V, --version

Exit codes
  0 done   1 internal   2 usage or configuration   3 not found   4 verification failed   5 unreachable, try later
  6 resolution failed   7 local I/O   8 offline and not there   130 aborted
`;

export const helpCommand: Command = ({ output }) => {
  output.result(helpText, { schemaVersion: 1, warnings: [], help: helpText });
  return Promise.resolve(exitCodes.done);
};

export const versionCommand: Command = ({ output }) => {
  output.result(`${version}\n`, { schemaVersion: 1, warnings: [], version });
  return Promise.resolve(exitCodes.done);
};
