import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { type ClojarsFetchError, isClojarsFetchError } from '../../src/base/error.js';
import { nearestWord } from '../../src/base/nearest-word.js';
import { formatHelp } from '../../src/cli/commands/help.js';
import { clientOptions } from '../../src/cli/options/client-options.js';
import { parseArguments } from '../../src/cli/options/parse.js';
import { isOptionOf, type Option, options } from '../../src/cli/options/table.js';
import { reservedVerbs, verbs } from '../../src/cli/options/verbs.js';

const optionNames = Object.values(options).map(({ name }) => name);

/** The names of the options that a help text describes, sorted. */
const optionsIn = (help: string) => [...help.matchAll(/^ {2}(?:-\w, )?--([a-z-]+)/gm)].map(([, name]) => name).sort();

const namesOf = (isWanted: (option: Option) => boolean) =>
  Object.values<Option>(options)
    .filter(isWanted)
    .map(({ name }) => name)
    .sort();

function refusal(...argv: string[]): ClojarsFetchError {
  try {
    parseArguments(argv);
  } catch (error) {
    if (isClojarsFetchError(error)) return error;
    throw error;
  }
  throw new Error(`accepted: ${argv.join(' ')}`);
}

function optionsOf(...argv: string[]) {
  const wiring = { signal: new AbortController().signal, onEvent: () => undefined };
  return Object.fromEntries(Object.entries(clientOptions(parseArguments(argv), wiring)).filter(([key]) => !Object.hasOwn(wiring, key)));
}

describe('verbs and words', () => {
  test.each([
    [['hiccup/hiccup', '1.0.5'], 'artifact', ['hiccup/hiccup', '1.0.5']],
    [['--json', 'hiccup/hiccup', '--offline', '1.0.5'], 'artifact', ['hiccup/hiccup', '1.0.5']],
    [['versions', 'hiccup'], 'versions', ['hiccup']],
    [['versions/versions', '1'], 'artifact', ['versions/versions', '1']],
    [['org/lib', 'versions'], 'artifact', ['org/lib', 'versions']],
    [['[org/lib', '"1.0.0"]'], 'artifact', ['[org/lib', '"1.0.0"]']],
    [['verify', 'hiccup', '1.0.5'], 'verify', ['hiccup', '1.0.5']],
    [['mirrors'], 'mirrors', []],
    [['doctor'], 'doctor', []],
    [[], 'artifact', []],
  ])('%j are read as %s %j', (argv, verb, words) => {
    expect(parseArguments(argv)).toMatchObject({ verb, words });
  });

  test.each(reservedVerbs)('the reserved verb %s is refused, not fetched', (verb) => {
    expect(refusal(verb, 'x')).toMatchObject({ code: 'ERR_CONFIG', message: `the verb '${verb}' is not available in this version` });
    expect(parseArguments([`${verb}/${verb}`]).verb).toBe('artifact');
  });
});

