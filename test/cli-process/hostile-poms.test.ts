/**
 * Hostile POMs, as a user meets them: an error that names the POM and the place, in bounded memory. For those that could need much, a process
 * gets a small heap, and its peak is compared with that of a run over a sound POM: memory is measured here, so that a limit that works only
 * on a large machine is noticed.
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { beforeEach, describe, expect, test } from 'vitest';

import { startFaultServer } from '../support/fault-server.js';
import type { RunResult } from '../support/processes.js';
import { pathOf, world } from '../support/world.js';
import { useSurroundings } from './surroundings.js';

const here = useSurroundings();
/** Megabytes of V8's heap that a run may have. */
const heapMb = 192;
/**
 * Megabytes of resident memory that hostile POMs may use beyond a sound one: 88 here for half a million elements, fewer for each of
 * several at once.
 */
const extraMb = 256;

let peakFile: string;
let hook: string;
beforeEach(async () => {
  peakFile = join(here.home, 'peak');
  hook = join(here.home, 'peak.cjs');
  await writeFile(
    hook,
    `process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(peakFile)}, String(process.resourceUsage().maxRSS)));`,
  );
});

const words = ['deps', 'g/a', '1', '--pom-only', '--json', '--checksums', 'ignore'];

/** Runs `deps g/a 1` over these files and measures the peak in megabytes. */
async function run(files: ReadonlyMap<string, Buffer>): Promise<RunResult & { peakMb: number }> {
  const server = await startFaultServer({ files, fault: null });
  try {
    const result = await here.run(words, [server], {
      nodeArguments: [`--max-old-space-size=${heapMb}`, '--require', hook],
      timeoutMs: 180_000,
    });
    return { ...result, peakMb: Number(await readFile(peakFile, 'utf8')) / 1024 };
  } finally {
    await server.close();
  }
}

let soundMb: number | undefined;

/** The peak of a run over a sound POM, measured once. */
async function soundPeakMb(): Promise<number> {
  if (soundMb === undefined) {
    const sound = await run(world('a:1 -> b:1', 'b:1'));
    expect(sound.code, sound.stderr).toBe(0);
    await rm(here.localRepository, { recursive: true });
    soundMb = sound.peakMb;
  }
  return soundMb;
}

/** `g:a:1` with this POM in place of its own. */
function withPom(pom: string, ...more: readonly string[]): Map<string, Buffer> {
  return replacePom(world('a:1', ...more), 'a', pom);
}

function replacePom(files: Map<string, Buffer>, name: string, pom: string): Map<string, Buffer> {
  const path = pathOf(name, '1', 'pom');
  files.set(path, Buffer.from(pom));
  for (const algorithm of ['sha1', 'md5']) files.delete(`${path}.${algorithm}`);
  return files;
}

const head = '<modelVersion>4.0.0</modelVersion><groupId>g</groupId><artifactId>a</artifactId><version>1</version>';
const project = (content: string): string => `<project>${head}${content}</project>`;
const parentOf = (name: string): string => `<parent><groupId>g</groupId><artifactId>${name}</artifactId><version>1</version></parent>`;
const relocationTo = (name: string): string =>
  `<distributionManagement><relocation><artifactId>${name}</artifactId></relocation></distributionManagement>`;
const needs = (version: string): string =>
  `<dependency><groupId>g</groupId><artifactId>b</artifactId><version>${version}</version></dependency>`;
const six = Array.from({ length: 6 }, (_, place) => `n${place + 1}`);
/** 480,000 unknown elements, 7 MB. */
const large = (name: string): string => `<project>${head.replace('>a<', `>${name}<`)}${'<meaningless/>'.repeat(480_000)}</project>`;
const bom = (name: string): string =>
  `<dependencyManagement><dependencies><dependency><groupId>g</groupId><artifactId>${name}</artifactId><version>1</version><type>pom</type><scope>import</scope></dependency></dependencies></dependencyManagement>`;
const bomb = Array.from({ length: 60 }, (_, place) => `<p${place}>\${p${place + 1}}\${p${place + 1}}</p${place}>`).join('');
const laughs = `<!DOCTYPE project [<!ENTITY l0 "ha">${Array.from({ length: 30 }, (_, place) => `<!ENTITY l${place + 1} "&l${place};&l${place};">`).join('')}]><project>${head}<name>&l30;</name></project>`;

