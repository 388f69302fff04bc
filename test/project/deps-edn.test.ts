/** deps.edn as tools.deps reads it: aliases, refusals, and local libraries. Source of the rules: tools.deps 0.31. */
import { describe, expect, test } from 'vitest';

import { isClojarsFetchError } from '../../src/base/error.js';
import type { ProjectModel } from '../../src/maven/build-file/model/model.js';
import { readDepsEdn } from '../../src/maven/build-file/tools-deps/deps-edn.js';
import type { LocalFiles, PomLibrary } from '../../src/maven/build-file/tools-deps/local-libraries.js';
import type { Dependency } from '../../src/maven/coordinate/coordinate.js';

const line = ({ group, artifact, version, classifier, extension, localRoot, exclusions = [] }: Dependency): string =>
  [
    `${group}/${artifact}${classifier === undefined ? '' : `$${classifier}`}`,
    localRoot ?? version,
    ...(extension === undefined ? [] : [extension]),
    ...exclusions.map((one) => `-${one.group}/${one.artifact}${one.classifier === undefined ? '' : `$${one.classifier}`}`),
  ].join(' ');
const lines = (dependencies: readonly Dependency[] = []): readonly string[] => dependencies.map(line);
const read = (text: string, ...aliases: string[]): ProjectModel => readDepsEdn(text, 'deps.edn', { aliases });
function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (isClojarsFetchError(error)) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'accepted';
}
const v = (version: string): string => `{:mvn/version "${version}"}`;

describe('aliases', () => {
  const text = `{:deps {p/own ${v('1')}}
 :aliases {:a {:replace-deps {r/a ${v('1')} r/both ${v('1')}}}
           :b {:deps {r/b ${v('1')} r/both ${v('2')}}}
           :c {:replace-deps {r/both ${v('3')}}}
           :none {:replace-deps {}}
           :x {:extra-deps {x/x ${v('1')} p/own ${v('2')}} :override-deps {o/o {:local/root "o"}}}
           :y {:extra-deps {x/x ${v('2')}} :override-deps {o/o ${v('2')} p/own nil}}
           :paths ["more"]}}`;

  test.each([
    [[], ['p/own 1']],
    [['a'], ['r/a 1', 'r/both 1']],
    [
      ['a', 'b'],
      ['r/b 1', 'r/both 1', 'r/a 1'],
    ],
    [
      ['b', 'c'],
      ['r/b 1', 'r/both 3'],
    ],
    [['none'], []],
    [
      ['none', 'x'],
      ['x/x 1', 'p/own 2'],
    ],
    [
      ['x', 'y'],
      ['p/own 2', 'x/x 2'],
    ],
    [
      ['y', 'x'],
      ['p/own 2', 'x/x 1'],
    ],
  ])('change dependencies: %j', (names, roots) => expect(lines(read(text, ...names).roots)).toEqual(roots));

  test('override whole coordinates, the last alias first; nil overrides nothing', () => {
    expect(lines(read(text, 'x', 'y').managed)).toEqual(['o/o 2']);
  });

  test('change nothing, with a warning, if they only have paths or do not exist', () => {
    const { roots, problems } = read(text, 'paths', 'q/nope', 'test');
    expect(lines(roots)).toEqual(['p/own 1']);
    expect(problems.map(({ message }) => message.split(';')[0]).slice(0, 2)).toEqual([
      "the alias 'paths' is not a map and changes nothing",
      "the alias 'q/nope' does not exist and changes nothing",
    ]);
    expect(problems.filter(({ message }) => message.includes("'test'"))).toEqual([]);
  });

  test('an override from git is named once, whether the project or a library below it has the library', () => {
    const overrides = '{o/own {:git/url "https://x/y" :git/sha "abc"} o/below {:git/url "https://x/z" :git/sha "abc"}}';
    const { roots, managed, notOurs } = read(`{:deps {o/own ${v('1')}} :aliases {:g {:override-deps ${overrides}}}}`, 'g');
    expect([lines(roots), lines(managed)]).toEqual([[], []]);
    expect(notOurs.map(({ name, kind }) => `${name} ${kind}`)).toEqual(['o/own git', 'o/below git']);
  });

  test('can replace libraries on the class path with paths', () => {
    const model = read('{:aliases {:a {:classpath-overrides {a/a "x" b/b ""}} :b {:classpath-overrides {a/a "y"}}}}', 'a', 'b');
    expect([...(model.classPathOverrides ?? [])]).toEqual([
      ['a/a', 'y'],
      ['b/b', ''],
    ]);
  });

  test('by the ten thousand are handled', () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `a${index}`);
    const aliases = names.map((name) => `:${name} {:extra-deps {x/${name} ${v('1')}}}`);
    expect(read(`{:aliases {${aliases.join(' ')}}}`, ...names).roots).toHaveLength(10_000);
  });
});

