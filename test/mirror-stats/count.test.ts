/** Counting whole logs: files, gzip, days, and the files that are written. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';

import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

import { SpillingCounts } from '../../src/app/mirror-stats/count/spilling-counts.js';
import { countDownloads } from '../../src/mirror.js';
import { runCliHere } from '../support/cli-here.js';
import { schemaViolations } from '../support/json-schema.js';
import { temporaryFolder } from '../support/temporary-folder.js';

function line(path: string, { date = '2026-11-29T14:06:40Z', status = 200 } = {}): string {
  return `<134>${date} cache-fra1 s3-bucket[1]: 192.0.2.1 "GET ${path} HTTP/1.1" ${status} 10 "(null)" "Apache-Maven/3.8.7"\n`;
}

const first = line('/a/b/1/b-1.jar') + line('/a/b/1/b-1-sources.jar') + line('/a/b/2/b-2.jar') + line('/a/b/2/b-2.pom');
const second = line('/x/y/1/y-1.jar', { date: '2026-11-30T00:00:00Z' }) + line('/x/y/1/y-1.jar', { status: 304 });

const files = { 'downloads-20261129.edn': '{["a" "b"] {"1" 2, "2" 1}}\n', 'downloads-20261130.edn': '{["x" "y"] {"1" 1}}\n' };

function contents(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder)
      .filter((name) => name.startsWith('downloads-'))
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );
}

describe('downloads', () => {
  it.each([
    ['plain', Buffer.from(first + second)],
    ['compressed', gzipSync(first + second)],
    ['of two gzips in a row', Buffer.concat([gzipSync(first), gzipSync(second)])],
    ['filled up with zeros behind the gzip', Buffer.concat([gzipSync(first + second), Buffer.alloc(200_000)])],
    ['with empty lines and carriage returns', Buffer.from((first + second).replaceAll('\n', '\r\n\n'))],
    ['without an end', Buffer.from((first + second).trimEnd())],
  ])('of a log that is %s are counted by day', async (_, bytes) => {
    const folder = await temporaryFolder();
    writeFileSync(join(folder, 'log'), bytes);
    const output = join(folder, 'stats');
    const report = await countDownloads([join(folder, 'log')], { output });
    expect(report).toMatchObject({ isUnderstood: true, logs: [{ lines: 6, understood: 6, formats: ['fastly'], isDamaged: false }] });
    expect(report.days.map(({ date, downloads, artifacts, versions }) => ({ date, downloads, artifacts, versions }))).toEqual([
      { date: '2026-11-29', downloads: 3, artifacts: 1, versions: 2 },
      { date: '2026-11-30', downloads: 1, artifacts: 1, versions: 1 },
    ]);
    expect(contents(output)).toEqual(files);
  });

  it.each([
    ['whole', (packed: Buffer) => packed, false],
    ['cut off', (packed: Buffer) => packed.subarray(0, packed.length - 8), true],
  ])('of a gzip of several megabytes are those of its text, %s', async (_, cut, isDamaged) => {
    const folder = await temporaryFolder();
    // A byte of the gzip is up to a thousand of the text: one piece of it is unpacked into many.
    const text = Array.from({ length: 60_000 }, (_line, index) => line(`/a/b/${index % 7}/b-${index % 7}.jar`)).join('');
    writeFileSync(join(folder, 'log'), text);
    writeFileSync(join(folder, 'log.gz'), cut(gzipSync(text)));
    await countDownloads([join(folder, 'log')], { output: join(folder, 'plain') });
    const { logs } = await countDownloads([join(folder, 'log.gz')], { output: join(folder, 'packed') });
    expect(logs).toMatchObject([{ lines: 60_000, understood: 60_000, isDamaged }]);
    expect(contents(join(folder, 'packed'))).toEqual(contents(join(folder, 'plain')));
  });

  it('of several logs in several forms are added up', async () => {
    const folder = await temporaryFolder();
    writeFileSync(join(folder, 'one.gz'), gzipSync(first));
    writeFileSync(join(folder, 'two'), '::1 - - [29/Nov/2026:14:06:40 +0000] "GET /a/b/2/b-2.jar HTTP/1.1" 200 1 "-" "x"\n' + second);
    const { logs } = await countDownloads([join(folder, 'one.gz'), join(folder, 'two')], { output: folder });
    expect(logs.map(({ formats }) => formats)).toEqual([['fastly'], ['combined', 'fastly']]);
    expect(readFileSync(join(folder, 'downloads-20261129.edn'), 'utf8')).toBe('{["a" "b"] {"1" 2, "2" 2}}\n');
  });

  it('of paths that are not UTF-8 count under one name, as the log would be read as text', async () => {
    const log = Buffer.from(line('/a/b_c/1/b-1.jar') + line('/a/b+c/1/b-1.jar'), 'latin1');
    log[log.indexOf('_')] = 0xfe;
    log[log.indexOf('+')] = 0xff;
    const folder = await temporaryFolder();
    writeFileSync(join(folder, 'log'), log);
    await countDownloads([join(folder, 'log')], { output: folder });
    expect(readFileSync(join(folder, 'downloads-20261129.edn'), 'utf8')).toBe('{["a" "b\ufffdc"] {"1" 2}}\n');
  });
});

describe('mirror stats', () => {
  it.each([
    ['plain', Buffer.from(first + second)],
    ['compressed', gzipSync(first + second)],
  ])('counts a log from stdin, %s, and once with a record', async (_, bytes) => {
    const home = await temporaryFolder();
    for (const options of [[], ['--state', 'state.json'], ['--state', 'state.json']]) {
      const stdin = vi.spyOn(process, 'stdin', 'get').mockReturnValue(Readable.from([bytes.subarray(0, 1), bytes.subarray(1)]) as never);
      expect(await runCliHere(['mirror', 'stats', '-', ...options], { home })).toMatchObject({ code: 0 });
      stdin.mockRestore();
    }
    expect(contents(home)).toEqual(files);
  });

  it('prints what it counted, and writes the files', async () => {
    const home = await temporaryFolder();
    writeFileSync(join(home, 'access.log'), first + second);
    const { code, stdout } = await runCliHere(['mirror', 'stats', 'access.log', '--json'], { home });
    expect(code).toBe(0);
    const document: unknown = JSON.parse(stdout);
    expect(schemaViolations(document, 'mirror-stats')).toEqual([]);
    expect(document).toMatchObject({ isUnderstood: true, days: [{ downloads: 3 }, { downloads: 1 }] });
    expect(contents(home)).toMatchObject(files);
  });

  it('writes nothing if too few lines are understood, and exits with 4', async () => {
    const home = await temporaryFolder();
    writeFileSync(join(home, 'access.log'), `${first.repeat(25)}nonsense\n${line('/a/b/1/b-1.jar')}nonsense\n`);
    const { code, stdout, stderr } = await runCliHere(['mirror', 'stats', 'access.log', '--output', 'stats'], { home });
    expect(code).toBe(4);
    expect(stdout).toBe('101 of 103 lines understood\n');
    expect(stderr).toContain('access.log: 2 of 103 lines have no known form');
    expect(readdirSync(home)).not.toContain('stats');
  });

  it('counts what can be read of a gzip that is cut off, and exits with 5', async () => {
    const home = await temporaryFolder();
    const packed = gzipSync(first + second);
    writeFileSync(join(home, 'access.log.gz'), packed.subarray(0, packed.length - 8));
    const { code, stderr } = await runCliHere(['mirror', 'stats', 'access.log.gz'], { home });
    expect(code).toBe(5);
    expect(stderr).toContain('access.log.gz: the gzip ends early or is damaged; what came before counts');
    expect(contents(home)).toMatchObject(files);
  });

  it.each([
    ['something else follows', Buffer.from('nonsense')],
    ['something else follows after zeros', Buffer.concat([Buffer.alloc(200_000), Buffer.from('nonsense')])],
    ['a damaged one follows', gzipSync(first).fill(0xff, 12)],
    ['a damaged one and more follow', Buffer.concat([gzipSync(first).fill(0xff, 12), Buffer.alloc(200_000, 'x')])],
  ])('counts a gzip that %s, and exits with 5', async (_, more) => {
    const home = await temporaryFolder();
    // The stream drops what it unpacks in the call in which it finds the damage: at most 128 KB of a log.
    const lines = line('/a/b/1/b-1.jar').repeat(200_000);
    writeFileSync(join(home, 'access.log.gz'), Buffer.concat([gzipSync(lines), gzipSync(lines), more]));
    const { code, stdout, stderr } = await runCliHere(['mirror', 'stats', 'access.log.gz'], { home });
    expect(code).toBe(5);
    expect(stderr).toContain('access.log.gz: the gzip ends early or is damaged; what came before counts');
    expect(Number(/(\d+) downloads/.exec(stdout)?.[1])).toBeGreaterThan(399_000);
  });

  it.each([
    [['mirror'], "'mirror' needs a subcommand", 'The subcommands are '],
    [['mirror', 'stat'], "'mirror' has no subcommand 'stat'", "Did you mean 'clojars-fetch mirror stats'?"],
    [['mirror', 'stats'], "'mirror stats' needs a log", 'Name one or more files'],
    [['mirror', 'stats', 'gone.log'], 'gone.log: cannot read the log: no such file', 'Check its name'],
    [['mirror', 'stats', '.'], '.: cannot read the log', 'Check its name'],
    [['mirror', 'sync', '--output', 'x'], "--output belongs to 'mirror stats'", "Write 'clojars-fetch mirror stats … --output PATH'."],
  ])('refuses %j', async (words, message, hint) => {
    const { code, stderr } = await runCliHere(words, { home: await temporaryFolder() });
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
  });
});

interface Request {
  readonly path?: string;
  readonly status?: number;
  readonly address?: string;
  readonly agent?: string;
  readonly day?: string;
}

const request = ({ path = '/a/b/1/b-1.jar', status = 200, address = '::1', agent = 'Maven', day = '29/Nov/2026' }: Request): string =>
  `${address} - - [${day}:14:06:40 +0000] "GET ${path} HTTP/1.1" ${status} 1 "-" "${agent}"\n`;

describe('the options', () => {
  /** Counts requests, and returns the file of the day. */
  async function count(requests: readonly Request[], ...options: readonly string[]): Promise<string> {
    const home = await temporaryFolder();
    writeFileSync(join(home, 'log'), requests.map(request).join(''));
    const { code } = await runCliHere(['mirror', 'stats', 'log', ...options], { home });
    expect(code).toBe(0);
    return Object.values(contents(home)).join('');
  }

  it('leave out agents', async () => {
    const requests = [{}, { agent: 'GoogleBot/2.1' }, { agent: 'a \\" crawler' }];
    expect(await count(requests)).toBe('{["a" "b"] {"1" 3}}\n');
    expect(await count(requests, '--exclude-agent', 'bot', '--exclude-agent=Crawler')).toBe('{["a" "b"] {"1" 1}}\n');
  });

  it('count each address once for a version and day', async () => {
    const requests = [{}, {}, { address: '::2' }, { path: '/a/b/1/b-1-sources.jar' }, { path: '/a/b/2/b-2.jar' }, { day: '30/Nov/2026' }];
    expect(await count(requests, '--unique')).toBe('{["a" "b"] {"1" 2, "2" 1}}\n{["a" "b"] {"1" 1}}\n');
  });

  it('count ranges once for an address, file and day, unless it got the whole file', async () => {
    const part = { status: 206 };
    const requests = [
      part,
      part,
      { ...part, address: '::2' },
      { address: '::2' },
      { address: '::2' },
      { ...part, path: '/a/b/1/b-1-sources.jar' },
    ];
    expect(await count(requests)).toBe('{["a" "b"] {"1" 2}}\n');
    expect(await count(requests, '--ranges', 'first')).toBe('{["a" "b"] {"1" 4}}\n');
    expect(await count(requests, '--ranges', 'first', '--unique')).toBe('{["a" "b"] {"1" 2}}\n');
  });

  it('count one day', async () => {
    expect(await count([{}, { day: '30/Nov/2026', path: '/x/y/1/y-1.jar' }], '--date', '2026-11-30')).toBe('{["x" "y"] {"1" 1}}\n');
  });

  it('write JSON', async () => {
    const text = await count(
      [{ path: '/a/b/1/b-1.jar' }, { path: String.raw`/a/b/\"2/b.jar` }, { path: '/x/y/1/y-1.jar' }],
      '--as',
      'json',
    );
    expect(JSON.parse(text)).toEqual([
      { group: 'a', artifact: 'b', versions: { 1: 1, [String.raw`\"2`]: 1 } },
      { group: 'x', artifact: 'y', versions: { 1: 1 } },
    ]);
  });

  it('name the fields of JSON lines', async () => {
    const home = await temporaryFolder();
    const object = { when: '29/Nov/2026:14:06:40 +0000', http: { 'url.path': '/a/b/1/b-1.jar' }, result: 200, ua: ['Bot'] };
    writeFileSync(join(home, 'log'), `${JSON.stringify(object)}\n${JSON.stringify({ ...object, ua: ['Maven'] })}\n`);
    const fields = ['time=when', 'path=http.url.path', 'status=result', 'agent=ua'].flatMap((field) => ['--field', field]);
    expect((await runCliHere(['mirror', 'stats', 'log', ...fields], { home })).code).toBe(4);
    fields[3] = 'path=http';
    const nested = { when: object.when, http: '/a/b/1/b-1.jar', result: 200 };
    writeFileSync(
      join(home, 'log'),
      [
        { ...nested, ua: ['Bot'] },
        { ...nested, ua: 'Maven' },
      ]
        .map((one) => `${JSON.stringify(one)}\n`)
        .join(''),
    );
    expect(await runCliHere(['mirror', 'stats', 'log', '--exclude-agent', 'bot', ...fields], { home })).toMatchObject({ code: 0 });
    expect(Object.values(contents(home))).toEqual(['{["a" "b"] {"1" 1}}\n']);
  });

  it.each([
    [['--date', '2026-02-30'], 'the date must be YYYY-MM-DD'],
    [['--ranges', 'all'], '--ranges must be one of none, first'],
    [['--field', 'ip=x'], '--field must be one of time'],
    [['--report', 'https://stats.example.org/'], '--report and --report-key need each other'],
    [['--report', 'ftp://x/', '--report-key', 'log'], 'the address of a report must be an https: URL'],
    [['--report', 'https://x/', '--report-key', 'log'], 'log: neither an Ed25519 key in PEM nor a secret'],
  ])('refuse %j', async (options, message) => {
    const home = await temporaryFolder();
    writeFileSync(join(home, 'log'), 'short');
    expect(await runCliHere(['mirror', 'stats', 'log', ...options], { home })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(message) as string,
    });
  });
});