describe('options', () => {
  test.each([
    [['verify', '--local-repo'], true, undefined],
    [['verify', '--local-repo', '--json'], true, undefined],
    [['--local-repo', '--json', 'verify'], true, undefined],
    [['verify', '--local-repo', '/r'], false, '/r'],
    [['verify', '--local-repo=/r'], false, '/r'],
    [['verify', 'a.jar'], false, undefined],
  ] as const)('%j: whole local repository %s, its folder %s', (argv, wholeLocalRepository, localRepository) => {
    expect(parseArguments(argv)).toMatchObject({ wholeLocalRepository, localRepository });
  });

  test.each([
    [['a/b', '1', '--check'], /--check belongs to the verbs 'lock' and 'config'/, /clojars-fetch lock --check/],
    [['deps', 'a/b', '--update', 'a/b'], /--update belongs to the verb 'lock'/, /lock --update/],
    [['lock', '--frozen'], /--frozen and the verb 'lock' exclude each other/, /lock --check/],
    [['lock', '--check', '--update', 'a/b'], /--check writes nothing, so --update/, /one of them/],
    [['lock', '--format', 'sha256'], /--format needs --write-checksums/, /--write-checksums/],
    [['lock', '--write-checksums', 'x', '--format', 'md5'], /one of sha256, sha512/, /sha256, sha512/],
    [['mirror', 'sync', '--verify'], /--verify needs --rescan/, /--rescan --verify/],
    [['mirror', 'sync', '--merge', 'x'], /--merge belongs to 'mirror stats'/, /mirror stats … --merge FILE/],
    [['lock', '--tree'], /--tree belongs to the verbs 'deps' and 'project'/, /deps COORDINATE --tree/],
    [['--lockfile='], /--lockfile needs a value/, /--lockfile FILE/],
    [['--signatures', 'required'], /one of off, if-present, require/, /Did you mean 'require'/],
    [['--trust-model', 'x'], /one of keyring, web-of-trust, key-map/, /web-of-trust/],
    [['--weak', 'no'], /one of accept, warn, fail/, /accept, warn, fail/],
    [['--accept-signer', 'org.example:lib'], /must be GROUP:ARTIFACT=FINGERPRINT/, /For example, write '--accept-signer /],
    [['deps', 'a/b', '--html', 'x'], /--html belongs to the verbs 'verify', 'mirror' and 'audit'/, /verify COORDINATE --html/],
    [['a/b', '1', '--local-repo'], /--local-repo needs a value/, /--local-repo DIR/],
    [['exec', 'mvn', 'verify'], /'exec' needs '--' before the command, got 'mvn'/, /exec -- mvn verify'/],
    [['proxy', '--host', '0.0.0.0'], /unknown option '--host'/, /listens on 127\.0\.0\.1 and nowhere else/],
    [['--ofline'], /unknown option '--ofline'/, /Did you mean '--offline'/],
    [['--mirorr', 'a=b'], /unknown option '--mirorr'/, /Did you mean '--mirror'/],
    [['-x'], /unknown option '-x'/, /'clojars-fetch VERB --help' lists the options/],
    [['--completely-else'], /unknown option '--completely-else'/, /'clojars-fetch VERB --help' lists the options/],
    [['--level', 'orign'], /--level must be one of none, transport, origin, quorum, signed, pinned, got 'orign'/, /Did you mean 'origin'/],
    [['--checksums', 'no'], /one of fail, warn, ignore/, /fail, warn, ignore/],
    [['--color', 'blue'], /one of auto, always, never/, /auto, always, never/],
    [['--timeout', 'soon'], /seconds from 0.001 to 86400, got 'soon'/, /--timeout 30/],
    [['--timeout', '0'], /seconds from/, /--timeout 30/],
    [['--timeout', '1e3'], /seconds from/, /--timeout 30/],
    [['--timeout=-5'], /got '-5'/, /--timeout 30/],
    [['--timeout', '-5'], /needs a value, but '-5' follows/, /--timeout=-5/],
    [['--timeout'], /--timeout needs a value/, /--timeout SECONDS/],
    [['--config='], /--config needs a value/, /--config FILE/],
    [['--repo', '--json'], /--repo needs a value, but '--json' follows/, /ID=URL/],
    [['--concurrency', '0'], /from 1 to 1000/, /--concurrency 1/],
    [['--quorum', '1'], /from 2 to 16/, /--quorum 2/],
    [['--quorum', '2.5'], /whole number/, /--quorum 2/],
    [['--json=yes'], /--json takes no value, got 'yes'/, /Write --json alone/],
    [['--repo', 'https://x/'], /--repo must be ID=URL/, /clojars=/],
    [['--mirror', '=https://x/'], /--mirror must be ID=URL/, /clojars=/],
    [['--repo-for', 'org.example='], /--repo-for must be GROUP=ID/, /org.example=clojars/],
    [['--repo', 'a=x:', '--repo', 'a=y:'], /names 'a' twice/, /--mirror a=URL/],
    [['--quiet', '--verbose'], /exclude each other/, /one of them/],
  ])('%j is refused', (argv, message, hint) => {
    const error = refusal(...argv);
    expect(error.code).toBe('ERR_CONFIG');
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(hint);
  });

  test('a malformed pair is not quoted in the error, since it may hold a password', () => {
    expect(refusal('--mirror', 'https://ada:secret@x/').message).not.toContain('secret');
  });

  test('options that are not given stay unset, so that weaker sources decide', () => {
    expect(optionsOf('a/b', '1')).toEqual({});
  });

  test('all become options of the library', () => {
    expect(
      optionsOf(
        'a/b',
        '1',
        '--repo',
        'one=https://one/',
        '--repo=two=https://two/?a=b',
        '--mirror',
        'two=https://m1/',
        '--mirror',
        'two=https://m2/',
        '--repo-for',
        'org.x.*=two',
        '--local-repo',
        '/r',
        '--offline',
        '--timeout',
        '1.5',
        '--concurrency',
        '8',
        '--level',
        'origin',
        '--checksums',
        'warn',
        '--accept-mirror-checksums',
        '--compare-repositories',
        'all',
        '--quorum',
        '3',
        '--trusted-checksums',
        'f',
        '--trusted-checksums',
        'g',
        '--paranoid',
        '--config',
        'c.json',
        '--lockfile',
        'l',
        '--frozen',
      ),
    ).toEqual({
      repositories: [
        { id: 'one', url: 'https://one/' },
        { id: 'two', url: 'https://two/?a=b', mirrors: ['https://m1/', 'https://m2/'] },
      ],
      repoFor: { 'org.x.*': 'two' },
      localRepository: '/r',
      offline: true,
      timeoutMs: 1500,
      concurrency: 8,
      trust: { level: 'origin', checksums: 'warn', acceptMirrorChecksums: true, compareRepositories: 'all', quorum: 3 },
      trustedChecksums: ['f', 'g'],
      paranoid: true,
      lockfile: 'l',
      frozen: true,
      configurationFile: 'c.json',
    });
    expect(optionsOf('--no-config')).toEqual({ settings: false });
    expect(optionsOf('--no-config', '--config', 'c')).toEqual({ settings: false, configurationFile: 'c' });
    expect(optionsOf('--mirror', 'clojars=https://m/')).toEqual({ mirrors: { clojars: ['https://m/'] } });
  });

  test('a mirror for a repository that --repo left out is refused', () => {
    expect(() => optionsOf('--repo', 'one=https://one/', '--mirror', 'clojars=https://m/')).toThrow(/'clojars', which --repo leaves out/);
  });

  test('the last of a repeated single-valued option counts', () => {
    expect(parseArguments(['--timeout', '1', '--timeout', '2']).timeoutMs).toBe(2000);
  });

  test('the help names every verb, and the options of the default verb', () => {
    const help = formatHelp('artifact');
    for (const verb of verbs) expect(help).toContain(`clojars-fetch ${verb}`);
    expect(optionsIn(help)).toEqual(namesOf((option) => isOptionOf('artifact', option)));
    expect(formatHelp('help')).toBe(help);
  });

  test.each(verbs.filter((verb) => verb !== 'help'))('the help of %s has exactly the options that the verb takes', (verb) => {
    expect(optionsIn(formatHelp(verb))).toEqual(namesOf((option) => isOptionOf(verb, option)));
  });

  test.each([
    ['mirror', 'stats', ['--merge'], ['--from', '--domain']],
    ['mirror', 'sync', ['--from', '--json'], ['--merge', '--domain']],
    ['mirrors', 'check', ['--admit', '--timeout'], []],
    ['audit', 'key', ['--name', '--output'], ['--plan', '--from', '--html']],
    ['proxy', 'prefetch', ['--cache'], []],
  ] as const)('the help of %s %s has the options of this subcommand', (verb, subcommand, has, lacks) => {
    const help = formatHelp(verb, subcommand);
    expect(help).toContain(`Usage: clojars-fetch ${verb} ${subcommand}`);
    expect(optionsIn(help)).toEqual(expect.arrayContaining(has.map((name) => name.slice(2))));
    for (const name of lacks) expect(help).not.toContain(` ${name} `);
  });

  test.each(['--signatures=require', '--repo=x=https://x.example/', '--frozen', '--timeout=5'])('mirror refuses %s', (word) => {
    expect(() => parseArguments(['mirror', 'sync', word])).toThrow(/has no effect on 'mirror'/);
  });

  test('no line of the help is wider than 100 columns', () => {
    for (const verb of ['artifact', ...verbs] as const)
      expect(
        formatHelp(verb)
          .split('\n')
          .filter((line) => line.length > 100),
      ).toEqual([]);
  });

  test('any words give arguments or an error of this package', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom(...optionNames.map((name) => `--${name}`)),
      fc.constantFrom('--', '-', '-qv', '-h', '--=', '--no-json', '--__proto__', '--constructor=1'),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), (argv) => {
        try {
          parseArguments(argv);
        } catch (error) {
          expect(isClojarsFetchError(error) && error.hint !== undefined).toBe(true);
        }
      }),
    );
  });
});

test('nearestWord', () => {
  expect(nearestWord('quite', ['quiet', 'quorum'])).toBe('quiet');
  expect(nearestWord('zzzzzz', ['quiet', 'quorum'])).toBeUndefined();
  expect(nearestWord('q'.repeat(1_000_000), ['quiet'])).toBeUndefined();
});