describe('names and coordinates', () => {
  test('may have classifiers, extensions, simple symbols and exclusions', () => {
    const text = `{:deps {a/b$c ${v('1')} simple ${v('2')} z/z {:mvn/version "1" :extension "zip" :unknown 1 :exclusions #{x/y x/z$k plain}}}}`;
    expect(lines(read(text).roots)).toEqual(['a/b$c 1', 'simple/simple 2', 'z/z 1 zip -x/y -x/z$k -plain/plain']);
  });

  test('of more than eight libraries are in the order of a hash map', () => {
    const deps = Array.from({ length: 9 }, (_, index) => `g${(7 * index) % 5}/lib${index} ${v('1')}`);
    expect(lines(read(`{:deps {${deps.join(' ')}}}`).roots).map((one) => one.split(' ')[0])).toEqual(
      'g4/lib7 g0/lib5 g4/lib2 g1/lib3 g0/lib0 g2/lib1 g1/lib8 g2/lib6 g3/lib4'.split(' '),
    );
  });

  test.each([
    ['{:deps nil}', '1, column 8: :deps must be a map'],
    ['{:aliases nil}', ':aliases must be a map'],
    ['{:aliases {a {}}}', '1, column 12: :aliases must have keywords as keys'],
    ['{:paths ("src")}', ':paths must be a vector'],
    ['{:mvn/repos nil}', ':mvn/repos must be a map'],
    ['{:mvn/local-repo 1}', ':mvn/local-repo must be a string'],
    ['{:deps {a/b {}}}', '1, column 13: the coordinate of a/b has no :mvn/version, :local/root or :git/sha'],
    ['{:deps {a/b {:mvn/verison "1"}}}', 'has no :mvn/version, :local/root or :git/sha; its keys: :mvn/verison'],
    ['{:deps {a/b {:exclusions [x/y]}}}', 'has no :mvn/version'],
    ['{:deps {a/b {:mvn/version nil}}}', '1, column 27: :mvn/version of a/b must be a string'],
    ['{:deps {a/b {:mvn/version "1" :local/root "x"}}}', 'is ambiguous: it has keys of two kinds; its keys: :mvn/version, :local/root'],
    ['{:deps {a/b {:mvn/version "1" :git/sha "x"}}}', 'is ambiguous'],
    ['{:deps {a/b {:mvn/version "1" :exclusions nil}}}', ':exclusions of a/b must be symbols'],
    ['{:deps {a/b {:mvn/version "1" :exclusions ["x/y"]}}}', ':exclusions of a/b must be symbols'],
    ['{:deps {a/b {:mvn/version "1" :classifier "k"}}}', '1, column 43: :classifier of a/b is not supported'],
    ['{:deps {a/b {:mvn/version "1" :deps/root 1}}}', ':deps/root of a/b must be a string'],
    ['{:deps {a/b {:local/root "x" :deps/manifest "pom"}}}', ':deps/manifest of a/b must be a keyword'],
    ['{:deps {a/b {:git/sha 1}}}', ':git/sha of a/b must be a string'],
    [`{:deps {a/b ${v('1')} a/b ${v('2')}}}`, ':deps has a/b twice'],
    ['{:deps {a/b nil}}', 'a/b has no coordinate, and :default-deps have none either'],
  ])('%s is refused with its place', (text, message) => {
    expect(refusal(() => read(text))).toMatch(/^ERR_CONFIG deps\.edn: line 1, column \d+: /);
    expect(refusal(() => read(text))).toContain(message);
  });

  test('tools.deps checks only the aliases that are used', () => {
    const text =
      '{:deps {a/b {:mvn/version "1"}} :aliases {:bad {:extra-deps {x/y {}}} :odd {:extra-deps {x/y {:mvn/version "1" :exclusions ["q/r"]}}}}}';
    expect(refusal(() => read(text))).toBe('accepted');
    expect(refusal(() => read(text, 'bad'))).toContain('the coordinate of x/y has no');
    const odd = read(text, 'odd');
    expect(lines(odd.roots)).toEqual(['a/b 1', 'x/y 1']);
    expect(odd.problems.map(({ message }) => message)).toContain('an exclusion of x/y is not a symbol, and excludes nothing');
  });
});

