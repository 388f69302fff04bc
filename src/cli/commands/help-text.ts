/** The help texts of the verbs. Those of the options are in the table of options. */
import type { Verb } from '../options/verbs.js';

export interface VerbHelp {
  /** One line in the list of verbs, and the first line of the verb's own help. */
  readonly summary: string;
  /** Paragraphs that follow it in the verb's own help; they are wrapped when shown. */
  readonly details?: readonly string[] | undefined;
  readonly subcommands?: readonly SubcommandHelp[] | undefined;
  /** Those of a subcommand name it, and are part of its own help. */
  readonly examples?: readonly string[] | undefined;
}

export interface SubcommandHelp {
  readonly name: string;
  /** The words that follow it, such as `FILE…`; undefined if there are none. */
  readonly words?: string | undefined;
  readonly summary: string;
  /** Paragraphs of its own help. */
  readonly details?: readonly string[] | undefined;
}

export const verbHelp: Readonly<Record<Verb, VerbHelp>> = {
  artifact: { summary: 'Fetch one artifact into the local repository and print its path' },
  deps: {
    summary: 'Fetch artifacts and their dependencies, as Maven resolves them, and print the list',
    details: [
      'Each word is a separate coordinate. Only a word that must be a version (1.0.5, ^1.2, [1,2)) belongs to the ' +
        'word before it. Write a Leiningen vector or a deps.edn entry as one word, in quotes; its exclusions apply.',
    ],
    examples: [
      'clojars-fetch deps ring/ring-core@^1.12',
      'clojars-fetch deps hiccup 1.0.5 org.clojure/clojure --tree',
      'clojars-fetch deps hiccup 1.0.5 --explain org.clojure/clojure',
    ],
  },
  project: {
    summary: 'Fetch everything a build file needs and print the list',
    details: [
      'FILE is a project.clj, deps.edn, build.boot, shadow-cljs.edn, bb.edn or pom.xml, or a folder; the default is the first ' +
        'of these in the working folder. The file is read, never evaluated. Values that only a running build knows, and git ' +
        'dependencies, are reported and left out.',
    ],
    examples: ['clojars-fetch project', 'clojars-fetch project deps.edn --alias test --classpath'],
  },
  lock: {
    summary: 'Record every file that a project or an artifact needs, with its checksum, in clojars-fetch.lock',
    details: [
      'FILE is a build file or a folder; the default is the build file in the working folder. ' +
        "Other verbs use the lockfile with '--lockfile FILE', which pins files to their checksums, or with '--frozen', which also refuses every file that is not in it.",
    ],
    examples: [
      'clojars-fetch lock',
      'clojars-fetch lock --check',
      "clojars-fetch lock --update 'org.clojure/*'",
      'clojars-fetch lock hiccup/hiccup 1.0.5 --lockfile tools.lock',
    ],
  },
  verify: {
    summary: 'Verify local files again and print a table',
    details: [
      'Verifies the files of a coordinate, a FILE by the signature FILE.asc next to it, every file in a lockfile (--lockfile FILE), ' +
        'or every file in the local repository (--local-repo, with or without DIR). The exit code is 4 if a file fails.',
    ],
    examples: [
      'clojars-fetch verify hiccup/hiccup 1.0.5',
      'clojars-fetch verify downloads/lib-1.0.jar',
      'clojars-fetch verify --local-repo --html report.html',
    ],
  },
  keys: {
    summary: 'Manage the keys that signatures are checked with',
    details: ["Keys are read from GnuPG's keyrings and from a key store of clojars-fetch. These commands change only the key store."],
    subcommands: [
      { name: 'list', summary: 'List all keys: fingerprint, algorithm, created, expires, validity by the web of trust, user IDs' },
      {
        name: 'show',
        words: 'ID|TEXT',
        summary: 'Show one key by fingerprint or 16-digit key ID, or all keys with this text in a user ID',
      },
      { name: 'import', words: 'FILE…', summary: 'Add public keys to the key store; stored keys are never removed' },
      {
        name: 'trust',
        words: 'FINGERPRINT LEVEL',
        summary:
          'Set how far the owner is trusted to certify others: unknown, undefined, never, marginal, full, or ultimate (your own key)',
      },
      { name: 'remove', words: 'FINGERPRINT', summary: 'Remove a key from the key store' },
      {
        name: 'fetch',
        words: 'WHAT',
        summary: 'Look up a fingerprint, key ID or address on the network and import the key; no other command does this',
      },
      { name: 'explain', words: 'FINGERPRINT', summary: 'Explain why the web of trust considers a key valid, or what is missing' },
      {
        name: 'coverage',
        words: 'COORDINATE…',
        summary: 'Report which dependencies are signed, by whom, and which keys are missing or not certified yet',
      },
    ],
    examples: ['clojars-fetch keys import alice.asc', 'clojars-fetch keys coverage ring/ring-core 1.12.1'],
  },
  versions: { summary: 'List the known versions of an artifact, newest last', examples: ['clojars-fetch versions hiccup'] },
  mirrors: {
    summary: 'List the mirrors in effect, with their health and circuits',
    subcommands: [
      {
        name: 'check',
        summary: 'Compare samples of all mirrors with what the canonical operator published, and print the best mirrors first',
        details: [
          'Each mirror is asked for about a hundred small files: how fast it answers, how far it is behind, and whether its files are those ' +
            'that the canonical operator published. The exit code is 4 if the files of a mirror differ, and 5 if no mirror answers.',
        ],
      },
    ],
    examples: [
      'clojars-fetch mirrors',
      'clojars-fetch mirrors check --history mirrors.json',
      'clojars-fetch mirrors check --admit https://mirror.example.org/clojars/',
    ],
  },
  doctor: { summary: 'Show where each setting comes from; check network, DNS, clock, disk and permissions' },
  proxy: {
    summary: 'Serve a verified Maven repository on this machine, for every build tool',
    details: [
      'Listens on 127.0.0.1 until it is interrupted. Each repository is a folder (/central/, /clojars/), and /all/ is all of them in ' +
        'order. A file is served only after it is verified, from whichever mirror answers, and is kept in a cache.',
    ],
    subcommands: [
      { name: 'check', summary: 'Hash every file in the cache, and move damaged ones aside' },
      {
        name: 'prefetch',
        words: 'FILE…',
        summary: 'Fill the cache with everything that project files or lockfiles need; a proxy may run at the same time',
      },
    ],
    examples: [
      'clojars-fetch proxy',
      'clojars-fetch proxy --port 0 --cache-size 50GiB --log-level info',
      'clojars-fetch proxy prefetch project.clj other/deps.edn',
    ],
  },
  exec: {
    summary: 'Run a build tool with a proxy of its own',
    details: [
      'COMMAND is lein, mvn, clj or any other program; everything after -- belongs to it. It uses a proxy on a free port, which fetches what ' +
        'the project in the working folder needs while the tool starts. None of your files is changed. The exit code is that of the command.',
    ],
    examples: ['clojars-fetch exec -- lein test', 'clojars-fetch exec --profile ci --tls -- mvn -q verify', 'clojars-fetch exec -- make'],
  },
  config: {
    summary: 'Show the settings that make a build tool use the proxy, and add them to its configuration',
    details: [
      'TOOL is lein, boot, clj, maven, gradle, sbt, coursier, ivy or cursive. FILE is used instead of the configuration file of the ' +
        'tool. Without --write, the settings are only printed. --write keeps comments, order and line ends of the file, and --undo ' +
        'restores the same bytes.',
    ],
    examples: ['clojars-fetch config maven', 'clojars-fetch config lein --write', 'clojars-fetch config lein --undo'],
  },
  mirror: {
    summary: 'Run a mirror of Clojars',
    subcommands: [
      {
        name: 'sync',
        summary: 'Copy a repository into a folder for a web server or into a bucket, or bring the copy up to date',
        details: [
          'Every file is verified before it becomes visible, and metadata becomes visible only after the files that it names. A sync may be ' +
            'killed at any time; the next one continues. If a file cannot be copied, the others still are, and the exit code is 4.',
        ],
      },
      { name: 'setup', summary: 'Write the configuration of a mirror: nginx, systemd, cron, Ansible, containers, buckets' },
      {
        name: 'stats',
        words: 'LOG…',
        summary: 'Count the downloads in the logs of a web server',
        details: [
          'Downloads are counted exactly as Clojars counts them: each GET of a jar that was answered with 200, by the version of its folder. ' +
            'The logs may have the format of Fastly, nginx, Apache or S3, or be lines of JSON, and may be compressed; - is stdin. The dates of ' +
            'the lines decide which days get a file, downloads-YYYYMMDD.edn. If fewer than 99 % of the lines are understood, no file is ' +
            'written, and the exit code is 4.',
        ],
      },
    ],
    examples: [
      'clojars-fetch mirror sync --from https://repo.clojars.org/ --to /srv/mirror',
      'clojars-fetch mirror setup --domain clojars.example.org --contact mirror@example.org',
      'clojars-fetch mirror stats /var/log/nginx/access.log.1',
      'zcat logs/*.gz | clojars-fetch mirror stats - --output stats',
    ],
  },
  audit: {
    summary: 'Compare all mirrors of Clojars with the canonical repository',
    details: [
      "Without a subcommand, 'audit' lists the canonical repository, asks all mirrors, and writes its findings to a file (--output). It takes " +
        'the options of plan and run. The subcommands do the same in steps, for several machines. For each file and mirror, an audit checks ' +
        'presence, size, checksums, signatures and metadata, and the bytes of the newest files and of a sample, or of all files (--full). ' +
        'Clojars counts no downloads for it; a mirror counts one for each jar of the sample.',
      'The exit code is 4 if a mirror lies, or for the classes of --fail-on. A run that was killed continues when it is started again.',
    ],
    subcommands: [
      { name: 'plan', summary: 'List the files to check' },
      { name: 'run', summary: 'Ask the mirrors for the files of a plan, or of one part of it' },
      { name: 'merge', words: 'PART…', summary: 'Merge the results of all parts' },
      { name: 'compare', words: 'RESULT…', summary: 'Compare the results of several vantage points' },
      { name: 'key', summary: 'Make a key for signing audits, and print the one that verifies them' },
    ],
    examples: [
      'clojars-fetch audit --output audit.jsonl',
      'clojars-fetch audit plan --output plan.jsonl.gz --place my=https://mirror.example.org/',
      'clojars-fetch audit run --plan plan.jsonl.gz --shard 3/16 --output part-3.jsonl',
      'clojars-fetch audit merge part-*.jsonl --output audit.jsonl --fail-on gap,lag',
    ],
  },
  help: { summary: 'Print this help, or the help of a verb or subcommand' },
};

export const coordinateForms = [
  ['org/lib 1.0.0', 'Group, artifact and version; lib is short for lib/lib'],
  ['org/lib@^1.2', 'With a semver selector, a Maven range, RELEASE or LATEST'],
  ['g:a:v', "Maven's form; also g:a:ext:v and g:a:ext:classifier:v"],
  ['pkg:maven/g/a@v', 'A package URL'],
  [`'[org/lib "1.0.0"]'`, 'A Leiningen vector'],
  [`'org/lib {:mvn/version "1.0.0"}'`, 'A deps.edn entry'],
] as const;

export const exitCodeMeanings = [
  ['0', 'Success'],
  ['1', 'Internal error'],
  ['2', 'Wrong usage or configuration'],
  ['3', 'Not found'],
  ['4', 'Verification failed'],
  ['5', 'Unreachable; try again later'],
  ['6', 'Resolution failed'],
  ['7', 'Local I/O failed'],
  ['8', 'Offline, and not in the local repository'],
  ['130', 'Aborted'],
] as const;