describe('a file of all days', () => {
  it('gets the new counts, whatever wrote it', async () => {
    const home = await temporaryFolder();
    writeFileSync(join(home, 'log'), first);
    writeFileSync(join(home, 'all.edn'), ' {["x.y" "z"]\n {"1\\u0041" 7N "2" 1} ; old\n["a" "b"], {"1" 40}}');
    const { code } = await runCliHere(['mirror', 'stats', 'log', '--merge', 'all.edn'], { home });
    expect(code).toBe(0);
    expect(readFileSync(join(home, 'all.edn'), 'utf8')).toBe('{["a" "b"] {"1" 42, "2" 1}, ["x.y" "z"] {"1A" 7, "2" 1}}\n');
  });

  it('is made if it is missing', async () => {
    const home = await temporaryFolder();
    writeFileSync(join(home, 'log'), first + second);
    const { stdout } = await runCliHere(['mirror', 'stats', 'log', '--merge', 'new/all.json', '--json'], { home });
    expect(schemaViolations(JSON.parse(stdout), 'mirror-stats')).toEqual([]);
    expect(JSON.parse(readFileSync(join(home, 'new/all.json'), 'utf8'))).toHaveLength(2);
  });

  it.each([
    '',
    '{',
    '{["a" "b"] {"1" 1}',
    '{["a" "b"] {"1" 1.5}}',
    '{["a" "b"] {"1" -1}}',
    '{["a"] {"1" 1}}',
    '{} {}',
    '{["a/b" "c"] {"1" 1}}',
    'nil',
    '<html>',
    '{["a" "b"] {"1',
  ])('that is not one is an error, and nothing is written: %j', async (text) => {
    const home = await temporaryFolder();
    writeFileSync(join(home, 'log'), first);
    writeFileSync(join(home, 'all.edn'), text);
    const { code, stderr } = await runCliHere(['mirror', 'stats', 'log', '--merge', 'all.edn', '--state', 'state'], { home });
    expect(code).toBe(2);
    expect(stderr).toMatch(/all\.edn: not a map of counts: expected .* at byte \d+/);
    expect(readFileSync(join(home, 'all.edn'), 'utf8')).toBe(text);
    expect(readdirSync(home).sort()).toEqual(['.clojars-fetch-locks', 'all.edn', 'log', 'tmp']);
  });
});

