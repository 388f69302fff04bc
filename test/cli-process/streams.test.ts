/** Signals, pipes, terminals and colour, which only a real process can show. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { FaultServer } from '../support/fault-server.js';
import { cliPath, isolatedEnvironment } from '../support/processes.js';
import { jarPath, useSurroundings } from './surroundings.js';

const here = useSurroundings();

/** Names beneath the local repository, without lock files. */
function listed(folder: string): string[] {
  return existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !entry.parentPath.includes('.clojars-fetch-locks'))
        .map(({ name }) => name)
    : [];
}

async function untilAsked(server: FaultServer): Promise<void> {
  while (server.count() === 0) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe.skipIf(process.platform === 'win32')('signals', () => {
  test.each([['SIGINT'], ['SIGTERM']] as const)('130 after %s: nothing is left behind', async (signal) => {
    const server = await here.start({ fault: 'hang-half-way', match: /\.jar$/ });
    const result = await here.run(['org.example/greeter', '1.0.0'], [server], {
      onStart: (child) => void untilAsked(server).then(() => setTimeout(() => child.kill(signal), 100)),
    });
    expect(result).toMatchObject({ code: 130, signal: null, stdout: '', timedOut: false });
    expect(result.stderr).toMatch(/^error: .*(interrupted|aborted)/m);
    expect(listed(here.localRepository).filter((name) => name.includes('.jar'))).toEqual([]);
  });

  test('130 with --json: the failure document', async () => {
    const server = await here.start('hang');
    const result = await here.run(['org.example/greeter', '1.0.0', '--json'], [server], {
      onStart: (child) => void untilAsked(server).then(() => child.kill('SIGINT')),
    });
    expect(result).toMatchObject({ code: 130, stderr: '' });
    expect(JSON.parse(result.stdout)).toMatchObject({ error: { code: 'ERR_ABORTED', reason: 'signal' } });
  });

  test('a second SIGINT kills a process that does not end after the first', async () => {
    const server = await here.start('hang');
    // Stands for anything that keeps a process from ending: reports that it has started, and does not exit.
    const neverExit = `data:text/javascript,${encodeURIComponent('setInterval(() => {}, 1000); process.exit = () => process.stderr.write("hanging\\n");')}`;
    const child = spawn(
      process.execPath,
      [
        '--import',
        neverExit,
        cliPath,
        'org.example/greeter',
        '1.0.0',
        ...here.options([server]),
        '--local-repo',
        here.localRepository,
        '--no-config',
      ],
      {
        env: isolatedEnvironment(here.home),
        stdio: ['ignore', 'ignore', 'pipe'],
      },
    );
    const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
    child.stderr?.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('hanging')) child.kill('SIGINT');
    });
    await untilAsked(server);
    child.kill('SIGINT');
    expect(await ended).toEqual({ code: null, signal: 'SIGINT' });
  });
});

