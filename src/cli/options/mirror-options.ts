/** The options of `mirror` and of `mirrors check`, by subcommand. */

import { logFacts } from '../../base/words.js';
import { alsoOf, optionsOf } from './option.js';
import { allTexts, byteSize, duration, factPairs, lastText, wholeNumber } from './values.js';

const mirror = optionsOf('mirror');
const mirrors = optionsOf('mirrors');

export const statisticsOptions = {
  output: alsoOf(
    'audit',
    'plan run merge compare key',
    'The file to write',
    mirror.valued('stats setup', 'output', 'PATH', 'The folder for the files (default: the working folder)', lastText),
  ),
  countForm: mirror.choice('stats', 'as', 'FORM', 'Format of the daily files', ['edn', 'json'], { edn: 'default, as Clojars' }),
  merge: mirror.valued('stats', 'merge', 'FILE', 'Also add the counts to this file of all days, such as all.edn', lastText),
  state: mirror.valued(
    'stats',
    'state',
    'FILE',
    'Remember in this file which logs were counted, so that none counts twice and the counts of a day add up',
    lastText,
  ),
  date: mirror.valued('stats', 'date', 'DATE', 'Count only the lines of this day in UTC, such as 2026-11-29', lastText),
  excludeAgents: mirror.valued(
    'stats',
    'exclude-agent',
    'TEXT',
    'Leave out user agents that contain this text; case is ignored (repeatable)',
    allTexts,
  ),
  unique: mirror.flag('stats', 'unique', 'Count each address once for each version and day'),
  ranges: mirror.choice('stats', 'ranges', 'WHICH', 'Whether requests for a part of a file count', ['none', 'first'], {
    none: 'default, as Clojars',
    first: 'once for each address, file and day',
  }),
  fields: mirror.valued(
    'stats',
    'field',
    'FACT=NAME',
    `The field that holds a fact in JSON logs: ${logFacts.join(', ')} (repeatable)`,
    factPairs,
  ),
  svg: mirror.valued('stats', 'svg', 'FILE', 'Also draw the daily files in the output folder as a chart', lastText),
  report: mirror.valued('stats', 'report', 'URL', 'Also send the counts there as signed JSON; needs --report-key', lastText),
  reportKey: mirror.valued('stats', 'report-key', 'FILE', 'Sign with the Ed25519 key (PEM), or the shared secret, in this file', lastText),
};