describe('a record of counted logs', () => {
  const options = ['--state', 'state.json', '--merge', 'all.edn'];
  const all = (home: string): string => readFileSync(join(home, 'all.edn'), 'utf8');

  it('keeps the same log from counting twice, under any name and compressed, and counts what was added', async () => {
    const home = await temporaryFolder();
    const run = async (name: string, bytes: string | Buffer): Promise<string> => {
      writeFileSync(join(home, name), bytes);
      const { code, stderr } = await runCliHere(['mirror', 'stats', name, ...options], { home });
      expect(code).toBe(0);
      return stderr;
    };
    expect(await run('access.log', first)).toBe('');
    expect(await run('access.log', first)).toContain('access.log: counted before');
    expect(await run('access.log.1.gz', gzipSync(first))).toContain('access.log.1.gz: counted before');
    expect(all(home)).toBe('{["a" "b"] {"1" 2, "2" 1}}\n');
    // Another log that begins with the same line.
    await run('other.log', first.slice(0, first.indexOf('\n') + 1) + second);
    expect(all(home)).toBe('{["a" "b"] {"1" 3, "2" 1}, ["x" "y"] {"1" 1}}\n');
    // The second line is still being written.
    await run('access.log', first + second.slice(0, -20));
    await run('access.log', first + second + second);
    expect(all(home)).toBe('{["a" "b"] {"1" 3, "2" 1}, ["x" "y"] {"1" 3}}\n');
    expect(contents(home)).toMatchObject({
      'downloads-20261130.edn': '{["x" "y"] {"1" 3}}\n',
      'downloads-20261129.edn': '{["a" "b"] {"1" 3, "2" 1}}\n',
    });
  });

  it('adds to files of days that hold its own logs only', async () => {
    const home = await temporaryFolder();
    writeFileSync(join(home, 'log'), first);
    await runCliHere(['mirror', 'stats', 'log'], { home });
    await runCliHere(['mirror', 'stats', 'log', ...options], { home });
    expect(contents(home)).toEqual({ 'downloads-20261129.edn': files['downloads-20261129.edn'] });
  });

  it('keeps a log from counting twice in one run', async () => {
    const home = await temporaryFolder();
    writeFileSync(join(home, 'log'), first);
    await runCliHere(['mirror', 'stats', 'log', 'log', ...options], { home });
    expect(all(home)).toBe('{["a" "b"] {"1" 2, "2" 1}}\n');
  });

  it('names the files of a run that was killed, and the next run finishes it', async () => {
    const home = await temporaryFolder();
    writeFileSync(join(home, 'log'), first);
    await runCliHere(['mirror', 'stats', 'log', ...options], { home });
    const state = JSON.parse(readFileSync(join(home, 'state.json'), 'utf8')) as object;
    writeFileSync(join(home, '.new'), '{["a" "b"] {"1" 9}}\n');
    writeFileSync(
      join(home, 'state.json'),
      JSON.stringify({ ...state, placements: [{ temporary: join(home, '.new'), path: join(home, 'all.edn') }] }),
    );
    await runCliHere(['mirror', 'stats', 'log', ...options], { home });
    expect(all(home)).toBe('{["a" "b"] {"1" 9}}\n');
    expect(readdirSync(home)).not.toContain('.new');
  });

  it.each(['', '{}', '{"version":1,"logs":[{}],"placements":[],"days":[]}', '{"version":2,"logs":[],"placements":[],"days":[]}'])(
    'is an error if it is broken: %j',
    async (text) => {
      const home = await temporaryFolder();
      writeFileSync(join(home, 'log'), first);
      writeFileSync(join(home, 'state.json'), text);
      const { code, stderr } = await runCliHere(['mirror', 'stats', 'log', ...options], { home });
      expect(code).toBe(2);
      expect(stderr).toContain('not a record of counted logs');
    },
  );
});

