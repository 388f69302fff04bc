/** The options for builds: graphs, project files, lockfiles, keys, the proxy, and the set-up of build tools. */

import { alsoOf, choice, flag, listChoices, only, valued } from './option.js';
import { allTexts, artifactName, byteSize, duration, lastText, names, seconds, someOf, wholeNumber } from './values.js';
import type { Verb } from './verbs.js';

const closures: readonly Verb[] = ['deps', 'project'];
const graphs: readonly Verb[] = ['deps', 'project', 'lock'];
const scopes = ['compile', 'runtime', 'provided', 'test', 'system'] as const;
const defaultScopes = { compile: 'default', runtime: 'default' };

export const graphOptions = {
  tree: flag('tree', closures, 'Print the dependency tree, with what was left out and why'),
  classPath: flag('classpath', closures, 'Print the class path'),
  explain: valued(
    'explain',
    'GROUP/ARTIFACT',
    closures,
    'Print every path to an artifact and why its version won; reads POMs only',
    artifactName,
  ),
  pomOnly: flag('pom-only', [...closures, 'keys'], 'Read POMs, and fetch no artifacts'),
  scopes: {
    ...valued(
      'scope',
      'SCOPE',
      [...graphs, 'keys'],
      `${listChoices('Fetch this scope', scopes, defaultScopes)} (repeatable)`,
      someOf(scopes),
    ),
    choices: scopes,
  },
  conflicts: choice('conflicts', 'RULE', [...graphs, 'keys'], 'Which version wins', ['nearest', 'highest', 'tools-deps'], {
    nearest: 'default, as in Maven and Leiningen',
    highest: 'as in coursier',
    'tools-deps': 'default for deps.edn and bb.edn',
  }),
  sources: flag('sources', graphs, 'Also fetch sources, if they exist'),
  javadoc: flag('javadoc', graphs, 'Also fetch Javadoc, if it exists'),
};

export const projectOptions = {
  profiles: valued(
    'profile',
    'NAME',
    ['project', 'lock', 'proxy', 'exec'],
    'Activate a profile of Leiningen or Maven, in addition to the active ones (repeatable)',
    names,
  ),
  aliases: valued('alias', 'NAME', ['project', 'lock', 'proxy', 'exec'], 'Use an alias of deps.edn (repeatable)', names),
  clojure: valued(
    'clojure',
    'VERSION',
    ['project', 'lock', 'proxy'],
    'The version of org.clojure/clojure that your clj adds to every deps.edn (default: that of the installed clj)',
    lastText,
  ),
  noPlugins: flag('no-plugins', ['project', 'lock', 'proxy'], 'Leave out the plugins that Leiningen loads'),
  noCheck: flag('no-check', ['project'], 'Do not check whether the build tool can go on offline'),
  strict: flag('strict', ['project'], 'Exit with code 6 if the build needs something that is unknown or comes from git'),
};

export const lockOptions = {
  check: flag(
    'check',
    ['lock', 'config'],
    "Report what is wrong and write nothing; if anything is, the exit code is 4 with 'lock' and 2 with 'config'",
  ),
  update: valued(
    'update',
    'GROUP/ARTIFACT',
    ['lock'],
    'Resolve this artifact again and keep the rest; GROUP/* and * also work (repeatable)',
    allTexts,
  ),
  writeChecksums: valued('write-checksums', 'FOLDER', ['lock'], 'Also write checksum files for Maven and sha512sum', lastText),
  writeVerificationMetadata: valued(
    'write-verification-metadata',
    'FILE',
    ['lock'],
    "Also write checksums and keys into Gradle's verification-metadata.xml",
    lastText,
  ),
  format: choice('format', 'ALGORITHM', ['lock'], 'Algorithm for --write-checksums', ['sha256', 'sha512'], { sha512: 'default' }),
};

export const verifyOptions = {
  html: alsoOf(
    'audit',
    'run merge compare',
    'Also write the result as a page for people',
    only('stats', valued('html', 'FILE', ['verify', 'mirror'], 'Also write the result as an HTML page', lastText)),
  ),
};

const proxies: readonly Verb[] = ['proxy', 'exec'];

export const proxyOptions = {
  port: valued(
    'port',
    'NUMBER',
    ['proxy'],
    'Listen on this port of 127.0.0.1; 0 chooses a free one (default: 8141)',
    wholeNumber(0, 65_535),
  ),
  proxyFolder: valued('cache', 'DIR', proxies, "The cache (default: 'proxy' in the user's cache folder)", lastText),
  cacheSize: valued(
    'cache-size',
    'SIZE',
    proxies,
    'Size limit of the cache, such as 500MB or 20GiB (default: 10GiB, and at most 85 % of the disk)',
    byteSize,
  ),
  patienceMs: valued(
    'patience',
    'SECONDS',
    proxies,
    'How long to keep trying before the build tool is told that a file cannot be reached (default: 20)',
    seconds,
  ),
  maxStaleMs: valued(
    'max-stale',
    'DURATION',
    proxies,
    'How old metadata may be that is served while no mirror answers, such as 12h or 7d (default: any age)',
    duration,
  ),
  noEarlyBytes: flag('no-early-bytes', proxies, 'Send nothing of a large file before it is verified'),
  tls: flag('tls', proxies, 'Speak https, with a certificate for this machine only'),
  noAhead: flag('no-ahead', proxies, 'Fetch only what the build tool requests'),
  downloadLog: valued(
    'download-log',
    'DIR',
    proxies,
    'Log each jar that is served, for statistics, in this folder: one file per repository and day, in the format of Clojars',
    lastText,
  ),
  logLevel: choice('log-level', 'LEVEL', proxies, 'What to log', ['error', 'warn', 'info', 'debug'], {
    warn: 'default; refusals and stale answers',
    info: 'every request',
  }),
};

export const keyOptions = {
  keyServer: valued(
    'keyserver',
    'URL',
    ['keys'],
    "With 'keys fetch', ask only this key server (default: the address's own domain, then keys.openpgp.org)",
    lastText,
  ),
};

export const configOptions = {
  write: flag('write', ['config'], "Add the missing settings to the tool's file, and keep a backup"),
  undo: flag('undo', ['config'], 'Remove what --write added, even if the file was changed in the meantime'),
  url: valued('url', 'URL', ['config'], 'Address of the proxy (default: http://127.0.0.1:8141/)', lastText),
};