/** A disk of deps.edn files and POMs, by absolute path. */
function disk(files: Readonly<Record<string, string>>): LocalFiles {
  const clean = (path: string): string => new URL(path, 'file:///').pathname.replace(/(?<=.)\/$/, '');
  const isFolder = (path: string): boolean => Object.keys(files).some((file) => file.startsWith(path === '/' ? '/' : `${path}/`));
  return {
    home: '/p',
    locate(folder, path) {
      const found = clean(path.startsWith('/') ? path : `${folder}/${path}`);
      if (files[found] === undefined && !isFolder(found)) return null;
      return { path: found, isFile: files[found] !== undefined };
    },
    read(folder, name) {
      const text = files[`${folder}/${name}`];
      return text === undefined ? null : { file: `${folder}/${name}`, text };
    },
  };
}

describe(':local/root', () => {
  const readOn = (files: Readonly<Record<string, string>>, options: { aliases?: string[]; clojure?: string } = {}) => {
    const poms: PomLibrary[] = [];
    const model = readDepsEdn(files['/p/deps.edn'] ?? '{}', '/p/deps.edn', {
      ...options,
      files: disk(files),
      onPom: (one) => poms.push(one),
    });
    const locals = Object.fromEntries([...(model.localLibraries ?? [])].map(([path, dependencies]) => [path, lines(dependencies)]));
    return { roots: lines(model.roots), managed: lines(model.managed), locals, poms, notOurs: model.notOurs, problems: model.problems };
  };

  test('brings the dependencies of its own deps.edn, with paths relative to that file; aliases there do not count', () => {
    const found = readOn({
      '/p/deps.edn': '{:deps {my/lib {:local/root "lib" :exclusions [x/y]}}}',
      '/p/lib/deps.edn': `{:deps {a/a ${v('1')} my/deep {:local/root "../../deep"}} :aliases {:t {:extra-deps {b/b ${v('1')}}}}}`,
      '/deep/deps.edn': `{:deps {c/c ${v('1')} io.github.x/y {:git/sha "abc"}}}`,
    });
    expect(found).toMatchObject({
      roots: ['my/lib /p/lib -x/y'],
      locals: { '/p/lib': ['a/a 1', 'my/deep /deep'], '/deep': ['c/c 1'] },
    });
    expect(found.notOurs.map(({ name, kind }) => `${name} ${kind}`)).toEqual(['my/lib local', 'my/deep local', 'io.github.x/y git']);
  });

  test('may be in a circle, or refer to itself', () => {
    const found = readOn({
      '/p/deps.edn': '{:deps {my/self {:local/root "."} my/a {:local/root "a"}}}',
      '/p/a/deps.edn': '{:deps {my/b {:local/root "../b"}}}',
      '/p/b/deps.edn': '{:deps {my/a {:local/root "../a"}}}',
    });
    expect(found.locals).toEqual({ '/p': ['my/self /p', 'my/a /p/a'], '/p/a': ['my/b /p/b'], '/p/b': ['my/a /p/a'] });
  });

  test('outside the project: an absolute path, and one that climbs', () => {
    const found = readOn({
      '/p/deps.edn': '{:deps {my/far {:local/root "/elsewhere/lib"} my/up {:local/root "../../../../../up"}}}',
      '/elsewhere/lib/deps.edn': `{:deps {a/a ${v('1')}}}`,
      '/up/deps.edn': `{:deps {b/b ${v('1')}}}`,
    });
    expect(found.locals).toEqual({ '/elsewhere/lib': ['a/a 1'], '/up': ['b/b 1'] });
  });

  test('may be a POM, a jar, or an explicit manifest', () => {
    const found = readOn({
      '/p/deps.edn': `{:deps {my/pom {:local/root "pom"} my/jar {:local/root "x.jar"} my/both {:local/root "both"}
        my/forced {:local/root "forced" :deps/manifest :pom} my/empty {:local/root "empty" :deps/manifest :deps}}}`,
      '/p/pom/pom.xml': '',
      '/p/x.jar': '',
      '/p/both/pom.xml': '',
      '/p/both/deps.edn': '{}',
      '/p/forced/pom.xml': '',
      '/p/forced/deps.edn': '{}',
      '/p/empty/x': '',
    });
    expect(found.poms).toEqual([
      { kind: 'pom', path: '/p/pom' },
      { kind: 'jar', path: '/p/x.jar' },
      { kind: 'pom', path: '/p/forced' },
    ]);
    expect(found.locals).toEqual({ '/p/both': [], '/p/empty': [] });
  });

  test('has the org.clojure/clojure of the installed tools, unless it names another', () => {
    const files = {
      '/p/deps.edn': '{:deps {my/lib {:local/root "lib"} my/own {:local/root "own"}}}',
      '/p/lib/deps.edn': '{}',
      '/p/own/deps.edn': `{:deps {a/a ${v('1')} org.clojure/clojure ${v('1.10.0')}}}`,
    };
    const found = readOn(files, { clojure: '1.12.0' });
    expect(found.roots).toEqual(['org.clojure/clojure 1.12.0', 'my/lib /p/lib', 'my/own /p/own']);
    expect(found.locals).toEqual({ '/p/lib': ['org.clojure/clojure 1.12.0'], '/p/own': ['org.clojure/clojure 1.10.0', 'a/a 1'] });
    expect(readOn(files).problems).toMatchObject([{ incomplete: true, line: 1, column: 1 }]);
  });

  test('is subject to overrides and defaults', () => {
    const files = {
      '/p/deps.edn': `{:deps {my/lib {:local/root "lib"} m/m ${v('1')}}
        :aliases {:t {:default-deps {d/d ${v('1')} n/n {:local/root "n"}} :override-deps {m/m {:local/root "m"} gone/gone {:local/root "gone"}}}}}`,
      '/p/lib/deps.edn': '{:deps {d/d nil n/n nil}}',
      '/p/n/deps.edn': '{}',
      '/p/m/deps.edn': '{}',
      '/p/lib/n/deps.edn': '{}',
    };
    const found = readOn(files, { aliases: ['t'] });
    expect([found.roots, found.managed]).toEqual([['my/lib /p/lib', 'm/m 1'], ['m/m /p/m']]);
    expect(found.locals['/p/lib']).toEqual(['d/d 1', 'n/n /p/n']);
    expect(found.problems.map(({ message }) => message)).toContain('the :local/root of gone/gone in :override-deps does not exist: gone');
    expect(refusal(() => readOn(files))).toContain('/p/lib/deps.edn: line 1, column 9: d/d has no coordinate');
  });

  test.each([
    [
      { '/p/deps.edn': '{:deps {my/lib {:local/root "gone"}}}' },
      '/p/deps.edn: line 1, column 9: the :local/root of my/lib does not exist: gone',
    ],
    [{ '/p/deps.edn': '{:deps {my/lib {:local/root "src"}}}', '/p/src/x.clj': '' }, 'has no deps.edn and no pom.xml: /p/src'],
    [{ '/p/deps.edn': '{:deps {my/lib {:local/root "l" :deps/manifest :lein}}}', '/p/l/x': '' }, ':deps/manifest of my/lib must be'],
    [
      { '/p/deps.edn': '{:deps {my/lib {:local/root "l"}}}', '/p/l/deps.edn': '{:deps {a/b {:local/root "../gone"}}}' },
      '/p/l/deps.edn: line 1, column 9: the :local/root of a/b does not exist: ../gone',
    ],
    [{ '/p/deps.edn': '{:deps {my/lib {:local/root "l"}}}', '/p/l/deps.edn': '{:deps {a/b {}}}' }, '/p/l/deps.edn: line 1, column 13: '],
  ])('is refused for %j', (files, message) => expect(refusal(() => readOn(files))).toContain(message));

  test('is refused for more than a thousand', () => {
    const files: Record<string, string> = { '/p/deps.edn': '{:deps {my/l0 {:local/root "/l/0"}}}' };
    for (let index = 0; index < 1001; index += 1)
      files[`/l/${index}/deps.edn`] = `{:deps {my/l${index + 1} {:local/root "/l/${index + 1}"}}}`;
    expect(refusal(() => readOn(files))).toContain('more than 1000 libraries are folders');
  });
});