describe('charts', () => {
  it('show the days of the folder and the artifacts, escaped, without a script', async () => {
    const home = await temporaryFolder();
    writeFileSync(join(home, 'log'), first.repeat(500) + second + line('/x/<script>/1/y-1.jar').repeat(3));
    const words = ['mirror', 'stats', 'log', '--html', 'stats.html', '--svg', 'stats.svg'];
    expect(await runCliHere(words, { home })).toMatchObject({ code: 0 });
    const [html, svg] = ['stats.html', 'stats.svg'].map((name) => readFileSync(join(home, name), 'utf8'));
    expect(svg).toContain('<title id="title">1,504 downloads on 2 days</title>');
    expect(svg).toContain('a/b</text>');
    expect(html).toContain('<td>1,500</td>');
    expect(html).not.toContain('<script');
    // Charts are replaced, and no other file is.
    expect(await runCliHere(words, { home })).toMatchObject({ code: 0 });
    writeFileSync(join(home, 'stats.svg'), '<svg>mine</svg>');
    expect(await runCliHere(words, { home })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('not overwriting stats.svg') as string,
    });
  });
});

describe.each([
  ['in memory', { keys: 1000, keyBytes: 1 << 20 }],
  ['that spill to disk', { keys: 7, keyBytes: 1 << 20 }],
])('counts %s', (_, bound) => {
  it('have each key once, in the order of days and bytes', () => {
    const key = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.stringMatching(/^[a-c/.-]{0,6}$/), fc.integer({ min: 1, max: 9 }));
    fc.assert(
      fc.property(fc.array(key, { maxLength: 60 }), (keys) => {
        const counts = new SpillingCounts(bound);
        const expected = new Map<string, number>();
        for (const [day, text, count] of keys) {
          counts.addText(day, Buffer.from(text), count);
          expected.set(`${day}${text}`, (expected.get(`${day}${text}`) ?? 0) + count);
        }
        const found: (readonly [string, number])[] = [];
        counts.inOrder(
          (day, bytes, start, end, count) => void found.push([`${day}${Buffer.from(bytes.subarray(start, end)).toString()}`, count]),
        );
        counts.clear();
        expect(found).toEqual([...expected].sort(([one], [other]) => Buffer.compare(Buffer.from(one), Buffer.from(other))));
      }),
      { numRuns: 40 },
    );
  });
});
