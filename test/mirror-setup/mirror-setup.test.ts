/** The files of a mirror: what is written where, what is refused, and that no value breaks out of its place. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { diffLines } from '../../src/app/mirror-setup/diff.js';
import { checkValues, mirrorSetupKeys } from '../../src/app/mirror-setup/values.js';
import { planMirrorSetup } from '../../src/mirror.js';
import { runCliHere } from '../support/cli-here.js';
import { schemaViolations } from '../support/json-schema.js';
import { temporaryFolder } from '../support/temporary-folder.js';

const values = ['--domain', 'clojars.example.org', '--contact', 'mirror@example.org'];
const names = [
  'Containerfile',
  'bucket-policy.json',
  'cdn.md',
  'clojars-mirror.cron',
  'clojars-mirror.nginx.conf',
  'clojars-mirror.service',
  'clojars-mirror.timer',
  'playbook.yml',
];

async function setUp(
  home: string,
  ...words: readonly string[]
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  return runCliHere(['mirror', 'setup', '--output', 'setup', ...words], { home });
}

const textOf = (home: string, name: string): string => readFileSync(join(home, 'setup', name), 'utf8');

describe('mirror setup', () => {
  it('writes all files, and none that is there already', async () => {
    const home = await temporaryFolder();
    const { code, stdout } = await setUp(home, ...values, '--json');
    expect(code).toBe(0);
    const document = JSON.parse(stdout) as { files: { state: string }[] };
    expect(schemaViolations(document, 'mirror-setup')).toEqual([]);
    expect(document.files.map(({ state }) => state)).toEqual(names.map(() => 'missing'));
    expect(readdirSync(join(home, 'setup')).sort()).toEqual(names);
    expect(textOf(home, 'clojars-mirror.nginx.conf')).toContain('server_name clojars.example.org;');
    expect(JSON.parse(textOf(home, 'bucket-policy.json'))).toMatchObject({ Version: '2012-10-17' });
    expect((await setUp(home, ...values)).stdout).toContain('unchanged');
  });

  it('overwrites files that differ only with --force, and shows how with --diff', async () => {
    const home = await temporaryFolder();
    await setUp(home, ...values);
    writeFileSync(join(home, 'setup', 'clojars-mirror.timer'), 'mine\n');
    const changed = [...values, '--to', '/data/clojars'];
    expect(await setUp(home, ...changed)).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/not overwriting .*clojars-mirror\.nginx\.conf/) as string,
    });
    expect(textOf(home, 'clojars-mirror.timer')).toBe('mine\n');
    const { code, stdout } = await setUp(home, ...changed, '--diff');
    expect(code).toBe(0);
    expect(stdout).toContain('-    root /srv/clojars;\n+    root /data/clojars;\n');
    expect(textOf(home, 'clojars-mirror.nginx.conf')).toContain('root /srv/clojars;');
    expect(await setUp(home, ...changed, '--force')).toMatchObject({ code: 0 });
    expect(textOf(home, 'clojars-mirror.nginx.conf')).toContain('root /data/clojars;');
  });

  it('takes values from a file, and options before it', async () => {
    const home = await temporaryFolder();
    writeFileSync(join(home, 'values.json'), JSON.stringify({ domain: 'a.example.org', contact: 'https://example.org/mirror', to: '/a' }));
    expect(await setUp(home, '--values', 'values.json', '--to', '/b')).toMatchObject({ code: 0 });
    expect(textOf(home, 'clojars-mirror.nginx.conf')).toContain('server_name a.example.org;');
    expect(textOf(home, 'clojars-mirror.service')).toContain('--to /b');
  });

  it('has the service, the cron line and the container copy only what the filters take', async () => {
    const home = await temporaryFolder();
    writeFileSync(join(home, 'values.json'), JSON.stringify({ groups: ['org.example.*', 'ring'], latest: 3, snapshots: false }));
    const words = ['--values', 'values.json', '--since', '2026-01-31', '--latest', '5', '--metadata', 'rewrite'];
    expect(await setUp(home, ...values, ...words)).toMatchObject({ code: 0 });
    const common = '--group ring --since 2026-01-31 --no-snapshots --latest 5 --metadata rewrite';
    expect(textOf(home, 'clojars-mirror.service')).toContain(`--interval 1h --group org.example.* ${common}\n`);
    expect(textOf(home, 'clojars-mirror.cron')).toContain(`--interval 1h --group 'org.example.*' ${common} --quiet\n`);
    const entry = /^ENTRYPOINT (.*)$/m.exec(textOf(home, 'Containerfile'))?.[1] ?? '';
    expect(JSON.parse(entry)).toEqual(expect.arrayContaining(['--group', 'org.example.*', '--no-snapshots', '5']));
  });

  it.each([
    [[...values, '--group', 'org/example'], "groups: 'org/example' is not a group"],
    [[...values, '--since', 'yesterday'], "since: 'yesterday' is not a date"],
    [['--values', 'filter.json'], "filter.json: 'latest' must be a number"],
    [[], 'the setup needs domain and contact'],
    [['--domain', 'a.example.org'], 'the setup needs contact'],
    [['--values', 'gone.json'], 'cannot read the values: no such file'],
    [['--values', 'broken.json'], 'broken.json: not JSON'],
    [['--values', 'unknown.json'], "unknown.json: there is no value 'too'"],
    [['--values', 'number.json'], "number.json: 'to' must be a text"],
    [[...values, 'nginx'], "'mirror setup' takes no further words"],
  ])('refuses %j without a question', async (words, message) => {
    const home = await temporaryFolder();
    writeFileSync(join(home, 'broken.json'), '{');
    writeFileSync(join(home, 'unknown.json'), '{"too":"/x"}');
    writeFileSync(join(home, 'number.json'), '{"to":1}');
    writeFileSync(join(home, 'filter.json'), '{"latest":"3"}');
    expect(await setUp(home, ...words)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) as string });
    expect(existsSync(join(home, 'setup'))).toBe(false);
  });
});

const good = { domain: 'clojars.example.org', contact: 'mirror@example.org' };

describe('a value', () => {
  const hostile = [
    'a b',
    'a"b',
    "a'b",
    'a\nb',
    'a\rb',
    'a\tb',
    'a\0b',
    'a$b',
    'a${b}',
    'a{{ b }}',
    'a{% b %}',
    'a`b`',
    'a;b',
    'a%b',
    'a\\b',
    'a#b',
    'a|b',
    'a&b',
    'a>b',
    'a*b',
    'ä',
    'a\u2028b',
  ];

  it.each(hostile)('with %j is refused everywhere', (text) => {
    for (const key of mirrorSetupKeys) {
      for (const start of ['', '/', 'https://x/', 'a.'])
        expect(() => checkValues({ ...good, [key]: start + text }), key).toThrow(`${key} must be`);
    }
  });

  it.each([
    ['domain', ['', '-a.example.org', 'a..org', 'localhost', '192.0.2.1', 'A.example.org', `${'a'.repeat(64)}.org`]],
    ['to', ['', '/', 'srv', '/srv/../etc', '/srv/', '/srv//a', '/srv/.hidden', '/-x']],
    ['from', ['', '-x', '--delete', 'https://', 'https://user:secret@host/', 'a/b', '/../x']],
    ['user', ['', '-x', 'Root', '0']],
    ['bucket', ['', 'a', 'A', '.a.', '-ab']],
    ['contact', ['', '@', '-a', 'http://example.org/']],
  ] as const)('of %s is not one of %j', (key, texts) => {
    for (const text of texts) expect(() => checkValues({ ...good, [key]: text }), text).toThrow(`${key} must be`);
  });

  it.each([
    's3://clojars-repo-production/maven2?region=us-east-1&endpoint=https://s3.example.org',
    'rsync://mirror.example.org/clojars/',
    '/srv/original',
    'https://[::1]:8443/clojars/',
  ])('of from may be %s, quoted for the shell and YAML if it must be', (from) => {
    const [, , , cron] = planMirrorSetup({ ...good, from });
    expect(cron?.text).toContain(from.includes('?') || from.includes('[') ? `'${from}'` : ` ${from} `);
  });

  it('that is accepted has no character with a meaning for nginx, systemd, cron, a shell or Ansible', () => {
    const text = fc.string({ unit: fc.constantFrom(...'ab0/.-_:?=&[]@ "\'\n$%{}\\`;#'), minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.constantFrom(...mirrorSetupKeys), text, fc.constantFrom('', '/', 'https://', 'a.'), (key, rest, start) => {
        try {
          checkValues({ ...good, [key]: start + rest });
        } catch {
          return;
        }
        expect(start + rest).toMatch(/^[a-z0-9/._:?=&[\]@-]+$/);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the files', () => {
  const planned = planMirrorSetup({ ...good, output: '/nowhere' });

  it('have templates of Ansible in the playbook only', () => {
    for (const { path, text } of planned) if (!path.endsWith('playbook.yml')) expect(text, path).not.toMatch(/\{\{|\{%|\{#/);
  });

  it('build two images from files of the setup, each with a user, a volume and a command of its own', () => {
    const texts = new Map(planned.map(({ path, text }) => [basename(path), text]));
    const lines = (texts.get('Containerfile') ?? '').split('\n').filter((text) => !/^(?:#|$)/.test(text));
    const instructions = lines.map((text) => /^([A-Z]+) (.+)$/.exec(text)?.slice(1) ?? [text, '']);
    expect(instructions.map(([name]) => name).join(' ')).toBe('FROM RUN RUN USER VOLUME ENTRYPOINT FROM RUN COPY VOLUME EXPOSE');
    for (const [name, words = ''] of instructions) {
      if (name === 'FROM') expect(words).toMatch(/^docker\.io\/library\/[a-z]+:[\w.-]+ AS (?:sync|web)$/);
      if (name === 'COPY') expect(texts.has(words.split(' ')[0] ?? ''), words).toBe(true);
      if (name === 'ENTRYPOINT') expect((JSON.parse(words) as string[])[0]).toBe('clojars-fetch');
    }
  });

  it.each([
    ['/etc/letsencrypt:/etc/letsencrypt:ro', false, {}],
    [
      '/etc/ssl/a:/etc/ssl/a:ro -v /srv/keys:/srv/keys:ro -p',
      true,
      { from: 'rsync://mirror.example.org/clojars/', certificate: '/etc/ssl/a/b.pem', certificateKey: '/srv/keys/b.pem' },
    ],
    ['clojars:/srv/clojars -v /srv/other:/srv/other:ro clojars-mirror-sync', false, { from: '/srv/other' }],
  ])('mount %s in containers', (mount, hasRsync, given) => {
    const plan = planMirrorSetup({ domain: 'clojars.example.org', contact: 'mirror@example.org', output: '/nowhere', ...given });
    const text = plan.find(({ path }) => path.endsWith('Containerfile'))?.text ?? '';
    expect(text).toContain(` -v ${mount} `);
    expect(/^RUN apt-get .* rsync /m.test(text)).toBe(hasRsync);
  });

  it('end each with one line feed, and have no tabs', () => {
    for (const { path, text } of planned) expect(text, path).toMatch(/^[^\t]*[^\n]\n$/);
  });
});

describe('a diff', () => {
  it('has all lines of both texts in order, and shows what is near a change', () => {
    const text = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 8 }).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = diffLines(before, after);
        const has = (sign: string): readonly string[] => lines.filter((line) => line.startsWith(sign)).map((line) => line.slice(1));
        expect(lines.length === 0).toBe(before === after);
        for (const line of has('-')) expect(before.split('\n')).toContain(line);
        for (const line of has('+')) expect(after.split('\n')).toContain(line);
      }),
    );
    expect(diffLines('1\n2\n3\n4\n5\n6\n7', '1\n2\n3\n4\n5\nsix\n7')).toEqual(['…', ' 4', ' 5', '-6', '+six', ' 7']);
  });
});