describe('the files of the user and of the installation', () => {
  const user = {
    file: '/u/deps.edn',
    text: `{:deps {u/u ${v('1')}} :aliases {:both {:extra-deps {u/x ${v('1')}} :override-deps {u/o ${v('1')}}}}}`,
  };
  const installed = {
    file: '/i/deps.edn',
    text: `{:deps {org.clojure/clojure ${v('1.12.0')}} :aliases {:deps {:replace-deps {i/i ${v('1')}}}} :mvn/repos {"central" {:url "https://i/"}}}`,
  };
  const text = `{:deps {p/p ${v('1')}} :aliases {:both {:extra-deps {p/x ${v('1')}}} :r {:replace-deps {}}}}`;
  const readAll = (...aliases: string[]): ProjectModel => readDepsEdn(text, 'deps.edn', { aliases, user, installed });

  test('come first with their libraries, which :replace-deps removes', () => {
    expect(lines(readAll().roots)).toEqual(['org.clojure/clojure 1.12.0', 'u/u 1', 'p/p 1']);
    expect(lines(readAll('r').roots)).toEqual(['org.clojure/clojure 1.12.0', 'u/u 1']);
    expect(lines(readAll('deps').roots)).toEqual(['org.clojure/clojure 1.12.0', 'u/u 1', 'i/i 1']);
    expect([readAll().problems, readAll().repositories]).toEqual([[], []]);
  });

  test('are merged by key if two of them have the same alias', () => {
    const model = readAll('both');
    expect(lines(model.roots).slice(-1)).toEqual(['p/x 1']);
    expect(lines(model.managed)).toEqual(['u/o 1']);
  });

  test('are overridden by the project, and the installation by --clojure', () => {
    const roots = (source: string): readonly string[] => lines(readDepsEdn(source, 'deps.edn', { installed, clojure: '1.11.0' }).roots);
    expect(roots('{}')).toEqual(['org.clojure/clojure 1.11.0']);
    expect(roots(`{:deps {org.clojure/clojure ${v('1.9.0')}}}`)).toEqual(['org.clojure/clojure 1.9.0']);
  });
});

