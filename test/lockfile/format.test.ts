/** The text of lockfiles: strict, stable, merged by git. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';

import { type ClojarsFetchError, isClojarsFetchError } from '../../src/base/error.js';
import { compareLockfiles } from '../../src/local/lockfile/compare.js';
import { formatLockfile } from '../../src/local/lockfile/format.js';
import { createLockfile, emptyLockfile, type LockedFile, type Lockfile } from '../../src/local/lockfile/lockfile.js';
import { parseLockfile } from '../../src/local/lockfile/parse.js';
import { codePoint } from '../support/code-point.js';
import { temporaryFolder } from '../support/temporary-folder.js';
import { lockfiles } from './arbitrary.js';

const sha256 = 'ab'.repeat(32);
const file = (name: string, version = '1', more: Partial<LockedFile> = {}): LockedFile => ({
  path: `g/${name}/${version}/${name}-${version}.jar`,
  sha256,
  size: 300,
  repository: 'r',
  level: 'origin',
  signer: null,
  seenSigner: null,
  ...more,
});
const sample: Lockfile = {
  graphs: ['cd'.repeat(32)],
  roots: ['g:app:1', 'g:range:[1, 2)'],
  versions: [{ requested: { group: 'g', artifact: 'tool', version: 'RELEASE', extension: 'jar', classifier: '' }, chosen: '1.5' }],
  ranges: [{ group: 'g', artifact: 'http', version: '1.5' }],
  absent: ['g/gone/1/gone-1.pom'],
  files: [file('web', '1', { signer: 'A'.repeat(40), level: 'signed' }), file('app', '1', { repository: null, level: 'local' })],
};
const text = formatLockfile(sample);

function faultOf(changed: string): ClojarsFetchError {
  try {
    parseLockfile(changed, 'clojars-fetch.lock');
  } catch (error) {
    if (isClojarsFetchError(error)) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('the text of a lockfile', () => {
  test('is stable across versions', async () => {
    await expect(text).toMatchFileSnapshot('../golden/lockfile/sample.lock');
  });

  test('is read back as written, for every lockfile', () => {
    fc.assert(
      fc.property(lockfiles, (lockfile) => {
        const written = formatLockfile(lockfile);
        expect(parseLockfile(written, 'x')).toEqual(lockfile);
        expect(formatLockfile(parseLockfile(written, 'x'))).toBe(written);
        // Nothing in it ends a line, or hides from a reader.
        expect(written).toMatch(/^[\n -~]*$/);
      }),
    );
  });

  test('may be in any order, and have the line ends of Windows', () => {
    const [first, ...lines] = text.trimEnd().split('\n');
    expect(parseLockfile(`${[first, ...lines.reverse()].join('\n')}\n`, 'x')).toEqual(createLockfile(sample));
    expect(parseLockfile(text.replaceAll('\n', '\r\n'), 'x')).toEqual(createLockfile(sample));
  });

  test('is read or refused with ERR_LOCKFILE, however it is damaged', () => {
    fc.assert(
      fc.property(
        lockfiles,
        fc.array(fc.record({ at: fc.nat(), remove: fc.nat({ max: 5 }), insert: fc.string({ maxLength: 5, unit: codePoint }) }), {
          minLength: 1,
          maxLength: 4,
        }),
        (lockfile, edits) => {
          let edited = formatLockfile(lockfile);
          for (const { at, remove, insert } of edits) {
            const place = at % (edited.length + 1);
            edited = edited.slice(0, place) + insert + edited.slice(place + remove);
          }
          try {
            // A text that is read can be written, and is then the same.
            const read = parseLockfile(edited, 'x');
            expect(parseLockfile(formatLockfile(read), 'x')).toEqual(read);
          } catch (error) {
            if (!isClojarsFetchError(error)) throw error;
            expect(error).toMatchObject({ code: 'ERR_LOCKFILE', reason: 'malformed' });
            expect(error.message).toMatch(/^x, line \d+: /);
            expect(error.hint).toBeTruthy();
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('a comparison of lockfiles', () => {
  test('finds no difference between a lockfile and itself', () => {
    fc.assert(
      fc.property(lockfiles, (lockfile) => {
        expect(compareLockfiles(lockfile, lockfile)).toEqual([]);
      }),
    );
  });

  test('reports each entry that only one of the two has, once, in the right direction', () => {
    fc.assert(
      fc.property(lockfiles, (lockfile) => {
        const { files, ranges, absent, versions } = lockfile;
        const kinds = (from: Lockfile, to: Lockfile): string[] => compareLockfiles(from, to).map(({ kind }) => kind);
        const rest = { ...emptyLockfile, graphs: lockfile.graphs, roots: lockfile.roots };
        const count = files.length + ranges.length + absent.length + versions.length;
        expect(kinds(rest, lockfile)).toEqual(Array.from({ length: count }, () => 'missing'));
        expect(kinds(lockfile, rest)).toEqual(Array.from({ length: count }, () => 'extra'));
      }),
    );
  });

  test('reads and compares a large one', () => {
    const large = createLockfile({
      ...emptyLockfile,
      absent: Array.from({ length: 10_000 }, (_, index) => `g/a${index}/1/a${index}-1.pom`),
      files: Array.from({ length: 10_000 }, (_, index) => file(`b${index}`)),
    });
    const read = parseLockfile(formatLockfile(large), 'x');
    expect(compareLockfiles(read, { ...read, absent: [] })).toHaveLength(10_000);
  });
});

describe('a lockfile is refused, with the line and a remedy, if it is or has', () => {
  const line = (start: string): string => text.split('\n').find((one) => one.startsWith(start)) ?? '';
  const web = line('file g/web');
  const cases: readonly (readonly [name: string, changed: string, message: RegExp, hint?: RegExp])[] = [
    ['not a lockfile', '{"lockfileVersion": 3}\n', /line 1: a lockfile begins with 'clojars-fetch-lock 2'/, /--lockfile/],
    ['empty', '', /line 1: a lockfile begins with/],
    ['a later schema', text.replace('lock 2', 'lock 3'), /line 1: 'clojars-fetch-lock 3' is a newer lockfile format/, /newer/],
    ['cut off within a line', text.slice(0, -20), /line \d+: the file ends within a line/],
    [
      'a merge conflict',
      text.replace(web, `<<<<<<< HEAD\n${web}\n=======\n${web.replace('origin', 'none')}\n>>>>>>> other`),
      /line \d+: a merge left a conflict here/,
      /git checkout --ours.*clojars-fetch lock/,
    ],
    ['a line twice', text.replace(web, `${web}\n${web}`), /line \d+: the same as line \d+/],
    ['two lines for one file', text.replace(web, `${web}\n${web.replace('300', '301')}`), /line \d+: contradicts line \d+/],
    ['a file both present and absent', text.replace(web, `${web}\nabsent g/web/1/web-1.jar`), /contradicts line/],
    ['two choices for one version', text.replace(line('version'), `${line('version')}\nversion g:tool RELEASE 1.6`), /contradicts line/],
    ['an unknown entry', `${text}pin g/x 1\n`, /'pin' is not a kind of entry/],
    [
      'a path that leads out',
      text.replace('g/web/1/web-1.jar', '../../web/1/web-1.jar'),
      /'\.\.\/\.\.\/web\/1\/web-1\.jar' is not the path/,
    ],
    ['an absolute path', text.replace('g/web/1/web-1.jar', '/etc/web/1/web-1.jar'), /is not the path/],
    ['a path that is not an artifact', text.replace('g/web/1/web-1.jar', 'g/web/maven-metadata.xml'), /is not the path/],
    ['a hidden traversal', text.replace('g/web/1/web-1.jar', 'g/%2E%2E/web/1/web-1.jar'), /is not a text as lockfiles write it/],
    [
      'an upper-case digest',
      text.replace(`sha256:${sha256}`, `sha256:${sha256.toUpperCase()}`),
      /is not 'sha256:' and 64 hexadecimal digits in lower case/,
    ],
    ['a short digest', text.replace(sha256, sha256.slice(1)), /64 hexadecimal digits/],
    ['another algorithm', text.replace(`sha256:${sha256}`, `md5:${'a'.repeat(32)}`), /64 hexadecimal digits/],
    ['no size', text.replace(' 300 ', ' many '), /'many' is not a size/],
    ['a negative size', text.replace(' 300 ', ' -1 '), /is not a size/],
    ['an unknown level', text.replace('signed', 'blessed'), /'blessed' is not a level of proof/],
    ['a key id in place of a fingerprint', text.replace('A'.repeat(40), 'A'.repeat(16)), /is not the fingerprint/],
    ['a missing field', text.replace(' 300 ', ' '), /5 fields, separated by one space each, where 6 belong/],
    ['a surplus field', text.replace(' 300 ', ' 300 300 '), /7 fields/],
    ['two spaces', text.replace(' 300 ', '  300 '), /separated by one space each/],
    ['a tab', text.replace(' 300 ', '\t300 '), /fields/],
    ['a terminal escape', text.replace('g/web/', 'g/w\u001b[2Jeb/'), /\\u001b\[2J/],
    ['no choice', text.replace('RELEASE 1.5', '1.4 1.5'), /'1\.4' is one version already/],
    ['a range as a choice', text.replace('RELEASE 1.5', 'RELEASE [1,2)'), /is not one version/],
    ['the default extension spelled out', text.replace('version g:tool', 'version g:tool:jar'), /is not the name of an artifact/],
  ];
  test.each(cases.map(([name, changed, message, hint = /./]) => ({ name, changed, message, hint })))(
    '$name',
    ({ changed, message, hint }) => {
      expect(changed).not.toBe(text);
      const error = faultOf(changed);
      expect(error).toMatchObject({ code: 'ERR_LOCKFILE', reason: 'malformed', path: 'clojars-fetch.lock' });
      expect(error.message).toMatch(/^clojars-fetch\.lock, line \d+: /);
      expect(error.message).toMatch(message);
      expect(error.message).not.toMatch(/[\u0000-\u001f\u007f]/);
      expect(error.hint).toMatch(hint);
    },
  );
});

describe.skipIf(spawnSync('git', ['--version']).status !== 0)('two branches', () => {
  const versionsOf = (...names: readonly string[]): Lockfile =>
    createLockfile({
      ...emptyLockfile,
      graphs: ['cd'.repeat(32)],
      files: names.map((name) => file(...(name.split(':') as [string, string]))),
    });
  const base = versionsOf('a:1', 'b:1', 'c:1', 'd:1', 'e:1', 'f:1', 'g:1');

  let folder = '';
  beforeEach(async () => (folder = await temporaryFolder()));

  /** @returns null if git leaves a conflict */
  function merge(ours: Lockfile, theirs: Lockfile, ...options: readonly string[]): { readonly merged: string; readonly conflict: boolean } {
    const files = (['ours', 'base', 'theirs'] as const).map((name) => join(folder, name));
    [ours, base, theirs].forEach((lockfile, index) => writeFileSync(files[index] ?? '', formatLockfile(lockfile)));
    let conflict = false;
    try {
      execFileSync('git', ['merge-file', '-q', ...options, ...files]);
    } catch {
      conflict = true;
    }
    return { merged: readFileSync(files[0] ?? '', 'utf8'), conflict };
  }

  test('that update different artifacts merge into both changes', () => {
    const { merged, conflict } = merge(
      versionsOf('a:2', 'b:1', 'c:1', 'd:1', 'e:1', 'f:1', 'g:1'),
      versionsOf('a:1', 'b:1', 'c:1', 'd:1', 'e:1', 'f:1', 'g:2', 'h:1'),
    );
    expect(conflict).toBe(false);
    expect(parseLockfile(merged, 'x')).toEqual(versionsOf('a:2', 'b:1', 'c:1', 'd:1', 'e:1', 'f:1', 'g:2', 'h:1'));
  });

  test('that update the same artifact conflict, and the error says so', () => {
    const { merged, conflict } = merge(
      versionsOf('a:1', 'b:1', 'c:2', 'd:1', 'e:1', 'f:1', 'g:1'),
      versionsOf('a:1', 'b:1', 'c:3', 'd:1', 'e:1', 'f:1', 'g:1'),
    );
    expect(conflict).toBe(true);
    expect(faultOf(merged).message).toMatch(/a merge left a conflict here/);
  });

  test('are refused if one has other bytes for the same release, even where the merge takes both lines', () => {
    const other = createLockfile({
      ...base,
      files: base.files.map((one) => (one.path.includes('/c/') ? { ...one, sha256: '00'.repeat(32) } : one)),
    });
    const third = createLockfile({
      ...base,
      files: base.files.map((one) => (one.path.includes('/c/') ? { ...one, sha256: '11'.repeat(32) } : one)),
    });
    const { merged } = merge(other, third, '--union');
    expect(faultOf(merged).message).toMatch(/contradicts line \d+/);
  });

  test('with different requests conflict in the digest of the request', () => {
    const { merged, conflict } = merge({ ...base, graphs: ['11'.repeat(32)] }, { ...base, graphs: ['22'.repeat(32)] });
    expect(conflict).toBe(true);
    expect(faultOf(merged).message).toMatch(/a merge left a conflict here/);
  });

  test('merge into a text that is read or refused', () => {
    fc.assert(
      fc.property(lockfiles, lockfiles, (ours, theirs) => {
        const { merged, conflict } = merge(ours, theirs);
        if (conflict) expect(faultOf(merged)).toMatchObject({ code: 'ERR_LOCKFILE' });
        else {
          try {
            parseLockfile(merged, 'x');
          } catch (error) {
            expect(error).toMatchObject({ code: 'ERR_LOCKFILE', reason: 'malformed' });
          }
        }
      }),
      { numRuns: 30 },
    );
  });
});