describe('pipes', () => {
  test('a closed reader is not an error', async () => {
    const server = await here.start();
    const child = spawn(process.execPath, [cliPath, 'versions', 'org.example/greeter', ...here.options([server]), '--no-config'], {
      env: isolatedEnvironment(here.home),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stdout.destroy();
    const stderr: Buffer[] = [];
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect({ code, stderr: Buffer.concat(stderr).toString() }).toEqual({ code: 0, stderr: '' });
  });

  test.skipIf(!existsSync('/dev/full'))('7: stdout cannot be written (a full disk; skipped if /dev/full is missing)', async () => {
    const full = await open('/dev/full', 'w');
    try {
      const child = spawn(process.execPath, [cliPath, 'help'], { env: isolatedEnvironment(here.home), stdio: ['ignore', full.fd, 'pipe'] });
      const stderr: Buffer[] = [];
      child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
      expect(await new Promise((resolve) => child.once('close', resolve))).toBe(7);
      expect(Buffer.concat(stderr).toString()).toMatch(/^error: cannot write to stdout: ENOSPC\n\nhint: /);
    } finally {
      await full.close();
    }
  });
});

describe('amount of output', () => {
  test('--quiet: only the path, but errors all the same', async () => {
    expect(await here.runHere(['org.example/greeter', '1.0.0', '--quiet'], [await here.start()])).toMatchObject({
      code: 0,
      stdout: `${join(here.localRepository, jarPath)}\n`,
      stderr: '',
    });
    const failed = await here.runHere(['org.example/absent', '1.0.0', '-q'], [await here.start()]);
    expect(failed.code).toBe(3);
    expect(failed.stderr).toMatch(/^error: /);
  });

  test('--verbose: each attempt, how the file was verified, and where it was put', async () => {
    const { code, stderr } = await here.runHere(
      ['org.example/greeter', '1.0.0', '-v'],
      [
        await here.start({ fault: 'corrupt', match: /\.jar$/ }),
        await here.start((path) => (path.endsWith('.jar') ? { delayMs: 2_000 } : null)),
      ],
    );
    expect(code).toBe(0);
    const words = new Set(stderr.split('\n').map((line) => line.split(' ')[0]));
    for (const word of ['trying', 'answered', 'refused', 'failover', 'verified', 'placed']) expect(words).toContain(word);
    expect(stderr).toContain('checksum-mismatch');
  });

  test('--quiet and --verbose exclude each other', async () => {
    expect((await here.runHere(['org.example/greeter', '-q', '-v'], [])).code).toBe(2);
  });
});

/** A pseudo-terminal made by util-linux's `script`; other versions of it have other options. */
const hasScript = /util-linux/.test(spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '');
const quote = (word: string): string => `'${word.replaceAll("'", `'\\''`)}'`;

/** The text on the terminal, both streams in one unless `redirection` says otherwise. */
async function onTerminal(
  words: readonly string[],
  environment: Record<string, string | undefined> = {},
  redirection = '',
): Promise<{ code: number | null; screen: string }> {
  await mkdir(here.home, { recursive: true });
  const command = [process.execPath, cliPath, ...words].map(quote).join(' ') + redirection;
  const env: NodeJS.ProcessEnv = { ...isolatedEnvironment(here.home), TERM: 'xterm', NO_COLOR: undefined, ...environment };
  const child = spawn('script', ['--quiet', '--return', '--command', command, '/dev/null'], {
    env,
    cwd: here.home,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const screen: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => screen.push(chunk));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, screen: Buffer.concat(screen).toString() };
}

describe.skipIf(!hasScript)('on a terminal (skipped without the `script` of util-linux, which makes one)', () => {
  const wipe = '\r\u001b[2K';
  const fetchWords = (server: FaultServer): string[] => [
    'org.example/greeter',
    '1.0.0',
    ...here.options([server]),
    '--local-repo',
    here.localRepository,
    '--no-config',
  ];

  test('draws progress, wipes it, and shows errors in colour', async () => {
    const server = await here.start();
    const { code, screen } = await onTerminal(fetchWords(server));
    expect(code).toBe(0);
    expect(screen).toMatch(/greeter-1\.0\.0\.(jar|pom) {2}[\d.]+ (B|KiB)/);
    expect(screen.lastIndexOf(wipe)).toBeGreaterThan(screen.lastIndexOf('KiB'));
    const failed = await onTerminal(['org.example/greeter', '--ofline']);
    expect(failed.code).toBe(2);
    expect(failed.screen).toContain('\u001b[31merror:\u001b[0m');
  });

  test('NO_COLOR, --color never and TERM=dumb disable colour; --color always overrides NO_COLOR', async () => {
    for (const [words, environment] of [
      [[], { NO_COLOR: '1' }],
      [['--color', 'never'], {}],
      [[], { TERM: 'dumb' }],
    ] as const) {
      expect((await onTerminal(['org.example/absent', ...words, '--offline', '--no-config'], environment)).screen).not.toContain(
        '\u001b[31m',
      );
    }
    expect(
      (await onTerminal(['org.example/absent', '1', '--color', 'always', '--offline', '--no-config'], { NO_COLOR: '1' })).screen,
    ).toContain('\u001b[31m');
  });

  test('with stdout in a file, the file holds only the path, and the terminal shows the rest', async () => {
    const server = await here.start();
    const { code, screen } = await onTerminal(fetchWords(server), {}, ' > out.txt');
    expect(code).toBe(0);
    expect(readFileSync(join(here.home, 'out.txt'), 'utf8')).toBe(`${join(here.localRepository, jarPath)}\n`);
    expect(screen).toContain(wipe);
    expect(screen).toContain('verified: ');
  });

  test.each([['--quiet'], ['--json']])('there is no progress with %s', async (option) => {
    const { code, screen } = await onTerminal([...fetchWords(await here.start()), option]);
    expect(code).toBe(0);
    expect(screen).not.toContain('\u001b[2K');
  });
});

test('there is no progress and no colour without a terminal', async () => {
  const result = await here.run(['org.example/greeter', '1.0.0'], [await here.start()], { env: { NO_COLOR: undefined } });
  expect(result.code).toBe(0);
  expect(result.stderr).not.toContain('\u001b');
  const colored = await here.runHere(['org.example/absent', '1', '--color', 'always'], [await here.start()]);
  expect(colored.stderr).toContain('\u001b[31merror:');
});