describe('a large file', () => {
  const size = 2_000_000;

  test.each([
    ['one comment', `;${'x'.repeat(size)}\n`],
    ['blanks', ' '.repeat(size)],
    ['empty lines', '\n'.repeat(size)],
    ['one string', `:x "${'x'.repeat(size)}"`],
    ['escapes', `:x "${'\\n'.repeat(size / 2)}"`],
  ])('%s', (_name, filler) => {
    expect(lines(read(`{:deps {a/a ${v('1')}} ${filler}}`).roots)).toEqual(['a/a 1']);
  });

  test('20,000 libraries', () => {
    const deps = Array.from({ length: 20_000 }, (_, index) => `group-${index}.example/artifact-${index} {:mvn/version "1.0.${index}"}`);
    expect(read(`{:deps {${deps.join('\n')}}}`).roots).toHaveLength(20_000);
  });
});

test.each([
  ['17 MB', `{:deps {} ;${'x'.repeat(17_000_000)}\n}`, 'deps.edn: line 1, column 1: it is longer than 16777216 characters'],
  ['two million forms', `{:x [${'1 '.repeat(2_000_001)}]}`, 'it has more than 2000000 forms'],
])('%s are refused, by the name of the file and the limit', (_name, text, message) => {
  const refused = refusal(() => read(text));
  expect(refused).toMatch('ERR_LIMIT ');
  expect(refused).toContain(message);
});
