/** Counting whole logs: files, gzip, days, and the files that are written. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { CountTable } from '../../src/app/mirror-stats/count/count-table.js';
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
    [['mirror'], "'mirror' needs a subcommand", 'The subcommands are stats;'],
    [['mirror', 'stat'], "'mirror' has no subcommand 'stat'", "Did you mean 'clojars-fetch mirror stats'?"],
    [['mirror', 'stats'], "'mirror stats' needs a log", 'Name one or more files'],
    [['mirror', 'stats', 'gone.log'], 'gone.log: cannot read the log: no such file', 'Check its name'],
    [['mirror', 'stats', '.'], '.: cannot read the log', 'Check its name'],
    [['mirror', 'sync', '--output', 'x'], "--output belongs to 'mirror stats'", "Write 'clojars-fetch mirror stats … --output DIR'."],
  ])('refuses %j', async (words, message, hint) => {
    const { code, stderr } = await runCliHere(words, { home: await temporaryFolder() });
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
  });
});

describe('a table of counts', () => {
  it('has each key once, in the order of days and bytes', () => {
    const key = fc.tuple(fc.integer({ min: 1, max: 3 }), fc.stringMatching(/^[a-c/.-]{0,6}$/), fc.integer({ min: 1, max: 9 }));
    fc.assert(
      fc.property(fc.array(key, { maxLength: 200 }), (keys) => {
        const table = new CountTable();
        const expected = new Map<string, number>();
        for (const [day, text, count] of keys) {
          const target = table.reserve(16);
          const start = table.textStart;
          table.add(day, start + Buffer.from(target.buffer).write(text, start), count);
          const name = `${day}${text}`;
          expected.set(name, (expected.get(name) ?? 0) + count);
        }
        const found: (readonly [string, number])[] = [];
        table.inOrder((day, text, count) => void found.push([`${day}${Buffer.from(text).toString()}`, count]));
        expect(found).toEqual([...expected].sort(([one], [other]) => Buffer.compare(Buffer.from(one), Buffer.from(other))));
      }),
    );
  });
});