export const syncOptions = {
  from: alsoOf(
    'audit',
    'plan',
    'Where to list the canonical repository: a folder, a URL (https:, s3:), rsync://HOST/MODULE/, or the inventory of a mirror (default: the bucket of Clojars, or the origin)',
    mirror.valued(
      'sync setup',
      'from',
      'SOURCE',
      'The repository to copy: a folder, a URL (https:, s3:), or rsync://HOST/MODULE/',
      lastText,
    ),
  ),
  to: mirror.valued(
    'sync setup',
    'to',
    'TARGET',
    'The folder that a web server publishes, which is created if it is missing; or a bucket (s3:)',
    lastText,
  ),
  otherOrigins: mirror.valued(
    'sync',
    'other-origin',
    'URL',
    'Another place where the same operator publishes the same files (repeatable; default: that of Clojars)',
    allTexts,
  ),
  twoOrigins: mirror.flag('sync', 'two-origins', 'Compare every released file with the other origins, not only one in a hundred'),
  crawl: alsoOf(
    'audit',
    'plan',
    "Follow the server's listings of folders, instead of reading Clojars's index",
    mirror.flag('sync', 'crawl', "Follow the server's listings of folders, instead of reading Clojars's index"),
  ),
  noLock: mirror.flag(
    'sync',
    'no-lock',
    'Copy into a bucket whose server does not support locks; make sure that only one sync runs at a time',
  ),
  increment: alsoOf(
    'audit',
    'plan',
    'With --since: list only what the release feed names',
    mirror.flag('sync', 'increment', 'Look only at what the release feed names; a full sync follows by itself when it is due'),
  ),
  feed: alsoOf(
    'audit',
    'plan',
    'The release feed (default: that of Clojars, if the origin is Clojars)',
    mirror.valued('sync', 'feed', 'URL', 'The release feed (default: that of Clojars, if the source is Clojars)', lastText),
  ),
  settleMs: mirror.valued('sync', 'settle', 'DURATION', 'Look at a new version once more after this time (default: 1h)', duration),
  groups: mirror.valued(
    'sync setup',
    'group',
    'GROUP',
    'Copy only this group; org.example.* is the group with all groups beneath it (repeatable)',
    allTexts,
  ),
  since: alsoOf(
    'audit',
    'plan',
    'Audit only files that changed on this day or later, such as 2026-01-31, or after a time, such as 2026-01-31T12:00:00Z',
    mirror.valued('sync setup', 'since', 'DATE', 'Copy only versions released on this day or later, such as 2026-01-31', lastText),
  ),
  noSnapshots: mirror.flag('sync setup', 'no-snapshots', 'Copy no snapshots'),
  latest: mirror.valued(
    'sync setup',
    'latest',
    'NUMBER',
    'Copy only this many of the newest releases, and of the newest snapshots, of each artifact',
    wholeNumber(1, 1_000_000),
  ),
  metadataForm: mirror.choice(
    'sync setup',
    'metadata',
    'FORM',
    'How to publish metadata that names versions which the mirror leaves out',
    ['verbatim', 'rewrite'],
    {
      verbatim: 'default, unchanged',
      rewrite: 'only with the versions of the mirror',
    },
  ),
  dryRun: mirror.flag('sync', 'dry-run', 'Show what would be copied, and change nothing'),
  indexes: mirror.flag('sync', 'indexes', 'Also copy the index.html of each folder'),
  delete: mirror.flag('sync', 'delete', 'Delete files that are missing from two full listings, at least a day apart'),
  maxDelete: mirror.valued(
    'sync',
    'max-delete',
    'PERCENT',
    'Delete nothing if more than this share of the files is due; up to 100 files may always be deleted (default: 1)',
    wholeNumber(0, 100),
  ),
  withdrawn: mirror.valued(
    'sync',
    'withdrawn',
    'FILE',
    'Remove the paths in this file at once, and do not copy them again; one path per line',
    lastText,
  ),
  rescan: mirror.flag('sync', 'rescan', 'Check that every file of the target exists, and copy missing ones again'),
  verify: mirror.flag('sync', 'verify', 'With --rescan, also hash every file, and copy damaged ones again'),
  connections: alsoOf(
    'audit',
    'plan run',
    'Simultaneous requests to a host, 1 to 1000 (default: 8)',
    mirror.valued('sync', 'connections', 'NUMBER', 'Simultaneous requests to the source, 1 to 1000 (default: 8)', wholeNumber(1, 1000)),
  ),
  rate: alsoOf(
    'audit',
    'plan run',
    'Requests per second to a host (default: 100; for a list: no limit)',
    mirror.valued('sync', 'rate', 'NUMBER', 'Requests per second to the source (default: no limit)', wholeNumber(1, 1_000_000)),
  ),
  bandwidth: mirror.valued('sync', 'bandwidth', 'SIZE', 'Bytes per second from the source, such as 20MB (default: no limit)', byteSize),
  operator: mirror.valued('sync', 'operator', 'NAME', 'The organization that runs the mirror, for its trace', lastText),
  contact: alsoOf(
    'audit',
    'plan run',
    'An e-mail address or a URL for questions, sent with each request',
    mirror.valued(
      'sync setup',
      'contact',
      'ADDRESS',
      "An e-mail address or a URL for questions: sent to the source, and part of the mirror's trace",
      lastText,
    ),
  ),
  intervalMs: alsoOf(
    'audit',
    'run',
    'With --list: how often the mirrors sync, such as 6h; younger files may be missing (default: 1d)',
    mirror.valued('sync', 'interval', 'DURATION', 'The time between two syncs, such as 1h, for the trace', duration),
  ),
};

export const mirrorSetupOptions = {
  domain: mirror.valued('setup', 'domain', 'HOST', "Name of the mirror's host, such as clojars.example.org", lastText),
  user: mirror.valued('setup', 'user', 'NAME', 'The user that runs the sync (default: clojars-mirror)', lastText),
  certificate: mirror.valued(
    'setup',
    'certificate',
    'FILE',
    'TLS certificate with its chain (default: that of certbot for the host)',
    lastText,
  ),
  certificateKey: mirror.valued('setup', 'certificate-key', 'FILE', 'Its key (default: that of certbot for the host)', lastText),
  bucket: mirror.valued('setup', 'bucket', 'NAME', 'Bucket of a mirror on S3 (default: the name of the host)', lastText),
  valuesFile: mirror.valued('setup', 'values', 'FILE', 'Also read values from this JSON file; options take precedence', lastText),
  force: mirror.flag('setup', 'force', 'Overwrite files that differ'),
  diff: mirror.flag('setup', 'diff', 'Show how files would change, and write nothing'),
};

export const mirrorCheckOptions = {
  admit: mirrors.valued(
    'check',
    'admit',
    'URL',
    'Check this candidate against the conditions of admission; the exit code is 4 if it fails one',
    lastText,
  ),
  history: alsoOf(
    'audit',
    'run merge compare',
    'Keep the audits of the last 30 days in this file, for the chart of the page (with --html)',
    mirrors.valued(
      'check',
      'history',
      'FILE',
      'Keep the checks of the last 30 days in this file, and let them count for the score',
      lastText,
    ),
  ),
  seed: alsoOf(
    'audit',
    'plan run',
    'Draw the same sample as the audit that printed this number',
    mirrors.valued('check', 'seed', 'NUMBER', 'Draw the same sample as the check that printed this number', wholeNumber(0, 999_999_999)),
  ),
  audit: mirrors.valued('check', 'audit', 'FILE', 'For each mirror, show what this result of an audit found', lastText),
  releaseFeed: mirrors.valued(
    'check',
    'release-feed',
    'URL',
    "Read the newest releases from here (default: Clojars's feed, for Clojars)",
    lastText,
  ),
};