/** The warning about it. Maven treats a POM that it cannot read as one without dependencies. */
const broken = 'g:a:1 is treated as an artifact without dependencies';

describe('hostile POMs cost little memory, and the message names the place', () => {
  test.each([
    ['billion laughs', withPom(laughs), 0, `POM g:a:1: line 1, column 910: undefined entity; ${broken}`],
    ['of 10 MB', withPom(project(`<!--${'x'.repeat(10 << 20)}-->`)), 6, '"outcome": "too-large"'],
    [
      'as large as allowed, of empty elements',
      withPom(project('<a/>'.repeat((7 << 20) / 4))),
      0,
      `POM g:a:1: the document has more than 1500000 characters of markup; ${broken}`,
    ],
    [
      'as large as allowed, of dependencies',
      withPom(
        project(
          `<dependencies>${'<dependency><groupId>g</groupId><artifactId>b</artifactId><version>1</version></dependency>'.repeat(80_000)}</dependencies>`,
        ),
        'b:1',
      ),
      0,
      '"coordinate": "g:b:1"',
    ],
    [
      'a property bomb',
      withPom(project(`<properties>${bomb}<p60>x</p60></properties><dependencies>${needs('${p0}')}</dependencies>`)),
      0,
      `POM g:a:1: a value grows beyond 1048576 characters; ${broken}`,
    ],
    [
      'needing six as large as allowed',
      new Map([
        ...world(`a:1 -> ${six.map((name) => `${name}:1`).join(', ')}`),
        ...six.flatMap((name) => [...replacePom(world(`${name}:1`), name, large(name))]),
      ]),
      0,
      '"coordinate": "g:n6:1"',
    ],
  ] as const)('%s', { timeout: 240_000 }, async (_, files, code, said) => {
    const quietMb = await soundPeakMb();
    const hostile = await run(files);
    expect([hostile.code, hostile.signal], hostile.stderr).toEqual([code, null]);
    expect(hostile.stdout).toContain(said);
    expect(hostile.peakMb - quietMb).toBeLessThan(extraMb);
  });
});

describe('POMs that are refused before they could cost memory: the message names the place', () => {
  test.each([
    [
      'an external entity',
      withPom(`<!DOCTYPE project [<!ENTITY x SYSTEM "file:///etc/passwd">]>${project('<name>&x;</name>')}`),
      0,
      `POM g:a:1: line 1, column 179: undefined entity; ${broken}`,
    ],
    [
      '10,000 nested elements',
      withPom(project(`${'<a>'.repeat(10_000)}${'</a>'.repeat(10_000)}`)),
      0,
      `POM g:a:1: line 1, column 710: elements are nested deeper than 200; ${broken}`,
    ],
    [
      'a circle of properties',
      withPom(project(`<properties><x>\${y}</x><y>\${x}</y></properties><dependencies>${needs('${x}')}</dependencies>`)),
      0,
      `POM g:a:1: 'dependencies.dependency.version' for g:b:jar is missing; ${broken}`,
    ],
    [
      'a circle of parents',
      withPom(project(parentOf('up')), `up:1 ${parentOf('a')} pom`),
      0,
      `POM g:up:1: the parents form a cycle through g:a:1; ${broken}`,
    ],
    [
      'a circle of BOMs',
      withPom(project(bom('up')), `up:1 ${bom('up2')} pom`, `up2:1 ${bom('up')} pom`),
      0,
      `POM g:up2:1: the imported POMs form a cycle through g:up:1; ${broken}`,
    ],
    [
      'a circle of relocations',
      withPom(project(relocationTo('r')), `r:1 ${relocationTo('a')}`),
      6,
      'the relocations of g:a:jar:1 form a cycle',
    ],
  ] as const)('%s', async (_, files, code, said) => {
    const server = await startFaultServer({ files, fault: null });
    try {
      const result = await here.runHere(words, [server]);
      expect(result.code, result.stderr).toBe(code);
      expect(result.stdout).toContain(said);
    } finally {
      await server.close();
    }
  });
});
